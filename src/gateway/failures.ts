import { PoolError } from '../pool/index.js';

/**
 * An option of a gateway is unknown, has a wrong value, or contradicts another; `option` names it. No secret is shown.
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
 * A gateway cannot listen where it was told to: the port is taken, not its own to take, or the socket's folder is not
 * there. The `cause` is the system's word.
 * @since 0.1.0
 */
export class GatewayListenError extends PoolError {
  /** Where it was to listen, such as `127.0.0.1:3307`. */
  readonly address: string;

  constructor(address: string, cause: NodeJS.ErrnoException) {
    super('GATEWAY_LISTEN', 'gateway', `cannot listen on ${address}${reasonOf(cause, address)}`, cause);
    this.address = address;
  }
}

function reasonOf({ code }: NodeJS.ErrnoException, address: string): string {
  const port = Number(/:(\d+)$/.exec(address)?.[1] ?? Infinity);
  if (code === 'EADDRINUSE') return ': another program has it already';
  if (code === 'EACCES' && port < 1024) return ': ports below 1024 are the administrator’s';
  if (code === 'EADDRNOTAVAIL') return ': this machine has no such address';
  if (code === 'ENOENT' || code === 'ENOTDIR') return ': its folder is not there';
  return '';
}

/**
 * The server of a gateway cannot be reached when it starts, turns everybody away, or is no MySQL. The `cause` says why.
 * @since 0.1.0
 */
export class GatewayServerError extends PoolError {
  /** Where the server is, such as `db:3306`. */
  readonly address: string;

  constructor(address: string, message: string, cause?: unknown) {
    super('GATEWAY_SERVER', 'gateway', message, cause);
    this.address = address;
  }
}
