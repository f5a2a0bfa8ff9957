import { codeOf, messageOf, PoolError } from '../pool/index.js';
import { WireError } from '../wire/index.js';
import { ServerError } from './own-answer.js';

/**
 * An option of a gateway is unknown, has a wrong value, or contradicts another; `option` names it. The message shows no
 * secrets. Code `GATEWAY_OPTION`.
 * @since 0.1.0
 */
export class GatewayOptionError extends PoolError {
  readonly option: string;

  constructor(option: string, message: string, cause?: unknown) {
    super('GATEWAY_OPTION', 'gateway', message, cause);
    this.option = option;
  }
}

/**
 * A gateway cannot listen on an address: the port is in use or not permitted, or the folder of the socket does not
 * exist. The `cause` is the system's error. Code `GATEWAY_LISTEN`.
 * @since 0.1.0
 */
export class GatewayListenError extends PoolError {
  /** The address, such as `127.0.0.1:3307`, or the path of the socket. */
  readonly address: string;

  constructor(address: string, cause: NodeJS.ErrnoException) {
    super('GATEWAY_LISTEN', 'gateway', `cannot listen on ${address}${reasonOf(cause, address)}`, cause);
    this.address = address;
  }
}

function reasonOf({ code }: NodeJS.ErrnoException, address: string): string {
  const port = Number(/:(\d+)$/.exec(address)?.[1] ?? Infinity);
  if (code === 'ENOTSOCK') return ': there is a file, which is no socket';
  if (code === 'EADDRINUSE') return ': another program has it already';
  if (code === 'EACCES' && port < 1024) return ': ports below 1024 are the administrator’s';
  if (code === 'EADDRNOTAVAIL') return ': this machine has no such address';
  const isSocket = port === Infinity;
  if (isSocket && ['EACCES', 'ENOENT', 'ENOTDIR'].includes(code ?? ''))
    return ': its folder is not there, or not open to us';
  return '';
}

/**
 * When a gateway is started, its server cannot be reached, refuses all connections, or is not MySQL or MariaDB. The
 * `cause` says why. Code `GATEWAY_SERVER`.
 * @since 0.1.0
 */
export class GatewayServerError extends PoolError {
  /** The address of the server, such as `db:3306`. */
  readonly address: string;

  constructor(address: string, message: string, cause?: unknown) {
    super('GATEWAY_SERVER', 'gateway', message);
    this.cause = cause;
    this.address = address;
  }
}

/** The error for a greeting that did not come. @param within how long it was waited for, in ms */
export function serverFailure(address: string, within: number, error: unknown): GatewayServerError {
  const of = (message: string): GatewayServerError => new GatewayServerError(address, message, error);
  const because = messageOf(error);
  if (error instanceof ServerError) return of(`${address} turns everybody away: ${because} (${error.errno})`);
  if (error instanceof WireError) return of(`what answers at ${address} is no MySQL server: ${because}`);
  if ((error as Error | null)?.name === 'TimeoutError')
    return of(`${address} says nothing within ${within} ms; is it a MySQL server?`);
  if (codeOf(error) === 'PROTOCOL_CONNECTION_LOST') return of(`${address} hangs up at once; is it a MySQL server?`);
  return of(`${address} cannot be reached: ${because}`);
}
