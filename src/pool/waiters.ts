import { after, type Clock, type Timer } from './clock.js';

/** When callers joined the queue. Those that join in the same tick share one arrival: the clock is read only once. */
export interface Arrival {
  /** Undefined in the tick in which they joined: callers that are served in that tick never need it. */
  since: number | undefined;
  /** How long (ms) the event loop had been busy by then, counted from the same point as the clock. */
  busyBefore: number;
  /** The shortest and the longest time-out of these callers, in ms. */
  shortest: number;
  longest: number;
}

/** Receives the outcome of a wait. */
export type Told<L> = (outcome: L | Refusal) => void;

/** A caller in the queue. It is settled once: by a lease, a time-out, an abort, or the end of the pool. */
export interface Waiter<L> {
  /** Called once, with a lease or a refusal: a second function for errors would add a tenth to a waiter's memory. */
  readonly settle: Told<L>;
  /** How long the caller will wait, in ms, for everything between the call and the loan. */
  readonly timeout: number;
  readonly label: string | undefined;
  /** Where in the code the caller called; recorded only while call sites are. */
  readonly place: Error | undefined;
  /** Set when the waiter joins the queue. */
  arrival: Arrival | undefined;
  /** Removes the listener from the caller's signal. */
  unwatch: (() => void) | undefined;
  settled: boolean;
}

const microtask = Promise.resolve();

// How many time-outs are handled in one go, before the event loop gets its turn.
const BATCH = 2_000;

/**
 * The waiters: strictly first come, first served, with one timer for all deadlines. They are in a ring buffer, so that
 * both ends stay cheap in a long queue; a waiter that leaves from the middle keeps its slot, marked as settled, and is
 * skipped.
 */
export class Waiters<L> {
  /** How many wait. */
  size = 0;
  readonly #clock: Clock;
  readonly #expired: (waiters: readonly Waiter<L>[]) => void;
  readonly #awaited: (isAwaited: boolean) => void;
  #ring: (Waiter<L> | undefined)[] = Array.from({ length: 16 });
  #head = 0;
  #tail = 0;
  /** The arrival of the callers that have joined in this tick. */
  #arrival: Arrival | undefined;
  /** Whether deadlines ascend from head to tail, as they do while every caller has the same time-out. */
  #sorted = true;
  #lastDeadline = 0;
  #timer: Timer | undefined;
  #due = Infinity;
  /** What `awaited` was told last. */
  #isAwaited = false;

  /** @param awaited is told whether anybody waits, at the latest one microtask after the first waiter has joined */
  constructor(
    clock: Clock,
    expired: (waiters: readonly Waiter<L>[]) => void,
    awaited: (isAwaited: boolean) => void = () => undefined,
  ) {
    this.#awaited = awaited;
    this.#clock = clock;
    this.#expired = expired;
  }

