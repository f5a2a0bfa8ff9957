import type { Monitor } from '../monitor/index.js';
import type * as Monitoring from '../monitor/index.js';
import { checks, type AnyPool, type Checks, type CloseOptions } from '../pool/index.js';
import { GatewayOptionError } from './failures.js';
import type { GatewayStats } from './gateway-stats.js';
import { Gateway } from './gateway.js';
import {
  resolveGatewayOptions,
  type GatewayMode,
  type GatewayOptions,
  type ResolvedGatewayOptions,
} from './options.js';
import { addressOf } from './server.js';
import { serverContext, TlsFileError } from './tls.js';
import { UsersFileError } from './users-file.js';

/** The server behind a gateway, by its greeting when the gateway was started. @since 0.1.0 */
export interface GatewayServerFacts {
  /** Its address, such as `db:3306`. */
  readonly address: string;
  readonly product: 'MySQL' | 'MariaDB';
  /** Its version, such as `10.11.14-MariaDB`. */
  readonly version: string;
}

/** The limits of a gateway: see the options of the same names. @since 0.1.0 */
export interface GatewayLimits {
  readonly maxSize: number;
  readonly maxTotal: number;
  readonly maxClients: number;
}

/** A running gateway. @since 0.1.0 */
export interface RunningGateway extends AsyncDisposable {
  /** The addresses it listens on, with the actual ports: `127.0.0.1:3307`, or the path of a socket. */
  readonly addresses: readonly string[];
  readonly server: GatewayServerFacts;
  readonly mode: GatewayMode;
  readonly limits: GatewayLimits;
  /** The URL of its monitor; undefined without one. */
  readonly monitorUrl: string | undefined;
  /**
   * The pools of the users that have logged in. A user has several pools if clients differ in capabilities that are
   * fixed by a login (FOUND_ROWS, LOCAL_FILES).
   */
  readonly pools: readonly AnyPool[];
  stats(): GatewayStats;
  /**
   * Accepts no more clients, and disconnects the others with the error "Server shutdown in progress" (1053): idle ones
   * at once, others when their transaction is over. After `timeout`, remaining transactions are aborted. Idempotent.
   * @param options.timeout how long to wait for transactions, in ms; Infinity has no limit; `closeTimeout` by default
   */
  close(options?: CloseOptions): Promise<void>;
}

/**
 * Starts a gateway, which listens as a MySQL server and lets its clients share a few sessions of the server behind it.
 * See docs/gateway.md. It keeps the process alive until it is closed.
 * @throws GatewayOptionError for an invalid option or an unusable file, GatewayServerError if the server cannot be
 *   reached or is not MySQL or MariaDB, GatewayListenError if it cannot listen; with a monitor, MonitorOptionError and
 *   MonitorListenError
 * @since 0.1.0
 */
export async function startGateway(options: GatewayOptions): Promise<RunningGateway> {
  const resolved = resolveGatewayOptions(options);
  const gateway = made(resolved);
  await gateway.open();
  try {
    return running(gateway, resolved, await monitorOf(resolved));
  } catch (error) {
    await gateway.close(0);
    throw error;
  }
}

/** Creates the gateway, which reads the files that its options name. @throws GatewayOptionError for an unusable file */
function made(options: ResolvedGatewayOptions): Gateway {
  const { tls } = options.server;
  try {
    if (tls !== undefined) serverContext(tls);
    return new Gateway(options);
  } catch (error) {
    if (error instanceof TlsFileError) throw new GatewayOptionError(error.option, error.message);
    if (error instanceof UsersFileError) throw new GatewayOptionError('users', error.message);
    throw error;
  }
}

/** Starts the monitor. Its code is loaded only if there is one. */
async function monitorOf({ monitor }: ResolvedGatewayOptions): Promise<Monitor | undefined> {
  if (monitor === undefined) return undefined;
  const { startMonitor } = require('../monitor/index.js') as typeof Monitoring;
  return startMonitor(monitor);
}

const CLOSE: Checks<CloseOptions> = { timeout: checks.msOrInfinity(0) };

function running(gateway: Gateway, options: ResolvedGatewayOptions, monitor: Monitor | undefined): RunningGateway {
  const addresses = gateway.addresses;
  const { version } = gateway;
  let closing: Promise<void> | undefined;
  const end = async (timeout: number): Promise<void> => {
    await gateway.close(timeout);
    await monitor?.close();
  };
  const close = async (given: CloseOptions = {}): Promise<void> => {
    const fault = checks.faultInOptions(given, CLOSE, 'close');
    if (fault !== undefined) throw new GatewayOptionError(fault.option, fault.message);
    closing ??= end(given.timeout ?? options.closeTimeout ?? 10_000);
    await closing;
  };
  return {
    addresses,
    server: {
      address: addressOf(options.server),
      product: /mariadb/i.test(version) ? 'MariaDB' : 'MySQL',
      // MariaDB 10 prepends 5.5.5- for very old clients.
      version: version.replace(/^5\.5\.5-/, ''),
    },
    mode: options.mode,
    limits: { maxSize: options.pool.maxSize ?? 10, maxTotal: options.maxTotal, maxClients: options.maxClients },
    monitorUrl: monitor?.url,
    get pools() {
      return gateway.pools;
    },
    stats: () => gateway.stats(),
    close,
    [Symbol.asyncDispose]: () => close(),
  };
}
