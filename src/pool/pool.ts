import { faultOf, faultOfTimeout, type AcquireOptions } from './acquire-options.js';
import type { Borrowers } from './borrowers.js';
import type { PoolParts } from './core.js';
import { State } from './entry.js';
import { PoolClosedError, PoolOptionError } from './errors.js';
import type { PoolEventName, PoolListener } from './events.js';
import { Exchange } from './exchange.js';
import { Housekeeper } from './housekeeper.js';
import type { Lease } from './lease.js';
import { OpenPools } from './open-pools.js';
import { resolveOptions, type PoolOptions, type ResolvedPoolOptions } from './options.js';
import { shown } from './shown.js';
import type { PoolState, PoolStats } from './stats.js';

/** Options that can be changed while the pool runs. */
export type ResizeOptions = Omit<PoolOptions, 'name'>;

const CLOSE_TIMEOUT = 10_000;

/** A pool, whatever it lends, for those who look at it. @since 0.1.0 */
export type AnyPool = Pick<
  Pool<unknown>,
  | 'name'
  | 'options'
  | 'state'
  | 'stats'
  | 'borrowers'
  | 'traceCallSites'
  | 'evict'
  | 'resize'
  | 'suspend'
  | 'resume'
  | 'on'
  | 'off'
>;

// One list per process and thread, also when a hot reload or a second copy of the package loads this file again.
const key = Symbol.for('node-mysqlpool.open-pools');
const holder = globalThis as { [key]?: OpenPools<AnyPool> };
const known = (holder[key] ??= new OpenPools<AnyPool>());

/**
 * The pools of this process that have not been closed, in the order in which they were made. Those that nobody refers to
 * any more may be missing.
 * @since 0.1.0
 */
export const openPools = (): readonly AnyPool[] => known.list();

/**
 * A pool of connections: never more than `maxSize`, lent first come, first served, and clean whenever one is lent.
 * @since 0.1.0
 */
export class Pool<C, L extends Lease<C> = Lease<C>> {
  readonly #exchange: Exchange<C, L>;
  readonly #housekeeper: Housekeeper<C>;
  #closed: Promise<void> | undefined;

  /** @throws PoolOptionError */
  constructor(parts: PoolParts<C, L>, options: PoolOptions = {}) {
    const exchange = new Exchange<C, L>(parts, resolveOptions(options), this);
    this.#exchange = exchange;
    known.add(this);
    this.#housekeeper = new Housekeeper<C>(exchange, exchange.dialler, exchange.upkeep);
    exchange.onOpened = () => this.#housekeeper.opened();
    // Not before the constructor has returned, so that listeners can be added first.
    exchange.dialler.refill = true;
    queueMicrotask(() => {
      if (exchange.events.wants('poolOpened')) exchange.events.emit('poolOpened', {});
      if (this.options.minIdle > 0) exchange.pump();
    });
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
   * @throws QueueFullError, PoolClosedError, PoolUnavailableError, ConnectError, PoolOptionError at once
   */
  acquire(options?: AcquireOptions): Promise<L> {
    if (options !== undefined) return this.#acquire(options);
    const lease = this.#exchange.tryLend();
    return lease === undefined
      ? this.#exchange.enqueue(this.options.acquireTimeout, undefined, undefined)
      : Promise.resolve(lease);
  }

  #acquire(options: AcquireOptions): Promise<L> {
    const fault = faultOf(this.name, options);
    if (fault !== undefined) return Promise.reject(fault);
    const { signal, timeout = this.options.acquireTimeout, label } = options;
    if (signal?.aborted === true) return Promise.reject(signal.reason);
    const lease = this.#exchange.tryLend(label);
    return lease === undefined ? this.#exchange.enqueue(timeout, signal, label) : Promise.resolve(lease);
  }

  /**
   * A connection that can be lent right now, or undefined: it never waits, and passes nobody who does.
   * @param label as in `acquire`
   */
  tryAcquire(label?: string): L | undefined {
    return this.#exchange.tryLend(label);
  }

