import {
  captureCallSite,
  checks,
  defaultPermits,
  didYouMean,
  faultOf,
  Pool,
  PoolOptionError,
  shown,
  stackOf,
  systemClock,
  type AcquireOptions,
  type Clock,
  type CloseOptions,
  type PermitAccount,
  type Permits,
  type PoolEventName,
  type PoolListener,
  type PoolOptions,
  type PoolParts,
  type ResizeOptions,
} from '../pool/index.js';
import { calledAlone } from './called-alone.js';
import {
  Borrower,
  borrowerHere,
  currentBorrower,
  labelThrough,
  outsideOfScopes,
  runAs,
  type Held,
} from './borrower.js';
import { AlreadyTakenError, ScopeConnectionLostError, ScopeEndedError } from './errors.js';
import { ScopedLease } from './scoped-lease.js';
import { deadlockOf, type Bottleneck } from './self-deadlock.js';
import { Sharing, type Patience } from './sharing.js';
import { unscoped } from './unscoped-connector.js';

/** The names of SQLAlchemy's pool classes. Each is the same engine with other settings. */
export const POOL_CLASSES = ['QueuePool', 'NullPool', 'StaticPool', 'AssertionPool', 'SingletonThreadPool'] as const;
export type PoolClass = (typeof POOL_CLASSES)[number];

/** Options of a pool that knows its borrowers. @since 0.1.0 */
export interface ScopedPoolOptions extends PoolOptions {
  /** Whether all acquires within a scope share one loan, and so one connection. @default false */
  readonly contextLocal?: boolean;
  /**
   * `QueuePool` lends each caller a connection of its own, `NullPool` keeps no idle ones, `StaticPool` shares one among
   * all, `AssertionPool` fails on a second loan, `SingletonThreadPool` sets `contextLocal`. @default 'QueuePool'
   */
  readonly poolClass?: PoolClass;
}

/** The names of the options that a ScopedPool has besides those of the engine. */
export const SCOPED_OPTION_NAMES: ReadonlySet<string> = new Set(['contextLocal', 'poolClass']);

/**
 * A pool that knows its borrowers: it records each loan with its scope, so that `autoCloseDb` can give it back; it lets
 * callers share a loan where they should; and it rejects a scope that waits for a connection only the scope itself
 * could give back.
 * @since 0.1.0
 */
export class ScopedPool<C, L extends ScopedLease<C> = ScopedLease<C>> extends Pool<C, L> {
  readonly poolClass: PoolClass;
  /**
   * For code built upon the pool: the name of what callers borrow through, such as an ORM. It is the label of loans
   * that have no other; within a scope that has a name, the label is `name (via)`.
   */
  via: string | undefined;
  readonly #connector: PoolParts<C, L>['connector'];
  readonly #account: PermitAccount;
  readonly #clock: Clock;
  readonly #contextLocal: boolean;
  readonly #sharing: Sharing<C, L> = new Sharing<C, L>(this);
  /**
   * The leases that keep the shared connections of `oneConnection` scopes on loan, by scope; undefined before the
   * first.
   */
  #kept: Map<Borrower, L> | undefined;
  /** The leases on the shared connection of a StaticPool. */
  readonly #shared = new Set<Held>();
  /** The only loan of an AssertionPool. */
  #only: { readonly place: Error; lease: L | undefined } | undefined;
  /** Whether callers outside of any scope are served directly by the engine. */
  readonly #plain: boolean;

  /** @throws PoolOptionError */
  constructor(parts: PoolParts<C, L>, options: ScopedPoolOptions = {}) {
    const { poolClass = 'QueuePool', contextLocal = poolClass === 'SingletonThreadPool', ...others } = options;
    check(
      typeof others.name === 'string' && others.name !== '' ? others.name : 'pool',
      poolClass,
      contextLocal,
      others,
    );
    const { permits = defaultPermits } = parts;
    let account!: PermitAccount;
    const joining: Permits = { join: (holder) => (account = permits.join(holder)) };
    super(
      {
        Lease: ScopedLease as NonNullable<PoolParts<C, L>['Lease']>,
        ...parts,
        connector: unscoped(parts.connector),
        permits: joining,
      },
      { ...presetOf(poolClass), ...others },
    );
    this.#account = account;
    this.#clock = parts.clock ?? systemClock;
    this.poolClass = poolClass;
    this.#contextLocal = contextLocal;
    this.#connector = parts.connector;
    this.#plain = poolClass !== 'StaticPool' && poolClass !== 'AssertionPool';
  }

