import { isIPv4 } from 'node:net';
import { didYouMean, shown, type AnyPool } from '../pool/index.js';
import { MonitorOptionError } from './errors.js';
import { POOL_ACTIONS, type PoolAction } from './report.js';

/** Where a monitor listens, and whom it lets in. @since 0.1.0 */
export interface ListenOptions {
  /** From 0 up to 65 535; 0 is any that is free. @default 0 */
  readonly port?: number | undefined;
  /** The address to listen on. Anything but a loopback address needs a `token`. @default '127.0.0.1' */
  readonly host?: string | undefined;
  /** What everybody must bring: 8 or more visible characters. @default none, on a loopback address */
  readonly token?: string | undefined;
  /** What may be done to pools: 'evict', 'suspend', 'resume'. @default [] */
  readonly allow?: readonly PoolAction[] | undefined;
}

/** Options of `startMonitor`. @since 0.1.0 */
export interface MonitorOptions extends ListenOptions {
  /** Which pools to watch. @default all of the process, now and from now on */
  readonly pools?: readonly AnyPool[] | undefined;
}

/** With every default in place. */
export interface Listening {
  readonly port: number;
  readonly host: string;
  readonly token: string | undefined;
  readonly allow: readonly PoolAction[];
}

const LISTEN_NAMES = ['port', 'host', 'token', 'allow'] as const satisfies readonly (keyof ListenOptions)[];

// Shorter ones can be guessed. Visible ASCII, since it travels in headers and addresses.
const TOKEN = /^[!-~]{8,}$/;

/**
 * Checks what is common to all monitors.
 * @param others what further options there are
 * @throws MonitorOptionError
 */
export function readListenOptions(caller: string, options: unknown, others: readonly string[]): Listening {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    refuse('options', `${caller}: expected options such as { port: 9339 }, got ${shown(options)}`);
  }
  const known = [...LISTEN_NAMES, ...others];
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) refuse(name, `${caller}: unknown option "${name}"${didYouMean(name, known)}`);
  }
  const { port = 0, host = '127.0.0.1', token, allow = [] } = options as { [name in keyof ListenOptions]: unknown };
  if (!Number.isInteger(port) || (port as number) < 0 || (port as number) > 65_535) {
    refuse('port', `option "port": expected a whole number from 0 to 65535, got ${shown(port)}`);
  }
  if (typeof host !== 'string' || host === '') {
    refuse('host', `option "host": expected a name or an address, got ${shown(host)}`);
  }
  if (token !== undefined && (typeof token !== 'string' || !TOKEN.test(token))) {
    const came = typeof token === 'string' ? `one of ${token.length} characters` : typeof token;
    refuse('token', `option "token": expected 8 or more visible ASCII characters, got ${came}`);
  }
  if (token === undefined && !isLoopback(host)) {
    refuse('token', `host "${host}" can be reached from elsewhere, so that a "token" is needed`);
  }
  return { port: port as number, host, token: token as string | undefined, allow: readActions(allow) };
}

function readActions(allow: unknown): readonly PoolAction[] {
  const expected = `expected a list of ${POOL_ACTIONS.map((action) => `"${action}"`).join(', ')}`;
  if (!Array.isArray(allow)) refuse('allow', `option "allow": ${expected}, got ${shown(allow)}`);
  for (const action of allow as unknown[]) {
    if (POOL_ACTIONS.includes(action as PoolAction)) continue;
    const hint = typeof action === 'string' ? didYouMean(action, POOL_ACTIONS) : '';
    refuse('allow', `option "allow": ${expected}; got ${shown(action)}${hint}`);
  }
  return [...new Set(allow as PoolAction[])];
}

/** Whether only this machine can reach it. `host` as in an address of the web, or bare. */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase();
  return name === 'localhost' || name === '::1' || name === '[::1]' || (isIPv4(name) && name.startsWith('127.'));
}

export function refuse(option: string, message: string): never {
  throw new MonitorOptionError(option, message);
}
