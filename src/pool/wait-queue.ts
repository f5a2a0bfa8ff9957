import { AbortWatch } from './abort-watch.js';
import type { CallSites } from './call-site.js';
import { acquireTrace } from './channels.js';
import type { Clock } from './clock.js';
import type { Connector } from './connector.js';
import type { Entries } from './entries.js';
import {
  AcquireTimeoutError,
  PoolClosedError,
  QueueFullError,
  type AcquirePhase,
  type TimeoutScene,
} from './errors.js';
import type { Emitter } from './events.js';
import type { Opener } from './opener.js';
import type { ResolvedPoolOptions } from './options.js';
import type { PoolPermits } from './permit-holder.js';
import { cutLabel } from './shown.js';
import { loansOf, type PoolCounters, type PoolState, type PoolStats } from './stats.js';
import { Refusal, waitedBy, Waiters, type Told, type Waiter } from './waiters.js';

// How many of the oldest loans a time-out error names.
const NAMED = 3;

/** The public part of the pool. */
interface SeenPool {
  readonly options: ResolvedPoolOptions;
  readonly state: PoolState;
  stats(): PoolStats;
}

/** What the queue needs to know of its pool to admit or reject callers, and to explain why. */
interface LineParts<C> {
  readonly pool: SeenPool;
  readonly connector: Connector<C>;
  readonly clock: Clock;
  readonly entries: Entries<C>;
  readonly opener: Opener<C>;
  readonly permits: PoolPermits<C>;
  readonly events: Emitter;
  readonly counters: PoolCounters;
  readonly callSites: CallSites;
  /** Called when a waiter has joined or left: connections may find other uses. */
  processQueue(): void;
  /** Told whether anybody waits. */
  awaited(isAwaited: boolean): void;
}

/**
 * The queue of waiting callers: who is admitted, who leaves it without a connection, and with which error. When the
 * pool has a connection, it takes the next waiter by `shift`.
 */
export class WaitQueue<C, L> {
  readonly #parts: LineParts<C>;
  readonly #waiters: Waiters<L>;
  /** Waiters with a timeout of 0, which wait only for a connection that is already being made ready. */
  readonly #hasty = new WeakSet<Waiter<L>>();
  readonly #signals = new AbortWatch<L>((waiter, reason) => this.#leave(waiter, reason));

