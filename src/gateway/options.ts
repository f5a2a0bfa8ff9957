import { faultOfFleet, type FleetOptions } from '../budget/index.js';
import { faultOfLogger, type Logger } from '../log/index.js';
import type { ListenOptions } from '../monitor/index.js';
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

/** How sessions of the server are shared: see `GatewayOptions.mode`. @since 0.1.0 */
export type GatewayMode = (typeof GATEWAY_MODES)[number];

/** Options of an account's pool that have another name in a gateway, or no meaning. */
type NotOfGateway = 'acquireTimeout' | 'reset';

/**
 * Options of a gateway. Those of a pool hold for each account that logs in, as `createPool` has them: a pool of sessions
 * for each user of the server. Every time is in milliseconds.
 * @since 0.1.0
 */
export interface GatewayOptions extends Omit<PoolOptions, 'acquireTimeout' | 'reset' | 'name'> {
  /**
   * The server whose sessions are pooled: `mysql://host:port`, with `?tls=true` or `?ca=FILE` for TLS,
   * `mysql:///?socket=/path`, or the same as an object. No user and no database: those are the clients' own.
   */
  readonly server: string | GatewayServer;
  /**
   * Where clients come in: a port, `'host:port'`, the path of a UNIX socket, or a list of these. An address that other
   * machines can reach needs `tls`, or `allowPlainText`.
   * @default 3307, on 127.0.0.1
   */
  readonly listen?: number | string | ListenAddress | readonly (number | string | ListenAddress)[] | undefined;
  /**
   * `transaction`: a client has a session of the server from the first packet of a transaction to its end. `session`: from
   * its first command until it leaves. `rotate`, for tests: as `transaction`, each on another session than the last.
   * @default 'transaction'
   */
  readonly mode?: GatewayMode | undefined;
  /** Most sessions of the server there ever are, of all accounts together: 1 or more, or Infinity. @default Infinity */
  readonly maxTotal?: number | undefined;
  /**
   * One limit for all processes that use an account, held by the server: true, or how. docs/fleet.md tells.
   * @default none
   */
  readonly fleet?: boolean | FleetOptions | undefined;
  /** Most clients that are connected; one more is told "Too many connections" (1040). 1 or more, or Infinity. @default 10_000 */
  readonly maxClients?: number | undefined;
  /**
   * How long a command waits for a session before its client is told so (1040): the pools' `acquireTimeout`. 0 does not
   * wait; Infinity waits for ever.
   * @default 30_000
   */
  readonly queueTimeout?: number | undefined;
  /** A client that says nothing for so long, outside of a transaction, is sent away (4031). 0: never. @default 0 */
  readonly clientIdleTimeout?: number | undefined;
  /** The same within a transaction, which is rolled back then. 0: never. @default 0 */
  readonly transactionIdleTimeout?: number | undefined;
  /** How long a client may take to log in, and how long its password may wait to be checked at the server (1040). 1 or more. @default 10_000 */
  readonly loginTimeout?: number | undefined;
  /**
   * TLS towards clients: files with the key, the certificate and what is missing of its chain, in PEM; false offers none.
   * @default a certificate that the gateway makes for itself, by which nobody can tell who answers
   */
  readonly tls?: ClientTls | false | undefined;
  /**
   * Allows an address that other machines can reach without TLS: whoever can read along sees every statement and every
   * row. Passwords are never sent in the clear.
   * @default false
   */
  readonly allowPlainText?: boolean | undefined;
  /** A file with the users that may log in, with their passwords or hashes. @default whoever the server lets in */
  readonly users?: string | undefined;
  /**
   * Routines that are not known to be harmless do not pin: for those whose procedures and functions leave no temporary
   * tables, locks or user variables behind.
   * @default false
   */
  readonly trustRoutines?: boolean | undefined;
  /** Starts a monitor of the process: its port on 127.0.0.1, or options of `startMonitor`. @default none */
  readonly monitor?: number | ListenOptions | undefined;
  /** Comes before the account in the names of pools, which are `account@server`. @default nothing */
  readonly name?: string | undefined;
  /** How long `close` waits for transactions before it cuts them. Infinity waits for ever. @default 10_000 */
  readonly closeTimeout?: number | undefined;
  /** What the pools do is given to it, one line for each event: a logger such as pino's, or `console`. @default none */
  readonly logger?: Logger | undefined;
}

/** Options of a gateway with every default in place. */
export interface ResolvedGatewayOptions {
  readonly server: ServerAddress;
  readonly listen: readonly Place[];
  readonly mode: GatewayMode;
  /** For the pool of each account. */
  readonly pool: PoolOptions;
  readonly maxTotal: number;
  readonly fleet: boolean | FleetOptions | undefined;
  readonly maxClients: number;
  readonly clientIdleTimeout: number;
  readonly transactionIdleTimeout: number;
  readonly loginTimeout: number;
  readonly trustRoutines: boolean;
  /** `own`: with a certificate that the gateway makes for itself; undefined: none is offered. */
  readonly tls: ClientTls | 'own' | undefined;
  readonly users: string | undefined;
  readonly monitor?: ListenOptions | undefined;
  readonly closeTimeout?: number;
  readonly logger?: Logger | undefined;
}

/** What is looked at where it is read. */
const anything: Check = ['anything', () => true];
const fileName: Check = ['the name of a file', checks.filledText[1]];

/** Timers of Node run no longer. */
const LONGEST = 2 ** 31 - 1;
const timer = (least: number): Check => [
  `milliseconds from ${least} to ${LONGEST}`,
  (value) => typeof value === 'number' && value >= least && value <= LONGEST,
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

/** Names that have no place among the options, each with why. */
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

/** Every option of a gateway, in the order in which they are told. */
export const GATEWAY_OPTION_NAMES: readonly string[] = [...Object.keys(OWN_CHECKS), ...poolNames];

const CHECKS: Readonly<Record<string, Check>> = {
  ...OWN_CHECKS,
  ...Object.fromEntries(poolNames.map((name) => [name, anything])),
};

/**
 * Checks options and fills in the defaults. An option that is undefined counts as not given.
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

/** By the engine's own checks, so that what is wrong is told before the first client comes. */
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

/** What is in it is checked by the monitor itself. */
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