  push(waiter: Waiter<L>): void {
    if (this.#tail - this.#head === this.#ring.length) this.#rebuild();
    this.#ring[this.#tail++ & (this.#ring.length - 1)] = waiter;
    this.size++;
    const { timeout } = waiter;
    const arrival = (waiter.arrival = this.#arrival ??= this.#arrive());
    if (timeout < arrival.shortest) arrival.shortest = timeout;
    if (timeout > arrival.longest) arrival.longest = timeout;
  }

  #arrive(): Arrival {
    const arrival = { since: undefined, busyBefore: 0, shortest: Infinity, longest: 0 };
    void microtask.then(() => this.#date(arrival));
    return arrival;
  }

  #date(arrival: Arrival): void {
    this.#arrival = undefined;
    if (this.size === 0) return;
    const now = this.#clock.now();
    const { shortest, longest } = arrival;
    arrival.since = now;
    // Only a time-out error tells how long the loop was busy, and callers that wait for ever never get one.
    if (shortest < Infinity) arrival.busyBefore = now - this.#clock.idle();
    const earliest = now + shortest;
    if (shortest < longest || earliest < this.#lastDeadline) this.#sorted = false;
    this.#lastDeadline = Math.max(this.#lastDeadline, now + longest);
    if (earliest < this.#due) this.#arm(earliest);
    if (!this.#isAwaited) this.#awaited((this.#isAwaited = true));
  }

  /** How many ms of a waiter's wait the event loop was busy, when it has been busy for `busy` ms by now. */
  busyFor(waiter: Waiter<L>, busy: number): number {
    return Math.max(0, busy - (waiter.arrival?.busyBefore ?? 0));
  }

  /** The waiter at the head of the queue. */
  peek(): Waiter<L> | undefined {
    for (; this.#head !== this.#tail; this.#head++) {
      const slot = this.#head & (this.#ring.length - 1);
      const waiter = this.#ring[slot];
      if (waiter?.settled === false) return waiter;
      this.#ring[slot] = undefined;
    }
    return undefined;
  }

  /** Takes the first waiter out of the queue; the caller of this method settles its promise. */
  shift(): Waiter<L> | undefined {
    const waiter = this.peek();
    if (waiter === undefined) return undefined;
    this.#ring[this.#head++ & (this.#ring.length - 1)] = undefined;
    this.leave(waiter);
    return waiter;
  }

  /** Takes a waiter out of the queue, wherever in it, and marks it as settled. */
  leave(waiter: Waiter<L>): void {
    waiter.settled = true;
    waiter.unwatch?.();
    if (--this.size > 0) {
      if (this.#tail - this.#head > 2 * this.size + 64) this.#rebuild();
      return;
    }
    this.#sorted = true;
    this.#lastDeadline = 0;
    this.#stop();
    if (this.#isAwaited) this.#awaited((this.#isAwaited = false));
  }

  /** @throws Error when an invariant of a queue at rest does not hold */
  assertInvariants(now: number): void {
    const waiters = [...this];
    const dates = waiters.map(({ arrival, timeout }) => (arrival?.since ?? now) + timeout);
    const next = Math.min(...dates);
    if (waiters.length !== this.size) throw new Error(`the queue counts ${this.size} of ${waiters.length}`);
    const isArmed = this.#timer !== undefined;
    if (next < Infinity && !isArmed) throw new Error(`no timer is set for the deadline ${next}`);
    if (this.size === 0 && isArmed) throw new Error('a timer is set for an empty queue');
    if (this.#due > next && next < Infinity) throw new Error(`the timer is set for ${this.#due}, but ${next} is due`);
    if (this.#ring.length > 8 * this.size + 256) throw new Error('the ring is too large for its queue');
  }

  #stop(): void {
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#due = Infinity;
  }

  /** Drops the settled waiters, and makes room for as many again as are left. */
  #rebuild(): void {
    const length = 2 ** Math.max(4, Math.ceil(Math.log2(2 * this.size + 1)));
    const ring = Array.from<Waiter<L> | undefined>({ length });
    let kept = 0;
    for (let i = this.#head; i !== this.#tail; i++) {
      const waiter = this.#ring[i & (this.#ring.length - 1)];
      if (waiter?.settled === false) ring[kept++] = waiter;
    }
    this.#tail = kept;
    this.#head = 0;
    this.#ring = ring;
  }

  /** All waiters, from the head on. */
  *[Symbol.iterator](): Generator<Waiter<L>> {
    for (let i = this.#head; i !== this.#tail; i++) {
      const waiter = this.#ring[i & (this.#ring.length - 1)];
      if (waiter?.settled === false) yield waiter;
    }
  }

  #arm(deadline: number): void {
    this.#stop();
    this.#due = deadline;
    this.#timer = after(this.#clock, Math.max(0, deadline - this.#clock.now()), () => this.#expire());
  }

  #expire(): void {
    const now = this.#clock.now();
    this.#timer = undefined;
    const expired: Waiter<L>[] = [];
    let next = Infinity;
    for (const waiter of this) {
      const deadline = (waiter.arrival?.since ?? Infinity) + waiter.timeout;
      if (deadline <= now && expired.length < BATCH) expired.push(waiter);
      else next = Math.min(next, deadline);
      if (this.#sorted && next !== Infinity) break;
    }
    this.#due = Infinity;
    for (const waiter of expired) this.leave(waiter);
    this.#expired(expired);
    if (this.size > 0 && next < this.#due) this.#arm(next);
  }
}

/** How long a waiter has waited, in ms; 0 for none. */
export const waitedBy = <L>(waiter: Waiter<L> | undefined, now: number): number =>
  Math.max(0, now - (waiter?.arrival?.since ?? now));

/**
 * What a waiter gets in place of a lease: a thenable that rejects the promise which is resolved with it. A rejected
 * promise in its place would count for a moment as one that nobody handles.
 */
export class Refusal {
  readonly error: unknown;

  constructor(error: unknown) {
    this.error = error;
  }

  // oxlint-disable-next-line unicorn/no-thenable -- that is its purpose
  then(_fulfil: unknown, reject: (error: unknown) => void): void {
    reject(this.error);
  }
}