  override acquire(given?: AcquireOptions): Promise<L> {
    if (!(this instanceof ScopedPool)) throw calledAlone('pool', 'acquire', this);
    const borrower = borrowerHere();
    if (given === undefined && borrower === undefined && this.#plain) {
      // The fast path: outside of any scope, without options, there is nothing to check and no label but `via`.
      const ready = super.tryAcquire(this.via);
      if (ready !== undefined) return Promise.resolve(ready);
    }
    const options = this.via === undefined ? given : labelled(given, this.via);
    if (borrower === undefined && this.#plain) return super.acquire(options);
    const fault = options === undefined ? undefined : faultOf(this.name, options);
    if (fault !== undefined) return Promise.reject(fault);
    if (borrower?.ended === true) return Promise.reject(new ScopeEndedError(this.name, true));
    const take = (left?: number): Promise<L> => {
      const isOnly = this.poolClass === 'AssertionPool' && !this.#isClosing;
      const within = left === undefined ? options : { ...options, timeout: left };
      return isOnly ? this.#takeOnly(() => this.#take(borrower, within)) : this.#take(borrower, within);
    };
    const one = this.#oneConnection(borrower);
    if (one !== undefined) return this.#acquireIn(one, borrower, take, options);
    const sharers = this.#sharers(borrower);
    return sharers === undefined ? take() : this.#sharing.acquire(sharers, borrower, take, this.#patience(options));
  }

  #patience({ timeout = this.options.acquireTimeout, signal }: AcquireOptions = {}): Patience {
    return { clock: this.#clock, timeout, signal, lateError: () => this.lateError(timeout) };
  }

  override tryAcquire(label?: string): L | undefined {
    const borrower = borrowerHere();
    if (borrower === undefined && this.#plain) return super.tryAcquire(label ?? this.via);
    const name = label ?? (this.via === undefined ? borrower?.label : labelThrough(this.via));
    if (borrower?.ended === true) return undefined;
    const takeAny = (): L | undefined => super.tryAcquire(name)?.lentTo(borrower, this);
    const take = this.poolClass === 'AssertionPool' ? () => this.#tryTakeOnly(takeAny) : takeAny;
    const one = this.#oneConnection(borrower);
    if (one !== undefined) {
      const first = this.#hasLost(one) ? undefined : this.#sharing.tryAcquire(this.#sharersIn(one), borrower, take);
      return first === undefined ? undefined : this.#keepFor(one, first);
    }
    const sharers = this.#sharers(borrower);
    return sharers === undefined ? take() : this.#sharing.tryAcquire(sharers, borrower, take);
  }

  /** The scope whose `oneConnection` is in force, if any. A StaticPool ignores it while closing. */
  #oneConnection(borrower: Borrower | undefined): Borrower | undefined {
    return this.poolClass === 'StaticPool' && this.#isClosing ? undefined : borrower?.oneConnection;
  }

  #sharersIn(scope: Borrower): Set<Held> {
    return this.poolClass === 'StaticPool' ? this.#shared : scope.held;
  }

