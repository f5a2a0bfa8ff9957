import { PoolError } from '../pool/index.js';

/**
 * An option of a monitor is unknown or has a wrong value; `option` names it. A token is never shown.
 * @since 0.1.0
 */
export class MonitorOptionError extends PoolError {
  readonly option: string;

  constructor(option: string, message: string) {
    super('MONITOR_OPTION', 'monitor', message);
    this.option = option;
  }
}

/**
 * A monitor cannot listen on the given address: the port is in use, or the address is not available. The `cause` is the
 * error of the operating system.
 * @since 0.1.0
 */
export class MonitorListenError extends PoolError {
  readonly host: string;
  readonly port: number;

  constructor(host: string, port: number, cause: NodeJS.ErrnoException) {
    super('MONITOR_LISTEN', 'monitor', `cannot listen on ${host}, port ${port}${reasonOf(cause, port)}`, cause);
    this.host = host;
    this.port = port;
  }
}

function reasonOf({ code }: NodeJS.ErrnoException, port: number): string {
  if (code === 'EADDRINUSE') return ': another program has it already; choose another port, or 0 for any that is free';
  if (code === 'EACCES' && port < 1024) return ': ports below 1024 are the administrator’s';
  return '';
}

/**
 * A monitor cannot be reached, does not answer in time, or the address is not that of a monitor.
 * @since 0.1.0
 */
export class MonitorUnreachableError extends PoolError {
  /** The address, without its token. */
  readonly url: string;

  constructor(url: string, problem: string, cause?: unknown) {
    super('MONITOR_UNREACHABLE', url, problem, cause);
    this.url = url;
  }
}

/**
 * A monitor has refused a request: the token is missing or wrong (`status` 401), an action is not permitted (403), or
 * there is no such process or pool (404).
 * @since 0.1.0
 */
export class MonitorRefusedError extends PoolError {
  readonly status: number;

  constructor(monitor: string, status: number, message: string) {
    super('MONITOR_REFUSED', monitor, message);
    this.status = status;
  }
}
