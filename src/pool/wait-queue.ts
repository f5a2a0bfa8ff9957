import { after, type Clock, type Timer } from './clock.js';
import { LoopWatch } from './loop-watch.js';

/** A caller in line. It is settled once: by a lease, a time-out, an abort, or the end of the pool. */
export interface Waiter<L> {
  readonly resolve: (lease: L) => void;
  readonly reject: (error: unknown) => void;
  /** How long the caller will wait, in ms. */
  readonly timeout: number;
  /** When it got in line; undefined until it has stood there for a moment. */
  since: number | undefined;
  /** Absolute: it covers everything between the call and the loan. */
  deadline: number;
  readonly label: string | undefined;
  /** Where the caller stands in the code; only kept while somebody wants to know. */
  readonly place: Error | undefined;
  /** For how long the event loop had been blocked when it got in line. */
  blockedBefore: number;
  /** Takes away the listener on the caller's signal. */
  unwatch: (() => void) | undefined;
  settled: boolean;
}

const microtask = Promise.resolve();

// So many time-outs at once, then the loop gets its turn.
const BATCH = 2_000;

/**
 * The line: strictly first come, first served, with one timer for all deadlines. A ring, so that a long line costs no
 * more at either end; one who leaves in the middle stays behind, settled, and is passed over.
 */
export class WaitQueue<L> {
  /** How many wait. */
  size = 0;
  readonly #clock: Clock;
  readonly #watch: LoopWatch;
  readonly #expired: (waiters: readonly Waiter<L>[]) => void;
  #ring: (Waiter<L> | undefined)[] = Array.from({ length: 16 });
  #head = 0;
  #tail = 0;
  /** Up to where deadlines have been set; those who were served at once never needed one. */
  #dated = 0;
  #dating = false;
  /** Whether deadlines only grow from head to tail, as they do while every caller has the same time-out. */
  #sorted = true;
  #lastDeadline = 0;
  #timer: Timer | undefined;
  #due = Infinity;
  /** Whether the timer keeps the process alive, as it must while somebody waits. */
  #holding = false;

  constructor(clock: Clock, expired: (waiters: readonly Waiter<L>[]) => void) {
    this.#clock = clock;
    this.#watch = new LoopWatch(clock, () => this.size > 0 && this.#due < Infinity);
    this.#expired = expired;
  }

  push(waiter: Waiter<L>): void {
    if (this.#tail - this.#head === this.#ring.length) this.#rebuild();
    this.#ring[this.#tail++ & (this.#ring.length - 1)] = waiter;
    this.size++;
    if (this.#dating) return;
    this.#dating = true;
    void microtask.then(() => this.#date());
  }

  /** Sets the deadlines of all who have come lately: the clock is read once for all of them. */
  #date(): void {
    this.#dating = false;
    if (this.size === 0) return;
    const now = this.#clock.now();
    const blocked = this.#watch.blocked(now);
    let earliest = Infinity;
    for (let i = Math.max(this.#dated, this.#head); i !== this.#tail; i++) {
      const waiter = this.#ring[i & (this.#ring.length - 1)];
      if (waiter?.settled !== false) continue;
      waiter.since = now;
      waiter.blockedBefore = blocked;
      waiter.deadline = now + waiter.timeout;
      if (waiter.deadline < this.#lastDeadline) this.#sorted = false;
      this.#lastDeadline = waiter.deadline;
      earliest = Math.min(earliest, waiter.deadline);
    }
    this.#dated = this.#tail;
    // Those who wait for ever are told nothing.
    if (earliest < Infinity) this.#watch.start(now);
    if (earliest < this.#due) this.#arm(earliest);
    else if (!this.#holding) this.#hold(true);
  }

  /** For how much of its time in line the event loop was blocked, in ms. */
  blockedFor(waiter: Waiter<L>, now: number): number {
    return this.#watch.blocked(now) - waiter.blockedBefore;
  }

  /** The caller who has waited longest. */
  peek(): Waiter<L> | undefined {
    for (; this.#head !== this.#tail; this.#head++) {
      const slot = this.#head & (this.#ring.length - 1);
      const waiter = this.#ring[slot];
      if (waiter?.settled === false) return waiter;
      this.#ring[slot] = undefined;
    }
    return undefined;
  }

  /** Takes the head out of the line, to be settled by the caller of this method. */
  shift(): Waiter<L> | undefined {
    const waiter = this.peek();
    if (waiter === undefined) return undefined;
    this.#ring[this.#head++ & (this.#ring.length - 1)] = undefined;
    this.leave(waiter);
    return waiter;
  }

  /** Settles a waiter, wherever in the line it stands. */
  leave(waiter: Waiter<L>): void {
    waiter.settled = true;
    waiter.unwatch?.();
    if (--this.size > 0) {
      if (this.#tail - this.#head > 2 * this.size + 64) this.#rebuild();
      return;
    }
    this.#sorted = true;
    this.#lastDeadline = 0;
    this.#hold(false);
  }

  #stop(): void {
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Nothing of it is left running. */
  close(): void {
    this.#stop();
    this.#watch.stop();
  }

  #hold(on: boolean): void {
    this.#holding = on;
    if (on) this.#timer?.ref();
    else this.#timer?.unref();
  }

  /** Drops the settled ones, and makes room for as many again. */
  #rebuild(): void {
    const waiting = [...this];
    const length = 2 ** Math.max(4, Math.ceil(Math.log2(2 * waiting.length + 1)));
    this.#dated = waiting.filter((waiter) => waiter.since !== undefined).length;
    this.#tail = waiting.length;
    this.#head = 0;
    this.#ring = [...waiting, ...Array.from<undefined>({ length: length - waiting.length })];
  }

  /** All who wait, from the head on. */
  *[Symbol.iterator](): Generator<Waiter<L>> {
    for (let i = this.#head; i !== this.#tail; i++) {
      const waiter = this.#ring[i & (this.#ring.length - 1)];
      if (waiter?.settled === false) yield waiter;
    }
  }

  #arm(deadline: number): void {
    this.#stop();
    this.#due = deadline;
    this.#holding = true;
    this.#timer = after(this.#clock, Math.max(0, deadline - this.#clock.now()), () => this.#expire());
  }

  #expire(): void {
    const now = this.#clock.now();
    this.#timer = undefined;
    this.#holding = false;
    const expired: Waiter<L>[] = [];
    let next = Infinity;
    for (const waiter of this) {
      if (waiter.deadline <= now && expired.length < BATCH) expired.push(waiter);
      else next = Math.min(next, waiter.deadline);
      if (this.#sorted && next !== Infinity) break;
    }
    this.#due = Infinity;
    for (const waiter of expired) this.leave(waiter);
    this.#expired(expired);
    if (next < this.#due) this.#arm(next);
  }
}
