import { currentBorrower, runAs, type Held } from './borrower.js';
import { systemClock, type Clock } from './clock.js';
import type { Connector } from './connector.js';
import { State } from './entry.js';
import { AlreadyTakenError, PoolClosedError, PoolOptionError } from './errors.js';
import type { PoolEventName, PoolListener } from './events.js';
import { Exchange } from './exchange.js';
import { Housekeeper } from './housekeeper.js';
import { Lease, type LeaseClass } from './lease.js';
import { resolveOptions, type PoolOptions, type ResolvedPoolOptions } from './options.js';
import type { Permits } from './permits.js';
import { stackOf } from './self-deadlock.js';
import { Sharing } from './sharing.js';
import type { PoolState, PoolStats } from './stats.js';

/** How one `acquire` differs from the pool's options. */
export interface AcquireOptions {
  /** Gives up when it aborts, with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Instead of `acquireTimeout`, in ms. */
  readonly timeout?: number | undefined;
}

/** What a pool is built on besides its options. */
export interface PoolParts<C, L extends Lease<C>> {
  readonly connector: Connector<C>;
  /** The class of its leases. @default Lease */
  readonly Lease?: LeaseClass<C, L>;
  /** Asked before each dial. @default always yes */
  readonly permits?: Permits | undefined;
  readonly clock?: Clock;
  /** For jitter: from 0 up to 1. @default Math.random */
  readonly random?: () => number;
}

/** Options that can be changed while the pool runs. */
export type ResizeOptions = Omit<PoolOptions, 'name' | 'poolClass' | 'contextLocal' | 'order'>;

const CLOSE_TIMEOUT = 10_000;

/**
 * A pool of connections: never more than `maxSize`, lent first come, first served, and clean whenever one is lent.
 * @since 0.1.0
 */
export class Pool<C, L extends Lease<C> = Lease<C>> {
  readonly #exchange: Exchange<C, L>;
  readonly #housekeeper: Housekeeper<C>;
  /** Set for the pool classes that do not lend each caller a connection of its own. */
  readonly #acquireOtherwise: ((options?: AcquireOptions) => Promise<L>) | undefined;
  #closed: Promise<void> | undefined;