  /**
   * Lends a connection to `fn` and takes it back when `fn` has ended, however it ended.
   * @throws what `acquire` throws, and what `fn` throws; TypeError when there is no `fn`
   */
  async use<T>(fn: (lease: L) => T | Promise<T>, options?: AcquireOptions): Promise<T> {
    if (typeof fn !== 'function') throw new TypeError(`${this.name}: use: expected a function, got ${shown(fn)}`);
    const lease = await this.acquire(options);
    try {
      return await fn(lease);
    } finally {
      lease.release();
    }
  }

  /** Opens connections ahead, until so many are there. @throws what `acquire` throws; those opened by then stay */
  async warmUp(count: number = Math.max(1, this.options.minIdle)): Promise<void> {
    const { maxSize } = this.options;
    if (!Number.isSafeInteger(count) || count < 0 || count > maxSize) {
      const text = `warmUp: expected a whole number from 0 to ${maxSize}, got ${shown(count)}`;
      throw new PoolOptionError(this.name, 'count', text);
    }
    const leases = await Promise.allSettled(Array.from({ length: count }, () => this.acquire()));
    for (const lease of leases) if (lease.status === 'fulfilled') lease.value.release();
    for (const lease of leases) if (lease.status === 'rejected') throw lease.reason;
  }

  /**
   * Has every connection replaced: idle ones now, loans when they come back, dials when they are done. A pause after
   * failures to connect is over with it.
   */
  evict(): void {
    this.#exchange.dialler.forgive();
    this.#exchange.evict();
  }

  /**
   * Changes options of the running pool. More room serves waiters at once; less is reached as connections come back.
   * @throws PoolOptionError, and nothing has changed
   */
  resize(changes: ResizeOptions): void {
    const exchange = this.#exchange;
    const { roster } = exchange;
    const { maxIdle, ...others } = exchange.options;
    // maxIdle goes along with maxSize unless it was set apart from it.
    const kept = maxIdle === others.maxSize ? others : exchange.options;
    exchange.configure(resolveOptions({ ...kept, ...changes }));
    const { maxSize, maxIdle: most } = exchange.options;
    while (
      roster.idle.length > most ||
      (roster.idle.length > 0 && roster.size - roster.count(State.closing) > maxSize)
    ) {
      exchange.retire(roster.idle[0]!, 'overflow');
    }
    if (exchange.events.wants('resized')) exchange.events.emit('resized', { maxSize });
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
   * Closes the pool for good: turns callers away, waits for loans, and destroys what is out after `timeout` ms (10 000
   * by default). A further call returns the same promise.
   * @throws PoolOptionError for a time-out that is none, and nothing has changed
   */
  close({ timeout = CLOSE_TIMEOUT }: { readonly timeout?: number | undefined } = {}): Promise<void> {
    const fault = this.#closed === undefined ? faultOfTimeout(this.name, timeout) : undefined;
    if (fault !== undefined) return Promise.reject(fault);
    return (this.#closed ??= this.#close(timeout));
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
    known.delete(this);
    exchange.state = 'closed';
    exchange.permits.close();
    exchange.events.emit('poolClosed', {});
  }

  stats(): PoolStats {
    return this.#exchange.stats();
  }

  /**
   * Who has a connection, since when and what for, the oldest loan first; and who waits, in order.
   * @param most how many of each
   * @throws PoolOptionError when that is no number
   */
  borrowers(most: number = Infinity): Borrowers {
    if (typeof most !== 'number' || !(most >= 0)) {
      throw new PoolOptionError(this.name, 'most', `borrowers: expected a number from 0 up, got ${shown(most)}`);
    }
    return this.#exchange.borrowers(most);
  }

  /**
   * From now on every loan and every caller in line is remembered with the line of code it comes from, at a cost of about
   * 4 microseconds each, until the returned function is called. With `leakThreshold` this is so all the time.
   */
  traceCallSites(): () => void {
    const exchange = this.#exchange;
    let tracing = true;
    exchange.tracers++;
    return () => {
      if (tracing) exchange.tracers--;
      tracing = false;
    };
  }

  /** Adds a listener; returns a function that removes it. @throws TypeError for an event that there is not */
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
