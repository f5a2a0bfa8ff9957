import { isIPv4, isIPv6 } from 'node:net';

/** Where somebody listens: a port of an address, or a UNIX socket. */
export interface Place {
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly socketPath?: string | undefined;
}

/** What a place may look like, for messages. */
export const PLACE = 'a port, "host:port" or the path of a socket';

const HOST = /^[\w.-]+$/;

/** Systems have no room for longer ones. */
export const LONGEST_PATH = 107;

/** `3307`, `db:3307`, `[::1]:3307`, `db`, `::1`, `/run/mysqlpool.sock`; undefined: none of these. */
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

/** 0 is any that is free. */
export const isPort = (value: unknown): boolean =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 65_535;

/** As `placeOf` reads it. */
export function placeText({ host = '127.0.0.1', port = 0, socketPath }: Place): string {
  if (socketPath !== undefined) return socketPath;
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Whether only this machine can reach it. */
export function isLocal({ host = '127.0.0.1', socketPath }: Place): boolean {
  if (socketPath !== undefined) return true;
  const name = host.toLowerCase();
  return name === 'localhost' || name === '::1' || (isIPv4(name) && name.startsWith('127.'));
}