  /** Whether the shared connection of a `oneConnection` scope has died or was closed. */
  #hasLost(scope: Borrower): boolean {
    const lease = this.#kept?.get(scope);
    return lease !== undefined && (!lease.active || lease.hasDied);
  }

  async #acquireIn(
    scope: Borrower,
    borrower: Borrower | undefined,
    take: (left?: number) => Promise<L>,
    options: AcquireOptions | undefined,
  ): Promise<L> {
    const takeFirst = (left?: number): Promise<L> => {
      if (this.#hasLost(scope)) throw new ScopeConnectionLostError(this.name);
      return take(left);
    };
    // In a StaticPool others may already share a new connection, which must not be mistaken for the lost one.
    if (this.#hasLost(scope)) throw new ScopeConnectionLostError(this.name);
    const patience = this.#patience(options);
    return this.#keepFor(scope, await this.#sharing.acquire(this.#sharersIn(scope), borrower, takeFirst, patience));
  }

  /** Keeps the loan going until the scope ends, even if all its borrowers release it before. */
  #keepFor(scope: Borrower, lease: L): L {
    // The scope ended meanwhile: the caller gets a ScopeEndedError elsewhere, or is in an inner scope of its own.
    if (scope.ended || this.#isClosing) return lease;
    const kept = (this.#kept ??= new Map());
    if (kept.has(scope)) return lease;
    kept.set(scope, this.#sharing.keep(this.#sharersIn(scope), lease.shareWith(scope)));
    scope.onEnd(() => void kept.delete(scope));
    return lease;
  }

  /** Call sites of loans within a scope are always recorded. */
  override get keepsCallSites(): boolean {
    return super.keepsCallSites || borrowerHere() !== undefined;
  }

  /** The leases whose loan this caller shares; undefined when it shares none. */
  #sharers(borrower: Borrower | undefined): Set<Held> | undefined {
    // While the pool closes, a scope may go on sharing its loan. That of a StaticPool, shared by all, might never end.
    if (this.poolClass === 'StaticPool') return this.#isClosing ? undefined : this.#shared;
    return this.#contextLocal ? borrower?.held : undefined;
  }

  get #isClosing(): boolean {
    return this.state === 'closing' || this.state === 'closed';
  }

  /**
   * Changes options of the running pool, as in `Pool`.
   * @throws PoolOptionError also for more than one connection in a pool class that has exactly one
   */
  override resize(changes: ResizeOptions): void {
    // If `changes` is not an object, the engine throws its own error.
    checkSize(this.name, this.poolClass, (changes as ResizeOptions | undefined | null)?.maxSize);
    super.resize(changes);
  }

  override close(options?: CloseOptions): Promise<void> {
    const closed = super.close(options);
    // Kept loans have no use any more; and if a scope itself waits for the close, the close would wait for what it
    // keeps.
    if (this.#isClosing && this.#kept !== undefined) {
      for (const lease of this.#kept.values()) lease.release();
      this.#kept = undefined;
    }
    return closed;
  }

  override use<T>(fn: (lease: L) => T | Promise<T>, options?: AcquireOptions): Promise<T> {
    if (!(this instanceof ScopedPool)) throw calledAlone('pool', 'use', this);
    const scope = currentBorrower();
    if (scope === undefined) return super.use(fn, options);
    // A frame of its own tells what `fn` acquires while it holds this lease apart from what else runs in the scope.
    return super.use((lease) => {
      const frame = new Borrower(scope, true);
      return runAs(frame, () => fn(lease.lentTo(frame, this)));
    }, options);
  }

  /**
   * Listeners run outside of scopes: an event may come from a timer that was started in a scope which has long ended.
   */
  override on<K extends PoolEventName>(event: K, listener: PoolListener<K>): () => void {
    return super.on(event, outside(listener));
  }

  override off<K extends PoolEventName>(event: K, listener: PoolListener<K>): void {
    super.off(event, outside(listener));
  }

  async #take(borrower: Borrower | undefined, options: AcquireOptions | undefined): Promise<L> {
    const ready = options?.signal?.aborted === true ? undefined : super.tryAcquire(options?.label ?? borrower?.label);
    if (ready !== undefined) return ready.lentTo(borrower, this);
    const waitedFrom = captureCallSite();
    if (borrower === undefined) return (await super.acquire(options)).lentTo(undefined, this);
    // The scope may have ended while this caller waited for another one in it to get a shared loan.
    if (borrower.ended) throw new ScopeEndedError(this.name);
    const waiting = new AbortController();
    const { signal, label = borrower.label } = options ?? {};
    const giveUp = (): void => waiting.abort(signal?.reason);
    const forgetEnd = borrower.onEnd(() => waiting.abort(new ScopeEndedError(this.name)));
    signal?.addEventListener('abort', giveUp);
    // Checked one turn of the loop later: by then, concurrent branches of the scope run statements, and will give back.
    const look = setImmediate(() => {
      const errors = this.#bottlenecks().map((limit) => deadlockOf(this.name, limit, borrower, waitedFrom));
      const error = errors.find((each) => each !== undefined);
      if (error !== undefined) waiting.abort(error);
    });
    try {
      if (signal?.aborted === true) giveUp();
      const lease = await super.acquire({ ...options, label, signal: waiting.signal });
      lease.takenFrom ??= waitedFrom;
      if (!borrower.ended) return lease.lentTo(borrower, this);
      // The scope ended after the loan was made, but before this line ran.
      lease.release();
      throw new ScopeEndedError(this.name);
    } finally {
      clearImmediate(look);
      forgetEnd();
      signal?.removeEventListener('abort', giveUp);
    }
  }

  /** The limits that a caller may be waiting for: the pool's own, and the one that it shares with other pools. */
  #bottlenecks(): Bottleneck[] {
    const { inUse, maxSize } = this.stats();
    const { issuer } = this.#account;
    const quietIn =
      (isUnder: (pool: ScopedPool<unknown>) => boolean) =>
      ({ owner, connection }: ScopedLease<unknown>): boolean =>
        owner instanceof ScopedPool && isUnder(owner) && owner.#connector.busy?.(connection) !== true;
    const own = { name: 'maxSize', limit: maxSize, taken: inUse, isQuiet: quietIn((pool: unknown) => pool === this) };
    if (issuer === undefined) return [own];
    const { limit, held } = issuer.stats();
    const isQuiet = quietIn((pool) => pool.#account.issuer === issuer);
    return [own, { name: 'the limit over all pools', limit, taken: held, isQuiet }];
  }

  /** AssertionPool: a second loan at the same time is an error, which shows where the first one was taken. */
  async #takeOnly(take: () => Promise<L>): Promise<L> {
    if (this.#isTaken()) throw new AlreadyTakenError(this.name, stackOf(this.#only?.place));
    const only = (this.#only = { place: captureCallSite(), lease: undefined as L | undefined });
    try {
      return (only.lease = await take());
    } catch (error) {
      this.#only = undefined;
      throw error;
    }
  }

  #tryTakeOnly(take: () => L | undefined): L | undefined {
    const lease = this.#isTaken() ? undefined : take();
    if (lease !== undefined) this.#only = { place: captureCallSite(), lease };
    return lease;
  }

  /** Whether an AssertionPool has lent its connection, or a caller is waiting for it. */
  #isTaken(): boolean {
    return this.#only !== undefined && this.#only.lease?.active !== false;
  }
}

