import { splitOptions } from '../api/options.js';
import { copyProperties } from '../mysql/copy-properties.js';
import { MysqlPool, type MysqlConnection, type MysqlLease, type MysqlPoolOptions } from '../api/index.js';
import { noteOrigin } from '../mysql/hooks.js';
import { mayBeLone } from '../mysql/lone-loan.js';
import { sessionOf } from '../mysql/session.js';
import { connectFailureIn } from '../facade/errors.js';
import { OperationTimeoutError, type AcquireOptions, type CloseOptions } from '../pool/index.js';
import { Deadlines } from './deadlines.js';
import { KyselyConnection } from './kysely-connection.js';
import { KyselyControlConnection } from './kysely-control-connection.js';
import { warnUnlessTested } from './tested-versions.js';

export type { KyselyConnection } from './kysely-connection.js';
export type { KyselyControlConnection } from './kysely-control-connection.js';

/** The callback by which Kysely receives a borrowed connection, or an error. @since 0.1.0 */
export type TellConnection = (error: unknown, connection: KyselyConnection) => void;

type Hook<A extends unknown[]> = (connection: Executor, ...more: A) => Promise<void>;

// oxlint-disable-next-line typescript/no-explicit-any -- Kysely's DatabaseConnection, whatever its version
type Executor = any;

/**
 * Creates a pool for Kysely: `new Kysely({ dialect: new MysqlDialect({ pool }) })`. It accepts what `createPool` of
 * node-mysqlpool accepts, and can be used as such a pool as well. `db.destroy()` closes it.
 * @throws PoolOptionError
 * @since 0.1.0
 */
export function createPool(source: string | MysqlPoolOptions, more?: MysqlPoolOptions): KyselyPool {
  return new KyselyPool(source, more);
}

/**
 * A MysqlPool with the interface that Kysely expects. A physical connection is always handed out as the same object, so
 * that Kysely runs `onCreateConnection` once for it.
 * @since 0.1.0
 */
export class KyselyPool extends MysqlPool {
  readonly #connections: WeakMap<MysqlConnection, Kept>;
  readonly #makeControlPool: () => MysqlPool;
  #controlPool: MysqlPool | undefined;
  /** Whether the session state set by `onCreateConnection` becomes part of the clean state. */
  #keepsHook = false;
  readonly #hooks = new Deadlines();

  /** @throws PoolOptionError */
  constructor(source: string | MysqlPoolOptions, more?: MysqlPoolOptions) {
    const connections = new WeakMap<MysqlConnection, Kept>();
    const { onConnect, engine } = splitOptions(source, more);
    const withOptions = (changes: MysqlPoolOptions): MysqlPoolOptions =>
      Object.assign(copyProperties(more ?? {}, {}), changes);
    super(
      source,
      withOptions({
        // As with mysql2's pool under Kysely.
        failFast: engine.failFast ?? true,
        // Called again after a full reset, which undoes what onCreateConnection did: Kysely has to take the connection
        // for a new one.
        onConnect: (connection) => {
          connections.delete(connection);
          return onConnect?.(connection);
        },
      }),
    );
    this.via = 'kysely';
    this.#connections = connections;
    this.#makeControlPool = () =>
      new MysqlPool(source, withOptions({ name: `${this.name} control`, maxSize: 1, maxIdle: 0, minIdle: 0 }));
    warnUnlessTested({
      name: 'Kysely',
      packageName: 'kysely',
      versions: ['0.28.18', '0.29.9'],
      lines: ['0.28.', '0.29.'],
    });
  }

  /** With a callback, as Kysely calls it whenever it needs a connection; without one, as `MysqlPool` defines it. */
  override getConnection(options?: AcquireOptions): Promise<MysqlLease>;
  override getConnection(tell: TellConnection): void;
  override getConnection(given?: AcquireOptions | TellConnection): Promise<MysqlLease> | void {
    return typeof given === 'function' ? this.lendTo(given) : super.getConnection(given);
  }

