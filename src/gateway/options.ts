import { faultOfFleet, type FleetOptions } from '../budget/index.js';
import { faultOfLogger, type Logger } from '../log/index.js';
import type { ListenOptions } from '../monitor/index.js';
import { LONGEST_TIMER } from '../pool/clock.js';
import {
  checks,
  POOL_OPTION_NAMES,
  PoolOptionError,
  resolveOptions,
  shown,
  type Check,
  type Checks,
  type PoolOptions,
} from '../pool/index.js';
import { isPort, type Place } from './addresses.js';
import { GatewayOptionError } from './failures.js';
import { readListen, type ListenAddress } from './listen-option.js';
import { readServer, type GatewayServer } from './server-option.js';
import type { ServerAddress } from './server.js';
import type { ClientTls } from './tls.js';

export const GATEWAY_MODES = ['transaction', 'session', 'rotate'] as const;

/** How clients share the server's sessions: see `GatewayOptions.mode`. @since 0.1.0 */
export type GatewayMode = (typeof GATEWAY_MODES)[number];

/** Options of a pool that have another name in a gateway, or no meaning. */
type NotOfGateway = 'acquireTimeout' | 'reset';

/**
 * Options of a gateway. The gateway has a pool of sessions for each user that logs in; the options of a pool, which are
 * those of `createPool`, apply to each of these pools. All times are in milliseconds.
 * @since 0.1.0
 */
export interface GatewayOptions extends Omit<PoolOptions, 'acquireTimeout' | 'reset' | 'name'> {
  /**
   * The server whose sessions are pooled: `mysql://host:port`, with `?tls=true` or `?ca=FILE` for TLS;
   * `mysql:///?socket=/path`; or an object. It names no user and no database, as clients log in with their own.
   */
  readonly server: string | GatewayServer;
  /**
   * The addresses to listen on: a port, `'host:port'`, the path of a UNIX socket, or a list of these. An address that
   * other machines can reach requires `tls` or `allowPlainText`.
   * @default 3307, on 127.0.0.1
   */
  readonly listen?: number | string | ListenAddress | readonly (number | string | ListenAddress)[] | undefined;
  /**
   * How long a client keeps a session of the server. `transaction`: from the first packet of a transaction to its end.
   * `session`: from its first command until it disconnects. `rotate`, for tests: as `transaction`, but each transaction
   * runs on another session than the one before.
   * @default 'transaction'
   */
  readonly mode?: GatewayMode | undefined;
  /** Most sessions of all accounts together: 1 or more, or Infinity. @default Infinity */
  readonly maxTotal?: number | undefined;
  /**
   * Bounds the sessions of an account over all processes that use it, by a limit that the server enforces: true, or
   * options. See docs/fleet.md.
   * @default none
   */
  readonly fleet?: boolean | FleetOptions | undefined;
  /**
   * Most clients at a time; further ones get the error "Too many connections" (1040). 1 or more, or Infinity.
   * @default 10_000
   */
  readonly maxClients?: number | undefined;
  /**
   * How long a command waits for a session before its client gets an error (1040): the `acquireTimeout` of the pools. 0
   * does not wait; Infinity has no limit.
   * @default 30_000
   */
  readonly queueTimeout?: number | undefined;
  /** After how long without a command a client is disconnected (4031), outside of transactions. 0: never. @default 0 */
  readonly clientIdleTimeout?: number | undefined;
  /** As `clientIdleTimeout`, but within a transaction, which is then rolled back. 0: never. @default 0 */
  readonly transactionIdleTimeout?: number | undefined;
  /**
   * How long a client may take to log in; and then, how long checking its password at the server may take (1040). 1 or
   * more.
   * @default 10_000
   */
  readonly loginTimeout?: number | undefined;
  /**
   * TLS towards clients: files with the key, the certificate and the rest of its chain, in PEM; false offers no TLS.
   * @default a self-signed certificate, which encrypts but does not prove the gateway's identity
   */
  readonly tls?: ClientTls | false | undefined;
  /**
   * Allows to listen without TLS on an address that other machines can reach. Whoever can intercept the traffic sees
   * all statements and rows; passwords are not sent in clear even then.
   * @default false
   */
  readonly allowPlainText?: boolean | undefined;
  /** A file of the users that may log in, with their passwords or hashes. @default all users that the server accepts */
  readonly users?: string | undefined;
  /**
   * Has calls of stored procedures and functions not pin the client. Safe if these leave no temporary tables, locks or
   * user variables behind.
   * @default false
   */
  readonly trustRoutines?: boolean | undefined;
  /** Starts a monitor of the process: its port on 127.0.0.1, or options of `startMonitor`. @default none */
  readonly monitor?: number | ListenOptions | undefined;
  /** A prefix for the names of pools, which are `account@server`. @default none */
  readonly name?: string | undefined;
  /** How long `close` waits for transactions before it aborts them. Infinity has no limit. @default 10_000 */
  readonly closeTimeout?: number | undefined;
  /** Logs the events of the pools, one line each: a logger such as pino's, or `console`. @default none */
  readonly logger?: Logger | undefined;
}