const outsiders = new WeakMap<object, unknown>();

/**
 * Wraps a listener to run outside of scopes, always in the same wrapper, so that `off` finds it. `on` rejects
 * non-functions.
 */
function outside<K extends PoolEventName>(listener: PoolListener<K>): PoolListener<K> {
  if (typeof listener !== 'function') return listener;
  const known = outsiders.get(listener) as PoolListener<K> | undefined;
  if (known !== undefined) return known;
  const outsider: PoolListener<K> = (event) => outsideOfScopes(listener, event);
  outsiders.set(listener, outsider);
  return outsider;
}

/** Adds `via` as the label, unless there is one. Invalid options stay as they are, and are rejected by `acquire`. */
function labelled(given: AcquireOptions | undefined, via: string): AcquireOptions {
  if (given === undefined) return { label: labelThrough(via) };
  const isNamed = typeof given !== 'object' || given === null || given.label !== undefined;
  return isNamed ? given : { ...given, label: labelThrough(via) };
}

/** The engine's options that make it this pool class. */
function presetOf(poolClass: PoolClass): PoolOptions {
  if (poolClass === 'NullPool') return { maxIdle: 0 };
  return poolClass === 'StaticPool' || poolClass === 'AssertionPool' ? { maxSize: 1 } : {};
}

function check(pool: string, poolClass: unknown, contextLocal: unknown, { maxSize }: PoolOptions): void {
  if (!POOL_CLASSES.includes(poolClass as PoolClass)) {
    const came =
      typeof poolClass === 'string' ? `"${poolClass}"${didYouMean(poolClass, POOL_CLASSES)}` : shown(poolClass);
    throw new PoolOptionError(
      pool,
      'poolClass',
      `option "poolClass": expected ${checks.anyOf(POOL_CLASSES)}, got ${came}`,
    );
  }
  if (typeof contextLocal !== 'boolean') {
    throw new PoolOptionError(
      pool,
      'contextLocal',
      `option "contextLocal": expected true or false, got ${shown(contextLocal)}`,
    );
  }
  checkSize(pool, poolClass as PoolClass, maxSize);
}

function checkSize(pool: string, poolClass: PoolClass, maxSize: unknown): void {
  const single = presetOf(poolClass).maxSize === 1;
  if (single && maxSize !== undefined && maxSize !== 1) {
    throw new PoolOptionError(
      pool,
      'maxSize',
      `a ${poolClass} has exactly one connection, but maxSize is ${shown(maxSize)}`,
    );
  }
}