  protected lendTo(tell: TellConnection): void {
    const ready = this.tryAcquire();
    // Called synchronously: Kysely wraps the callback in a promise itself.
    if (ready !== undefined) {
      tell(null, this.#lend(ready));
      return;
    }
    this.acquire().then(
      (lease) => tell(null, this.#lend(lease)),
      // A failure to connect is reported as mysql2's pool reports it: callers look at the server's error numbers.
      (error: unknown) => tell(connectFailureIn(error) ?? error, undefined as never),
    );
  }

  /** With a callback, as Kysely calls it in `db.destroy()`: closes the pool, as `close` does. */
  override end(options?: CloseOptions): Promise<void>;
  override end(tell: (error: unknown) => void): void;
  override end(given?: CloseOptions | ((error: unknown) => void)): Promise<void> | void {
    if (typeof given !== 'function') return this.close(given);
    void this.close().then(() => given(null));
  }

  override async close(options?: CloseOptions): Promise<void> {
    await Promise.all([super.close(options), this.#controlPool?.close(options)]);
  }

  /**
   * For `new MysqlDialect({ pool, controlConnection: pool.controlConnection })` of Kysely 0.29: a separate connection,
   * over which Kysely kills a query whose AbortSignal aborts. It is opened when needed and closed right afterwards;
   * `permits`, such as a MaxTotal, apply to it as well.
   */
  readonly controlConnection = (): KyselyControlConnection => {
    this.#controlPool ??= this.#makeControlPool();
    return new KyselyControlConnection(this.#controlPool);
  };

  /**
   * For `new MysqlDialect({ pool, onCreateConnection: pool.keep(async (connection) => { … }) })`: the session state
   * that the hook sets counts as the clean state of the connection. Without `keep`, the settings of the hook are undone
   * on release like any others, and the hook runs again for the next borrower. If the hook throws or hangs, the
   * connection is released, as with `guard`.
   */
  keep<A extends unknown[]>(hook: Hook<A>): Hook<A> {
    return this.kept(hook, 'hook that was given to keep');
  }

  protected kept<A extends unknown[]>(hook: Hook<A>, name: string): Hook<A> {
    this.#keepsHook = true;
    const adopting: Hook<A> = async (connection, ...more) => {
      await hook(connection, ...more);
      await say(connection, KyselyConnection.adoption);
    };
    return this.guarded(adopting, name);
  }

  /**
   * For `new MysqlDialect({ pool, onReserveConnection: pool.guard(async (connection) => { … }) })`: if the hook throws,
   * its connection is released at once, and the caller receives the error. Without `guard` the connection counts as in
   * use until it is garbage-collected, because Kysely drops it without releasing it. A hook that takes longer than
   * `acquireTimeout` fails with an `OperationTimeoutError` (POOL_OPERATION_TIMEOUT).
   * @since 0.1.0
   */
  guard<A extends unknown[]>(hook: Hook<A>): Hook<A> {
    return this.guarded(hook, 'hook that was given to guard');
  }

  protected guarded<A extends unknown[]>(hook: Hook<A>, name: string): Hook<A> {
    return async (connection: Executor, ...more) => {
      const { acquireTimeout } = this.options;
      const late = (): Error => new OperationTimeoutError(this.name, `the application's ${name}`, acquireTimeout);
      try {
        await this.#hooks.within(performance.now() + acquireTimeout, hook(connection, ...more), late);
      } catch (error) {
        noteOrigin(error, name);
        await say(connection, KyselyConnection.surrender);
        throw error;
      }
    };
  }

  #lend(lease: MysqlLease): KyselyConnection {
    const { connection } = lease;
    mayBeLone(connection, lease);
    const before = this.#connections.get(connection);
    const known = before?.idle ?? before?.lent.deref();
    if (known?.isReusable === true) {
      before!.idle = undefined;
      known.lent(lease);
      return known;
    }
    const adapter = new KyselyConnection(connection, (released) => {
      if (kept.lent.deref() !== released || this.#connections.get(connection) !== kept) return;
      if (this.#undoesHook(connection)) this.#connections.delete(connection);
      else kept.idle = released;
    });
    const kept: Kept = { lent: new WeakRef(adapter), idle: undefined };
    this.#connections.set(connection, kept);
    adapter.lent(lease);
    return adapter;
  }

  #undoesHook(connection: MysqlConnection): boolean {
    const { changed, hasOtherSchema } = sessionOf(connection).state;
    return !this.#keepsHook && this.options.reset === 'auto' && (changed.size > 0 || hasOtherSchema);
  }
}

/**
 * The object that Kysely gets for a connection. While it is lent only Kysely and its callers hold a strong reference to
 * it.
 */
interface Kept {
  readonly lent: WeakRef<KyselyConnection>;
  idle: KyselyConnection | undefined;
}

/** Passes a message that is not for the server to the object inside one of Kysely's connections. */
async function say(connection: Executor, query: object): Promise<void> {
  await (connection as { executeQuery(query: object): Promise<unknown> }).executeQuery(query);
}
