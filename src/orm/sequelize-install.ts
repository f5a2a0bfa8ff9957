import type { Creator } from '../mysql/creator-source.js';
import { inHook } from '../mysql/hooks.js';
import { watchedDriver } from '../mysql/watched-driver.js';
import type { MysqlConnection } from '../mysql/driver.js';
import { DialHooks } from './dial-hooks.js';
import { refuseBesidePool, sayOfPoolIn } from './pool-options.js';
import {
  connectErrorOf,
  SequelizeLending,
  SequelizePool,
  SEQUELIZE_6,
  type SequelizePoolOptions,
} from './sequelize-pool.js';
import { warnUnlessTested } from './tested-versions.js';

/** The members of Sequelize's ConnectionManager that are used or replaced. */
interface ConnectionManager {
  lib: { createConnection(...args: unknown[]): unknown };
  pool: QueryTypePool;
  /** The initial query for the server version, while it is running. */
  readonly versionPromise: Promise<unknown> | null;
  readonly config: ConnectionConfig & {
    readonly pool: { readonly validate: (connection: MysqlConnection) => boolean };
    readonly replication?: { readonly read: readonly ConnectionConfig[]; readonly write: ConnectionConfig } | false;
  };
  initPools(): void;
  getConnection(options?: object): Promise<MysqlConnection>;
  _connect(config: ConnectionConfig): Promise<MysqlConnection>;
  _disconnect(connection: MysqlConnection): Promise<unknown>;
}

type ConnectionConfig = object;

interface Sequelize {
  readonly connectionManager: ConnectionManager;
  readonly options: { readonly pool?: SequelizePoolOptions; readonly dialectOptions?: unknown };
  getDialect(): string;
  hasHook(hook: string): boolean;
  runHooks(hook: unknown, ...about: unknown[]): unknown;
}

/** One copy of Sequelize 6. */
export interface SequelizeModule {
  readonly Sequelize: {
    readonly version?: string;
    runHooks(hook: unknown, ...about: unknown[]): unknown;
  };
  readonly ConnectionAcquireTimeoutError: SequelizeError & { readonly prototype: { readonly parent: Error } };
  readonly ConnectionError: SequelizeError;
}

type SequelizeError = new (parent: Error) => Error;

/**
 * The TimeoutError of Sequelize's own copy of sequelize-pool, which Sequelize turns into its
 * ConnectionAcquireTimeoutError.
 */
export type SequelizeTimeoutError = new (message: string) => Error;

const TESTED = { name: 'Sequelize', packageName: 'sequelize', versions: ['6.37.8', '6.28.0'], lines: ['6.'] };

/** Acquires as in Sequelize 6: by query type, and whether the primary must be used. */
class QueryTypePool extends SequelizePool {
  acquire(queryType?: string, useMaster?: boolean): Promise<MysqlConnection> {
    return this.for(queryType, useMaster).acquire();
  }

  for(queryType?: string, useMaster: boolean = false): SequelizeLending {
    return this.of(queryType === 'SELECT' && !useMaster);
  }
}

/** Replaces the pool of one Sequelize instance, which has not opened any connection yet. */
function usePool(sequelize: Sequelize, errors: SequelizeErrors, complete: PoolOptionsFilter): void {
  const { TimeoutError, ConnectionAcquireTimeoutError, ConnectionError } = errors;
  const manager = sequelize.connectionManager;
  const connect = manager._connect.bind(manager);
  const disconnect = manager._disconnect.bind(manager);
  manager.lib = watchedDriver(manager.lib);
  const hooks = new DialHooks();
  nameHooks(sequelize, hooks);
  const lend = (name: string, configs: readonly ConnectionConfig[], queryType?: string): SequelizeLending => {
    let turns = 0;
    const creator: Creator = {
      driver: manager.lib,
      create: async (dial) => {
        const connection = await hooks.during(dial, () => connect(configs[turns++ % configs.length]!));
        return Object.assign(connection, queryType === undefined ? {} : { queryType });
      },
      close: disconnect,
      settings: configs.map(settingsOf),
    };
    return new SequelizeLending(name, SEQUELIZE_6, complete(sequelize.options.pool ?? {}), creator, {
      validate: manager.config.pool.validate,
      // Sequelize turns only this class, of its own copy of sequelize-pool, into its ConnectionAcquireTimeoutError.
      timeoutError: () => new TimeoutError('Operation timeout'),
      connectError: connectErrorOf(ConnectionError),
      tellsLoss: true,
    });
  };
  // Applications call it too, as Sequelize's guide to AWS Lambda suggests, to start again after close().
  manager.initPools = () => {
    const { replication } = manager.config;
    if (!replication) {
      manager.pool = new QueryTypePool(lend('sequelize', [manager.config]), null);
      return;
    }
    const { read, write } = replication;
    const writing = lend('sequelize:write', [write], 'write');
    const reading = lend('sequelize:read', read, 'read');
    manager.pool = new QueryTypePool(writing, reading);
  };
  manager.initPools();
  // Apart from the pools, only the query for the server version calls these. It gets a connection of the pool.
  // Sequelize expects no pool timeout there and would pass on an error that is not of its own classes, so it is
  // converted.
  manager._connect = async () => {
    try {
      const connection = await manager.pool.acquire();
      // Sequelize does not release the connection if that query fails.
      manager.versionPromise?.catch(() => manager.pool.release(connection));
      return connection;
    } catch (error) {
      throw error instanceof TimeoutError ? new ConnectionAcquireTimeoutError(error) : error;
    }
  };
  manager._disconnect = (connection) => Promise.resolve(manager.pool.release(connection));
}