  /** @throws PoolOptionError */
  constructor(parts: PoolParts<C, L>, options: PoolOptions = {}) {
    this.#exchange = new Exchange<C, L>({
      options: resolveOptions(options),
      connector: parts.connector,
      Lease: parts.Lease ?? (Lease as LeaseClass<C, L>),
      permits: parts.permits,
      clock: parts.clock ?? systemClock,
      random: parts.random ?? Math.random,
    });
    const { dialler, upkeep } = this.#exchange;
    this.#housekeeper = new Housekeeper<C>(this.#exchange, dialler, upkeep);
    this.#exchange.onOpened = () => this.#housekeeper.start();
    this.#acquireOtherwise = this.#strategy();
    // After the constructor has returned, so that listeners can be added first.
    if (this.options.minIdle > 0) queueMicrotask(() => this.#exchange.pump());
  }

  get name(): string {
    return this.options.name;
  }

  get options(): ResolvedPoolOptions {
    return this.#exchange.options;
  }

  get state(): PoolState {
    return this.#exchange.state;
  }

  /**
   * Borrows a connection. Give it back with `release`, or let `await using` do so.
   * @throws AcquireTimeoutError when there was none in time
   * @throws QueueFullError, PoolClosedError, PoolUnavailableError, ConnectError, SelfDeadlockError at once
   */
  acquire(options?: AcquireOptions): Promise<L> {
    if (this.#acquireOtherwise !== undefined) return this.#acquireOtherwise(options);
    return this.#acquire(options);
  }

  #acquire(options?: AcquireOptions): Promise<L> {
    const signal = options?.signal;
    if (signal?.aborted === true) return Promise.reject(signal.reason);
    const lease = this.#exchange.tryLend();
    if (lease !== undefined) return Promise.resolve(lease);
    const timeout = options?.timeout ?? this.options.acquireTimeout;
    if (!(timeout >= 0)) {
      const error = new PoolOptionError(
        this.name,
        'timeout',
        `option "timeout": expected milliseconds from 0 up, got ${timeout}`,
      );
      return Promise.reject(error);
    }
    return this.#exchange.enqueue(timeout, signal);
  }

  #strategy(): ((options?: AcquireOptions) => Promise<L>) | undefined {
    const { poolClass, contextLocal } = this.options;
    if (poolClass === 'AssertionPool') return (options) => this.#acquireOnly(options);
    if (poolClass !== 'StaticPool' && !contextLocal) return undefined;
    const sharing = new Sharing<C, L>((lease) => lease.isFrom(this.#exchange));
    const everybody = poolClass === 'StaticPool' ? new Set<Held>() : undefined;
    return (options) => {
      const held = everybody ?? currentBorrower()?.held;
      return held === undefined ? this.#acquire(options) : sharing.acquire(held, () => this.#acquire(options));
    };
  }

  /** AssertionPool: a second loan at the same time is a mistake, and is told where the first was taken. */
  #acquireOnly(options?: AcquireOptions): Promise<L> {
    const { roster } = this.#exchange;
    for (const entry of roster.entries) {
      if (entry.state === State.inUse)
        return Promise.reject(new AlreadyTakenError(this.name, stackOf(entry.takenFrom)));
    }
    return this.#acquire(options);
  }

  /**
   * Lends a connection to `fn` and takes it back when `fn` has ended, however it ended.
   * @returns what `fn` returns
   * @throws what `acquire` throws, and what `fn` throws
   */
  async use<T>(fn: (lease: L) => T | Promise<T>, options?: AcquireOptions): Promise<T> {
    const lease = await this.acquire(options);
    try {
      const borrower = currentBorrower();
      // Inside a scope, what `fn` acquires while it holds this lease is told apart from what runs beside it.
      return await (borrower === undefined ? fn(lease) : runAs(lease.frame(borrower), () => fn(lease)));
    } finally {
      lease.release();
    }
  }

  /** Opens connections ahead, so that so many are idle. @throws what `acquire` throws; those opened by then stay */
  async warmUp(count: number = Math.max(1, this.options.minIdle)): Promise<void> {
    const leases = await Promise.allSettled(Array.from({ length: count }, () => this.#acquire()));
    for (const lease of leases) if (lease.status === 'fulfilled') lease.value.release();
    const failed = leases.find((lease) => lease.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  /** Has every connection replaced: idle ones now, loans when they come back, dials when they are done. */
  evict(): void {
    this.#exchange.evict();
  }

  /**
   * Changes options of the running pool. More room serves waiters at once; less is reached as connections come back.
   * @throws PoolOptionError, and nothing has changed
   */
  resize(changes: ResizeOptions): void {
    const exchange = this.#exchange;
    const { maxIdle, ...now } = exchange.options;
    // maxIdle goes along with maxSize unless it was set apart from it.
    const keep = maxIdle === now.maxSize ? {} : { maxIdle };
    exchange.configure(resolveOptions({ ...now, ...keep, ...changes }));
    for (const entry of [...exchange.roster.idle]) {
      const { maxSize: most, maxIdle: kept } = exchange.options;
      if (
        exchange.roster.size - exchange.roster.count(State.closing) <= most &&
        exchange.roster.count(State.idle) <= kept
      )
        break;
      exchange.retire(entry, 'overflow');
    }
    if (exchange.events.wants('resized')) exchange.events.emit('resized', { maxSize: exchange.options.maxSize });
    exchange.pump();
  }

  /** Stops lending: callers wait in line, their time running, until `resume`. Loans go on. */
  suspend(): void {
    if (this.state !== 'open') return;
    this.#exchange.state = 'suspended';
    this.#exchange.events.emit('suspended', {});
  }

  resume(): void {
    if (this.state !== 'suspended') return;
    this.#exchange.state = 'open';
    this.#exchange.events.emit('resumed', {});
    this.#exchange.pump();
  }

  /**
   * Closes the pool for good: turns callers away, waits for loans, then destroys what is still out. A further call
   * returns the same promise, which never rejects.
   * @param options.timeout how long to wait for loans, in ms; 10 000 by default
   */
  close(options?: { readonly timeout?: number }): Promise<void> {
    return (this.#closed ??= this.#close(options?.timeout ?? CLOSE_TIMEOUT));
  }

  async #close(timeout: number): Promise<void> {
    const exchange = this.#exchange;
    exchange.state = 'closing';
    exchange.events.emit('poolClosing', {});
    this.#housekeeper.stop();
    exchange.rejectAll(() => new PoolClosedError(this.name));
    exchange.dialler.abortAll();
    for (const entry of [...exchange.roster.entries]) {
      if (entry.state === State.idle || entry.state === State.checking) exchange.retire(entry, 'closed');
    }
    await exchange.emptied(timeout);
    exchange.state = 'closed';
    exchange.permits.close();
    exchange.events.emit('poolClosed', {});
  }

  stats(): PoolStats {
    return this.#exchange.stats();
  }

  /** Adds a listener. @returns a function that removes it */
  on<K extends PoolEventName>(event: K, listener: PoolListener<K>): () => void {
    return this.#exchange.events.on(event, listener);
  }

  off<K extends PoolEventName>(event: K, listener: PoolListener<K>): void {
    this.#exchange.events.off(event, listener);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
