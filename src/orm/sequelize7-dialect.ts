import type { MysqlConnection } from '../mysql/driver.js';
import { inHook, noteOrigin } from '../mysql/hooks.js';
import { watchedDriver } from '../mysql/watched-driver.js';
import { DialHooks } from './dial-hooks.js';
import {
  connectErrorOf,
  SEQUELIZE_7,
  SequelizeLending,
  SequelizePool,
  type SequelizePoolOptions,
} from './sequelize-pool.js';
import { warnUnlessTested } from './tested-versions.js';

const TESTED = {
  name: 'Sequelize',
  packageName: '@sequelize/core',
  versions: ['7.0.0-alpha.48'],
  lines: ['7.0.0-alpha.48'],
};

const TIMEOUT = 'Pool acquire operation timeout';

/** The factory of Sequelize's own pool: how it creates, validates and closes connections. */
interface Factory {
  create(): Promise<MysqlConnection>;
  destroy(connection: MysqlConnection): Promise<unknown>;
  validate(connection: MysqlConnection): boolean;
}

interface ReplicationPool {
  readonly write: { readonly _factory: Factory };
  readonly read: { readonly _factory: Factory } | null;
}

interface AcquireOptions {
  type?: 'read' | 'write';
  useMaster?: boolean;
}

/** The members of a Sequelize 7 instance that are used. */
interface Sequelize {
  readonly rawOptions: { readonly pool?: SequelizePoolOptions };
  readonly options: { readonly replication: { readonly write: unknown; readonly read: unknown } };
  readonly hooks: { runAsync: (hook: string, ...about: unknown[]) => Promise<unknown> };
  isClosed(): boolean;
}

/** The error classes of one copy of Sequelize 7 that are instantiated here. */
export interface SequelizeCore {
  readonly ConnectionAcquireTimeoutError: new (message: string, parent: Error) => Error;
  readonly ConnectionError: new (parent: Error) => Error;
}

interface Parts {
  readonly core: SequelizeCore;
  /** mysql2, wrapped by `watchedDriver`. */
  readonly driver: object;
  /** Adds options that the application does not set itself. */
  readonly complete: (given: SequelizePoolOptions) => SequelizePoolOptions;
}

/** Pools as in Sequelize 7: with its hooks, and one pool each for reading and writing. */
class HookedPool extends SequelizePool {
  readonly #sequelize: Sequelize;

  constructor(sequelize: Sequelize, { write, read }: ReplicationPool, { core, driver, complete }: Parts) {
    const options = complete(sequelize.rawOptions.pool ?? {});
    // With the message of Sequelize's own pool, which Sequelize 7.0.0-alpha.48 loses on the way.
    const timeoutError = (): Error => new core.ConnectionAcquireTimeoutError(TIMEOUT, new Error(TIMEOUT));
    const dials = new DialHooks();
    nameHooks(sequelize.hooks, dials);
    const lend = (name: string, settings: unknown, { _factory: factory }: ReplicationPool['write']): SequelizeLending =>
      new SequelizeLending(
        name,
        SEQUELIZE_7,
        options,
        {
          driver,
          create: (dial) => dials.during(dial, () => factory.create()),
          close: (connection) => factory.destroy(connection),
          settings,
        },
        {
          validate: (connection) => factory.validate(connection),
          timeoutError,
          connectError: connectErrorOf(core.ConnectionError),
          tellsLoss: true,
        },
      );
    const { replication } = sequelize.options;
    super(
      lend('sequelize:write', replication.write, write),
      read === null ? null : lend('sequelize:read', replication.read, read),
    );
    this.#sequelize = sequelize;
  }

  async acquire(given?: AcquireOptions): Promise<MysqlConnection> {
    const options: AcquireOptions = { ...given };
    const { hooks } = this.#sequelize;
    await hooks.runAsync('beforePoolAcquire', options).catch((error: unknown) => {
      noteOrigin(error, 'beforePoolAcquire');
      throw error;
    });
    Object.freeze(options);
    const { type = 'write', useMaster = false } = options;
    if (type !== 'read' && type !== 'write') {
      throw new Error(`Expected queryType to be either read or write. Received ${String(type)}`);
    }
    const { lending } = this.of(type === 'read' && !useMaster);
    const connection = await lending.acquire();
    await lending.hooked('afterPoolAcquire', connection, hooks.runAsync('afterPoolAcquire', connection, options));
    return connection;
  }

  getPool(type: 'read' | 'write'): SequelizeLending {
    return this.of(type === 'read');
  }

  /** Applications call this to close idle connections, and Sequelize calls it to close the pool for good. */
  override destroyAllNow(): Promise<void> {
    return this.#sequelize.isClosed() ? this.drain() : super.destroyAllNow();
  }
}

/** Attributes errors and timeouts of the hooks that run while a connection is opened to them. */
function nameHooks(hooks: Sequelize['hooks'], dials: DialHooks): void {
  const theirs = hooks.runAsync.bind(hooks);
  hooks.runAsync = (hook, ...about) => {
    const run = (): Promise<unknown> => theirs(hook, ...about);
    if (hook === 'beforeConnect') return dials.run(hook, run);
    return hook === 'afterConnect' ? inHook(hook, about[0] as object, run) : run();
  };
}

type DialectClass = new (sequelize: never, options: never) => object;

interface DialectOptions {
  readonly mysql2Module?: unknown;
}

const ours = new WeakSet<object>();

/**
 * A subclass of the given dialect whose Sequelize instance uses our pool; the given class itself if it is such a class
 * already.
 */
export function pooled<D extends DialectClass>(
  Theirs: D,
  core: SequelizeCore,
  mysql2: () => unknown,
  complete: Parts['complete'] = (given) => given,
): D {
  if (ours.has(Theirs)) return Theirs;
  const Base = Theirs as unknown as new (sequelize: object, options: DialectOptions) => object;
  const Pooled = class MySqlDialect extends Base {
    constructor(sequelize: object, options: DialectOptions) {
      warnUnlessTested(TESTED);
      const driver = watchedDriver((options.mysql2Module ?? mysql2()) as Parameters<typeof watchedDriver>[0]);
      super(sequelize, { ...options, mysql2Module: driver });
      let pool: HookedPool;
      // Sequelize assigns its pool after it has created the dialect, so the assignment is intercepted.
      Object.defineProperty(sequelize, 'pool', {
        configurable: true,
        enumerable: true,
        get: () => pool,
        set: (theirs: ReplicationPool) => {
          pool = new HookedPool(sequelize as Sequelize, theirs, { core, driver, complete });
        },
      });
    }
  };
  ours.add(Pooled);
  return Pooled as unknown as D;
}