type RunHooks = Sequelize['runHooks'];

/** Attributes errors and timeouts of the connection hooks to them. */
function nameHooks(sequelize: Sequelize, dials: DialHooks): void {
  const theirs = sequelize.runHooks.bind(sequelize);
  const ours: Readonly<Record<string, RunHooks>> = {
    beforeConnect: (hook, ...about) => dials.run(hook as string, () => theirs(hook, ...about)),
    afterConnect: (hook, ...about) => inHook(hook as string, about[0] as object, () => theirs(hook, ...about)),
    beforePoolAcquire: (hook, ...about) => inHook(hook as string, undefined, () => theirs(hook, ...about)),
    // A hook that throws or hangs at this point must not keep the connection.
    afterPoolAcquire: (hook, ...about) => {
      const [connection, options] = about as [MysqlConnection, LoanOptions?];
      const { lending } = sequelize.connectionManager.pool.for(options?.type, options?.useMaster);
      return lending.hooked(hook as string, connection, Promise.resolve(theirs(hook, ...about)));
    },
  };
  sequelize.runHooks = (hook, ...about) => {
    const isOurs = typeof hook === 'string' && Object.hasOwn(ours, hook) && sequelize.hasHook(hook);
    return (isOurs ? ours[hook]! : theirs)(hook, ...about);
  };
}

interface LoanOptions {
  readonly type?: string;
  readonly useMaster?: boolean;
}

/** The settings of a connection, without the modules and pools in its configuration. */
function settingsOf(config: ConnectionConfig): object {
  const { host, port, username, database, protocol, ssl, dialectOptions } = config as Readonly<Record<string, unknown>>;
  return { host, port, username, database, protocol, ssl, dialectOptions };
}

/** The error classes of one copy of Sequelize that are instantiated here. */
interface SequelizeErrors extends Pick<SequelizeModule, 'ConnectionAcquireTimeoutError' | 'ConnectionError'> {
  readonly TimeoutError: SequelizeTimeoutError;
}

/** Adds options that the application does not set itself. */
type PoolOptionsFilter = (given: SequelizePoolOptions) => SequelizePoolOptions;

const installed = new WeakSet<object>();

/** Makes every instance of that copy that is created from now on use our pool. Does nothing if called again. */
export function installOn(
  { Sequelize, ConnectionAcquireTimeoutError, ConnectionError }: SequelizeModule,
  TimeoutError: SequelizeTimeoutError,
  complete: PoolOptionsFilter = (given) => given,
): void {
  if (installed.has(Sequelize)) return;
  installed.add(Sequelize);
  const errors = { TimeoutError, ConnectionAcquireTimeoutError, ConnectionError };
  const runHooks = Sequelize.runHooks.bind(Sequelize);
  // A registered hook would be lost when an application sets `Sequelize.options.hooks = {}`, so the method is patched.
  Sequelize.runHooks = (hook, ...about) => {
    if (hook === 'afterInit') takeOver(about[0] as Sequelize, Sequelize.version, errors, complete);
    return runHooks(hook, ...about);
  };

  // Sequelize's error has a `parent`, the timeout error of its pool, whose `cause` is our error.
  Object.defineProperty(ConnectionAcquireTimeoutError.prototype, 'cause', {
    configurable: true,
    get(this: { readonly parent: Error }) {
      return this.parent.cause;
    },
  });
}

function takeOver(
  sequelize: Sequelize,
  version: string | undefined,
  errors: SequelizeErrors,
  complete: PoolOptionsFilter,
): void {
  const dialect = sequelize.getDialect();
  if (dialect === 'mysql') {
    warnUnlessTested(TESTED, version);
    refuseBesidePool(SEQUELIZE_6, '', sequelize.options);
    refuseBesidePool(SEQUELIZE_6, 'dialectOptions', sequelize.options.dialectOptions);
    sayOfPoolIn(SEQUELIZE_6, sequelize.options.dialectOptions);
    usePool(sequelize, errors, complete);
  } else if (dialect === 'mariadb') {
    process.emitWarning("Sequelize's dialect mariadb keeps its own pool; node-mysqlpool works with dialect mysql", {
      type: 'MysqlPoolWarning',
      code: 'MYSQLPOOL_ORM_DIALECT',
    });
  }
}
