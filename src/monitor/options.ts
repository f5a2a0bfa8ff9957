import { isIPv4 } from 'node:net';
import { checks, didYouMean, kindOf, shown, type AnyPool, type Checks } from '../pool/index.js';
import { MonitorOptionError } from './errors.js';
import { POOL_ACTIONS, type PoolAction } from './report.js';

/** Where a monitor listens, and who may use it. @since 0.1.0 */
export interface ListenOptions {
  /** From 0 to 65 535; 0 chooses a free port. @default 0 */
  readonly port?: number | undefined;
  /** The address to listen on. Anything but a loopback address needs a `token`. @default '127.0.0.1' */
  readonly host?: string | undefined;
  /**
   * The secret that each request must contain: 8 or more visible ASCII characters.
   * @default none, which is allowed on a loopback address only
   */
  readonly token?: string | undefined;
  /** The actions on pools that are permitted: 'evict', 'suspend', 'resume'. @default [] */
  readonly allow?: readonly PoolAction[] | undefined;
}

/** Options of `startMonitor`. @since 0.1.0 */
export interface MonitorOptions extends ListenOptions {
  /** The pools to watch. @default all pools of the process, including those created later */
  readonly pools?: readonly AnyPool[] | undefined;
}

/** The options with all defaults. */
export interface Listening {
  readonly port: number;
  readonly host: string;
  readonly token: string | undefined;
  readonly allow: readonly PoolAction[];
}

// A shorter token can be guessed. Visible ASCII only, since it is sent in headers and URLs.
const TOKEN = /^[!-~]{8,}$/;

const isAction = (value: unknown): value is PoolAction => POOL_ACTIONS.includes(value as PoolAction);

const LISTEN: Checks<ListenOptions> = {
  port: checks.whole(0, 65_535),
  host: ['a name or an address', checks.filledText[1]],
  token: [
    '8 or more visible ASCII characters',
    (value) => typeof value === 'string' && TOKEN.test(value),
    // The message does not show the value, which is a secret.
    (value) => (typeof value === 'string' ? `one of ${value.length} characters` : kindOf(value)),
  ],
  allow: [
    `a list of ${POOL_ACTIONS.map((action) => `"${action}"`).join(', ')}`,
    (value) => Array.isArray(value) && value.every(isAction),
    (value) => (Array.isArray(value) ? shownAction(value.find((each) => !isAction(each))) : shown(value)),
  ],
};

const shownAction = (wrong: unknown): string =>
  `${shown(wrong)}${typeof wrong === 'string' ? didYouMean(wrong, POOL_ACTIONS) : ''}`;

/**
 * Checks the options that all monitors have in common.
 * @param other the name of a further option, which the caller checks
 * @throws MonitorOptionError
 */
export function readListenOptions(caller: string, options: ListenOptions, other: string): Listening {
  const fault = checks.faultInOptions(options, { ...LISTEN, [other]: ['anything', () => true] }, caller);
  if (fault !== undefined) refuse(fault.option, fault.message);
  const { port = 0, host = '127.0.0.1', token, allow = [] } = options;
  if (token === undefined && !isLoopback(host)) {
    refuse('token', `host "${host}" can be reached from elsewhere, so that a "token" is needed`);
  }
  return { port, host, token, allow: [...new Set(allow)] };
}

/** Whether an address can be reached from this machine only. An IPv6 address may be in brackets, as in URLs. */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase();
  return name === 'localhost' || name === '::1' || name === '[::1]' || (isIPv4(name) && name.startsWith('127.'));
}

export function refuse(option: string, message: string): never {
  throw new MonitorOptionError(option, message);
}
