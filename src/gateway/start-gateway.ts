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

/** The server behind a gateway, as it has told when the gateway was started. @since 0.1.0 */
export interface GatewayServerFacts {
  /** Where it is, such as `db:3306`. */
  readonly address: string;
  readonly product: 'MySQL' | 'MariaDB';
  /** Such as `10.11.14-MariaDB`, as its clients are told. */
  readonly version: string;
}

/** The most that a gateway has; see the options of these names. @since 0.1.0 */
export interface GatewayLimits {
  readonly maxSize: number;
  readonly maxTotal: number;
  readonly maxClients: number;
}

/** A gateway that runs. @since 0.1.0 */
export interface RunningGateway extends AsyncDisposable {
  /** Where it listens, with the ports that it was given: `127.0.0.1:3307`, or the path of a socket. */
  readonly addresses: readonly string[];
  readonly server: GatewayServerFacts;
  readonly mode: GatewayMode;
  readonly limits: GatewayLimits;
  /** Where its monitor is; undefined without one. */
  readonly monitorUrl: string | undefined;
  /** The pools of the accounts that have logged in: one for each, and for what of a login cannot be changed later. */
  readonly pools: readonly AnyPool[];
  stats(): GatewayStats;
  /**
   * Nobody comes in any more; idle clients are told that the server shuts down (1053), and others when their transaction
   * is over, or is cut. Idempotent.
   * @param options.timeout how long transactions are waited for, in ms; `closeTimeout` by default
   */
  close(options?: CloseOptions): Promise<void>;
}

/**
 * Starts a gateway: it listens as a MySQL server, and has its clients share few sessions of the server behind it.
 * docs/gateway.md tells. It keeps the process alive until it is closed.
 * @throws GatewayOptionError for an option or a file that cannot be used, GatewayServerError when the server cannot be
 *   reached or is no MySQL, GatewayListenError when it cannot listen; MonitorOptionError and MonitorListenError
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

/** The files that the options name are read here. @throws GatewayOptionError */
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

/** Who has no monitor does not load it. */
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
      // MariaDB 10 says it in front, for the oldest clients.
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