/** Options of a gateway with all defaults filled in. */
export interface ResolvedGatewayOptions {
  readonly server: ServerAddress;
  readonly listen: readonly Place[];
  readonly mode: GatewayMode;
  /** The options of each account's pool. */
  readonly pool: PoolOptions;
  readonly maxTotal: number;
  readonly fleet: boolean | FleetOptions | undefined;
  readonly maxClients: number;
  readonly clientIdleTimeout: number;
  readonly transactionIdleTimeout: number;
  readonly loginTimeout: number;
  readonly trustRoutines: boolean;
  /** `own`: a self-signed certificate; undefined: clients are not offered TLS. */
  readonly tls: ClientTls | 'own' | undefined;
  readonly users: string | undefined;
  readonly monitor?: ListenOptions | undefined;
  readonly closeTimeout?: number;
  readonly logger?: Logger | undefined;
}

/** For options that have a check of their own. */
const anything: Check = ['anything', () => true];
const fileName: Check = ['the name of a file', checks.filledText[1]];

const timer = (least: number): Check => [
  `milliseconds from ${least} to ${LONGEST_TIMER}`,
  (value) => typeof value === 'number' && value >= least && value <= LONGEST_TIMER,
];

const OWN_CHECKS: Checks<Omit<GatewayOptions, Exclude<keyof PoolOptions, 'name'>>> = {
  server: anything,
  listen: anything,
  mode: checks.oneOf(GATEWAY_MODES),
  maxTotal: checks.wholeOrInfinity(1),
  fleet: anything,
  maxClients: checks.wholeOrInfinity(1),
  queueTimeout: checks.msOrInfinity(0),
  clientIdleTimeout: timer(0),
  transactionIdleTimeout: timer(0),
  loginTimeout: timer(1),
  tls: [
    'an object of options (key, cert, ca), or false',
    (value) => (typeof value === 'object' && value !== null) || value === false,
  ],
  allowPlainText: checks.flag,
  users: fileName,
  trustRoutines: checks.flag,
  monitor: anything,
  name: checks.filledText,
  closeTimeout: checks.msOrInfinity(0),
  logger: anything,
};

const TLS: Checks<ClientTls> = { key: fileName, cert: fileName, ca: fileName };

const OURS: Readonly<Record<NotOfGateway, string>> = {
  acquireTimeout: 'here it is queueTimeout',
  reset: 'what a client leaves behind is carried with it, or taken back',
};

const ACCOUNT = 'accounts, passwords and databases are those of the clients, as the server knows them';

/** Names that are options elsewhere, with what to use here instead. */
const INSTEAD: Readonly<Record<string, string>> = {
  ...OURS,
  user: ACCOUNT,
  password: ACCOUNT,
  database: ACCOUNT,
  host: 'the address of the server goes into server, that of the gateway into listen',
  port: 'the address of the server goes into server, that of the gateway into listen',
  socketPath: 'the address of the server goes into server, that of the gateway into listen',
  uri: 'here it is server',
  url: 'here it is server',
  connectionLimit: 'here it is maxSize',
  pool_size: 'here it is maxSize',
  ssl: 'TLS towards clients is tls, that towards the server belongs to server',
};

const poolNames = [...POOL_OPTION_NAMES].filter((name) => name !== 'name' && !Object.hasOwn(OURS, name));

/** All options of a gateway, in the order of the messages. */
export const GATEWAY_OPTION_NAMES: readonly string[] = [...Object.keys(OWN_CHECKS), ...poolNames];

