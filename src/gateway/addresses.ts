import { isIPv4, isIPv6 } from 'node:net';

/** An address to listen on or to connect to: host and port, or a UNIX socket. */
export interface Place {
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly socketPath?: string | undefined;
}

/** The forms of an address, for messages. */
export const PLACE = 'a port, "host:port" or the path of a socket';

const HOST = /^[\w.-]+$/;

/** Longest path of a UNIX socket in bytes: the system's address structure has no room for more. */
export const LONGEST_PATH = 107;

/** Parses `3307`, `db:3307`, `[::1]:3307`, `db`, `::1` or `/run/mysqlpool.sock`; undefined for any other text. */
export function placeOf(text: string): Place | undefined {
  if (text.includes('/')) return { socketPath: text };
  if (/^\d+$/.test(text)) return isPort(Number(text)) ? { port: Number(text) } : undefined;
  if (isIPv6(text)) return { host: text };
  const [, inner, plain, port] = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::(\d+))?$/.exec(text) ?? [];
  const host = inner ?? plain;
  if (host === undefined || host === '' || !(inner === undefined ? HOST.test(host) : isIPv6(host))) return undefined;
  if (port === undefined) return { host };
  return isPort(Number(port)) ? { host, port: Number(port) } : undefined;
}

/** Whether `value` is a port. 0 stands for any free one. */
export const isPort = (value: unknown): boolean =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 65_535;

/** The text that `placeOf` parses. */
export function placeText({ host = '127.0.0.1', port = 0, socketPath }: Place): string {
  if (socketPath !== undefined) return socketPath;
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Whether only this machine can reach the address. */
export function isLocal({ host = '127.0.0.1', socketPath }: Place): boolean {
  if (socketPath !== undefined) return true;
  const name = host.toLowerCase();
  return name === 'localhost' || name === '::1' || (isIPv4(name) && name.startsWith('127.'));
}