  constructor(parts: LineParts<C>) {
    this.#parts = parts;
    this.#waiters = new Waiters<L>(
      parts.clock,
      (waiters) => this.#timeOut(waiters),
      (isAwaited) => parts.awaited(isAwaited),
    );
  }

  /** How many wait. */
  get size(): number {
    return this.#waiters.size;
  }

  /** Adds a caller to the queue, or rejects it. */
  join(timeout: number, signal?: AbortSignal, label?: string): Promise<L> {
    if (!acquireTrace.hasSubscribers) return this.#join(timeout, signal, label);
    const context = { pool: this.#parts.pool, label, phase: this.phase() };
    return acquireTrace.tracePromise(() => this.#join(timeout, signal, label), context);
  }

  #join(timeout: number, signal: AbortSignal | undefined, label: string | undefined): Promise<L> {
    let settle!: Told<L>;
    // Nothing else in this function, so that the JIT compiler can eliminate the closure.
    const loan = new Promise<L>((resolve) => {
      settle = resolve as Told<L>;
    });
    const waiter = this.#enter(settle, timeout, label);
    if (signal !== undefined && !waiter.settled) this.#watch(waiter, signal);
    return loan;
  }

  /**
   * Like `join`, but calls `told` instead of making a promise, unless acquires are traced.
   * @returns a function that ends the wait
   */
  joinWith(told: Told<L>, timeout: number, label: string | undefined): (reason: unknown) => void {
    if (acquireTrace.hasSubscribers) {
      const ending = new AbortController();
      this.join(timeout, ending.signal, label).then(told, (error: unknown) => told(new Refusal(error)));
      return (reason) => ending.abort(reason);
    }
    let hasReturned = false;
    const settle = (outcome: L | Refusal): void => (hasReturned ? told(outcome) : queueMicrotask(() => told(outcome)));
    const waiter = this.#enter(settle, timeout, label);
    hasReturned = true;
    return (reason) => {
      if (!waiter.settled) this.#leave(waiter, reason);
    };
  }

  #enter(settle: Told<L>, timeout: number, fullLabel: string | undefined): Waiter<L> {
    const { pool, entries, events, permits, callSites } = this.#parts;
    const waiter: Waiter<L> = {
      settle,
      // With a timeout of 0, a caller waits only for one that is being made ready, no longer than a dial may take.
      timeout: timeout > 0 ? timeout : pool.options.connectTimeout,
      label: fullLabel === undefined ? undefined : cutLabel(fullLabel),
      place: callSites.capture(),
      arrival: undefined,
      unwatch: undefined,
      settled: false,
    };
    const refusal = this.refusal(timeout, this.#waiters.size);
    if (refusal !== undefined) {
      waiter.settled = true;
      this.#turnAway(waiter, 0, refusal);
      return waiter;
    }
    if (timeout === 0) this.#hasty.add(waiter);
    this.#waiters.push(waiter);
    // In a full pool with no idle connection, one more waiter changes nothing.
    if (entries.idle.length > 0 || entries.size < pool.options.maxSize) this.#parts.processQueue();
    if (permits.denial !== undefined || events.wantsLoans) this.#entered(waiter, timeout);
    return waiter;
  }

  // A method of its own, so that what most waiters run is small enough to be inlined.
  #entered(waiter: Waiter<L>, timeout: number): void {
    const { permits, events } = this.#parts;
    // Only processing the queue has shown whether there is a permit.
    if (permits.denial !== undefined && !waiter.settled) {
      const late = this.#noRoom(timeout, this.size - 1);
      if (late !== undefined) this.#leave(waiter, late);
    }
    if (!waiter.settled && events.wants('waiting')) events.emit('waiting', { waiters: this.size, label: waiter.label });
  }

  /**
   * For an object that passes for a signal but cannot be listened to: the caller gets the error, and leaves the queue.
   */
  #watch(waiter: Waiter<L>, signal: AbortSignal): void {
    try {
      this.#signals.watch(waiter, signal);
    } catch (error) {
      this.#leave(waiter, error);
    }
  }

  /** Takes the first waiter out of the queue, to be given a lease. */
  shift(): Waiter<L> | undefined {
    return this.#waiters.shift();
  }

  /** All waiters, from the head on. */
  [Symbol.iterator](): Iterator<Waiter<L>> {
    return this.#waiters[Symbol.iterator]();
  }

  /** How long the first waiter in the queue has waited, in ms; 0 when nobody waits. */
  longestWait(now: number): number {
    return waitedBy(this.#waiters.peek(), now);
  }

  /** @throws Error when an invariant of a queue at rest does not hold */
  assertInvariants(now: number): void {
    this.#waiters.assertInvariants(now);
  }

  // ---- Who may join the queue ----

  /** Why a caller is rejected instead of queued behind `ahead` others; undefined when it is admitted. */
  refusal(timeout: number, ahead: number): Error | undefined {
    const { pool, opener, clock } = this.#parts;
    const { state } = pool;
    if (state === 'closing' || state === 'closed') return new PoolClosedError(pool.options.name);
    const refusal = opener.backoff.failures > 0 ? opener.refusal(clock.now()) : undefined;
    if (refusal !== undefined || (timeout > 0 && pool.options.maxWaiters === Infinity)) return refusal;
    return this.#noRoom(timeout, ahead);
  }

  /** Why a caller is rejected: every connection that there may be is on loan, or wanted by a waiter ahead of it. */
  #noRoom(timeout: number, ahead: number): Error | undefined {
    const { pool, entries, permits } = this.#parts;
    const { maxSize, maxWaiters } = pool.options;
    const room = permits.denial === undefined ? maxSize : Math.min(maxSize, entries.size + permits.denial.coming);
    // Waiters for whom a connection is on its way do not count against the limit.
    const withoutRoom = ahead + entries.inUse + entries.closing - room;
    if (withoutRoom < 0) return undefined;
    if (withoutRoom >= maxWaiters) return new QueueFullError(pool.stats(), maxWaiters);
    return timeout > 0 ? undefined : this.lateError(0);
  }

  // ---- Leaving the queue without a connection ----

  /** A waiter leaves unserved: its signal has aborted, or it will not wait for a permit that was denied. */
  #leave(waiter: Waiter<L>, reason: unknown): void {
    this.#waiters.leave(waiter);
    this.#turnAway(waiter, this.#parts.clock.now(), reason);
    this.#parts.processQueue();
  }

  #timeOut(waiters: readonly Waiter<L>[]): void {
    const now = this.#parts.clock.now();
    const scene = this.#scene();
    const loopBusy = now - this.#parts.clock.idle();
    for (const waiter of waiters) {
      const busy = this.#waiters.busyFor(waiter, loopBusy);
      const error = withoutStack(() => new AcquireTimeoutError(scene, waitedBy(waiter, now), busy));
      this.#turnAway(waiter, now, error);
    }
    this.#parts.processQueue();
  }

  /** The server had no room for a dial: waiters with a timeout of 0 do not wait until it has. */
  foundFull(): void {
    const { connecting, checking } = this.#parts.entries;
    if (connecting + checking > 0) return;
    for (const waiter of [...this.#waiters]) if (this.#hasty.has(waiter)) this.#leave(waiter, this.lateError(0));
  }

  /** Rejects all waiters, as none of them will be served. */
  rejectAll(why: () => Error): void {
    for (let waiter = this.shift(); waiter !== undefined; waiter = this.shift()) {
      this.#turnAway(waiter, this.#parts.clock.now(), why());
    }
  }

  #turnAway(waiter: Waiter<L>, now: number, error: unknown): void {
    const { counters, events } = this.#parts;
    const { label } = waiter;
    counters.failed++;
    if (events.wants('acquireFailed')) events.emit('acquireFailed', { waited: waitedBy(waiter, now), error, label });
    waiter.settle(new Refusal(error));
  }

  // ---- What was waited for ----

  /** The time-out error, from the present state of the pool, for a caller that has waited for `waited` ms. */
  lateError(waited: number): AcquireTimeoutError {
    return new AcquireTimeoutError(this.#scene(), waited);
  }

  /** What callers wait for now. */
  phase(): AcquirePhase {
    const { pool, entries, permits } = this.#parts;
    if (pool.state === 'suspended') return 'suspended';
    if (entries.checking > 0) return 'checking';
    return entries.alive === 0 && permits.limiting === undefined ? 'connecting' : 'waiting';
  }

  /** The state of the pool that a time-out error shows. */
  #scene(): TimeoutScene {
    const { pool, connector, clock, entries, opener } = this.#parts;
    const now = clock.now();
    const { failures, error, last } = opener.backoff;
    return {
      stats: pool.stats(),
      phase: this.phase(),
      hook: connector.hookOfDials?.(),
      oldest: loansOf(entries.all, connector, now, NAMED),
      cause: error,
      failedAgo: failures > 0 ? now - last : undefined,
    };
  }
}

/** Makes an error without a stack, as a timer's stack says nothing about the caller and is most of the error's cost. */
function withoutStack<E>(make: () => E): E {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return make();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}