const CHECKS: Readonly<Record<string, Check>> = {
  ...OWN_CHECKS,
  ...Object.fromEntries(poolNames.map((name) => [name, anything])),
};

/**
 * Checks options and fills in the defaults. An option whose value is undefined counts as not given.
 * @throws GatewayOptionError for an unknown name, a value out of range, or a contradiction
 */
export function resolveGatewayOptions(options: GatewayOptions): ResolvedGatewayOptions {
  const given = dropUndefined(options);
  const stranger = Object.keys(given).find((name) => Object.hasOwn(INSTEAD, name));
  if (stranger !== undefined) refuse(stranger, `option "${stranger}" has no place here: ${INSTEAD[stranger]}`);
  const fault = checks.faultInOptions(given, CHECKS);
  if (fault !== undefined) refuse(fault.option, fault.message);
  const { mode = 'transaction', maxTotal = Infinity, maxClients = 10_000, loginTimeout = 10_000 } = given;
  const {
    clientIdleTimeout = 0,
    transactionIdleTimeout = 0,
    trustRoutines = false,
    users,
    closeTimeout = 10_000,
  } = given;
  const tls = readTls(given.tls);
  return Object.freeze({
    server: readServer(given.server),
    listen: readListen(given.listen, typeof tls === 'object' || given.allowPlainText === true),
    mode,
    pool: readPool(given),
    maxTotal,
    fleet: readFleet(given.fleet),
    maxClients,
    clientIdleTimeout,
    transactionIdleTimeout,
    loginTimeout,
    trustRoutines,
    tls,
    users,
    monitor: readMonitor(given.monitor),
    closeTimeout,
    logger: readLogger(given.logger),
  });
}

function dropUndefined(options: GatewayOptions): GatewayOptions {
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    refuse('options', `expected an object of options (${GATEWAY_OPTION_NAMES.join(', ')}), got ${shown(options)}`);
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as GatewayOptions &
    object;
}

/** Checks the options of the pools by the engine's own checks now, rather than when the first client comes. */
function readPool(given: GatewayOptions): PoolOptions {
  const chosen = Object.fromEntries(Object.entries(given).filter(([name]) => poolNames.includes(name)));
  const { queueTimeout, name } = given;
  const pool: PoolOptions = {
    ...chosen,
    ...(queueTimeout !== undefined && { acquireTimeout: queueTimeout }),
    ...(name !== undefined && { name }),
  };
  try {
    resolveOptions({ ...pool, name: 'gateway' });
  } catch (error) {
    if (!(error instanceof PoolOptionError)) throw error;
    refuse(error.option, error.message.replace(/^gateway: /, ''));
  }
  return pool;
}

function readTls(given: ClientTls | false | undefined): ClientTls | 'own' | undefined {
  if (given === undefined) return 'own';
  if (given === false) return undefined;
  const fault = checks.faultInOptions(given, TLS, 'tls');
  if (fault !== undefined) refuse(`tls.${fault.option}`, fault.message);
  const missing = (['key', 'cert'] as const).find((name) => given[name] === undefined);
  if (missing !== undefined)
    refuse(`tls.${missing}`, `tls: ${missing} is missing: the name of a file with the ${FILES[missing]}, in PEM`);
  return given;
}

const FILES = { key: 'private key', cert: 'certificate' } as const;

function readFleet(given: boolean | FleetOptions | undefined): boolean | FleetOptions | undefined {
  const fault = faultOfFleet(given);
  if (fault !== undefined) refuse(fault.option, fault.message);
  return given;
}

/** Options in an object are checked by the monitor itself. */
function readMonitor(given: GatewayOptions['monitor']): ListenOptions | undefined {
  if (given === undefined || (typeof given === 'object' && given !== null)) return given;
  if (isPort(given)) return { port: given };
  return refuse('monitor', `option "monitor": expected a port or an object of options, got ${shown(given)}`);
}

function readLogger(given: unknown): Logger | undefined {
  if (given === undefined || given === null) return undefined;
  const fault = faultOfLogger(given);
  return fault === undefined ? (given as Logger) : refuse('logger', `option "logger": ${fault}`);
}

function refuse(option: string, message: string): never {
  throw new GatewayOptionError(option, message);
}
