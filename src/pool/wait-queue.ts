import type { Borrower } from './borrower.js';
import type { Clock, Timer } from './clock.js';

/** A caller in line. It is settled once: by a lease, a time-out, an abort or the end of the pool. */
export class Waiter<L> {
  readonly since: number;
  /** Absolute: it covers everything between the call and the loan. */
  readonly deadline: number;
  readonly borrower: Borrower | undefined;
  settled = false;
  readonly #resolve: (lease: L) => void;
  readonly #reject: (error: unknown) => void;
  #signal: AbortSignal | undefined;
  #onAbort: (() => void) | undefined;

  constructor(
    resolve: (lease: L) => void,
    reject: (error: unknown) => void,
    since: number,
    deadline: number,
    borrower: Borrower | undefined,
  ) {
    this.#resolve = resolve;
    this.#reject = reject;
    this.since = since;
    this.deadline = deadline;
    this.borrower = borrower;
  }

  watch(signal: AbortSignal, onAbort: () => void): void {
    this.#signal = signal;
    this.#onAbort = onAbort;
    signal.addEventListener('abort', onAbort, { once: true });
  }

  resolve(lease: L): void {
    this.#settle();
    this.#resolve(lease);
  }

  reject(error: unknown): void {
    this.#settle();
    this.#reject(error);
  }

  #settle(): void {
    this.settled = true;
    if (this.#onAbort !== undefined) this.#signal?.removeEventListener('abort', this.#onAbort);
  }
}

// An expiry this late means that the loop was blocked: answers may lie unread in the sockets.
const LATE = 50;
// So many time-outs at once, then the loop gets its turn.
const BATCH = 2_000;

/**
 * The line: strictly first come, first served, with one timer for all deadlines. A ring, so that neither end costs more
 * in a long line; one who leaves in the middle stays behind as a settled waiter and is passed over.
 */
export class WaitQueue<L> {
  /** How many wait. */
  size = 0;
  readonly #clock: Clock;
  readonly #expired: (waiters: readonly Waiter<L>[]) => void;
  #ring: (Waiter<L> | undefined)[] = Array.from({ length: 16 }, () => undefined);
  #head = 0;
  #tail = 0;
  /** Whether deadlines only grow from head to tail, as they do while every caller has the same time-out. */
  #sorted = true;
  #lastDeadline = 0;
  #timer: Timer | undefined;
  #due = Infinity;
  #holding = false;

  constructor(clock: Clock, expired: (waiters: readonly Waiter<L>[]) => void) {
    this.#clock = clock;
    this.#expired = expired;
  }

  push(waiter: Waiter<L>): void {
    if (this.#tail - this.#head === this.#ring.length) this.#rebuild();
    this.#ring[this.#tail++ & (this.#ring.length - 1)] = waiter;
    this.size++;
    if (waiter.deadline < this.#lastDeadline) this.#sorted = false;
    this.#lastDeadline = waiter.deadline;
    this.#arm(waiter.deadline);
  }

  /** The caller who has waited longest. */
  peek(): Waiter<L> | undefined {
    for (; this.#head !== this.#tail; this.#head++) {
      const slot = this.#head & (this.#ring.length - 1);
      const waiter = this.#ring[slot]!;
      if (!waiter.settled) return waiter;
      this.#ring[slot] = undefined;
    }
    return undefined;
  }

  shift(): Waiter<L> | undefined {
    const waiter = this.peek();
    if (waiter === undefined) return undefined;
    this.#ring[this.#head++ & (this.#ring.length - 1)] = undefined;
    this.#left();
    return waiter;
  }

  /** To be called for a waiter that settles while it is in line. */
  leave(): void {
    this.#left();
    if (this.#tail - this.#head > 2 * this.size + 64) this.#rebuild();
  }

  #left(): void {
    if (--this.size > 0) return;
    this.#sorted = true;
    this.#lastDeadline = 0;
    if (this.#holding) this.#timer?.unref();
    this.#holding = false;
  }

  /** Drops the settled ones and makes room for as many again. */
  #rebuild(): void {
    const waiting = this.#waiting();
    const length = 2 ** Math.max(4, Math.ceil(Math.log2(2 * waiting.length + 1)));
    this.#ring = waiting.concat(Array.from({ length: length - waiting.length }));
    this.#head = 0;
    this.#tail = waiting.length;
  }

  #waiting(): Waiter<L>[] {
    const waiting: Waiter<L>[] = [];
    for (let i = this.#head; i !== this.#tail; i++) {
      const waiter = this.#ring[i & (this.#ring.length - 1)]!;
      if (!waiter.settled) waiting.push(waiter);
    }
    return waiting;
  }

  /** The timer holds the process only while somebody waits. */
  #arm(deadline: number): void {
    if (deadline < this.#due) {
      if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer);
      this.#due = deadline;
      this.#timer = this.#clock.setTimeout(() => this.#fire(), Math.max(0, deadline - this.#clock.now()));
      this.#holding = true;
    } else if (!this.#holding && this.#timer !== undefined) {
      this.#timer.ref();
      this.#holding = true;
    }
  }

  #fire(): void {
    const late = this.#clock.now() - this.#due > LATE;
    this.#timer = undefined;
    this.#holding = false;
    if (late) this.#clock.setImmediate(() => this.#expire());
    else this.#expire();
  }

  #expire(): void {
    const now = this.#clock.now();
    const expired: Waiter<L>[] = [];
    let next = Infinity;
    for (const waiter of this.#sorted ? this.#upTo(now) : this.#waiting()) {
      if (waiter.deadline <= now && expired.length < BATCH) expired.push(waiter);
      else next = Math.min(next, waiter.deadline);
    }
    this.#due = Infinity;
    for (let i = 0; i < expired.length; i++) this.#left();
    this.#expired(expired);
    if (next !== Infinity && this.#due > next) this.#arm(next);
  }

  /** In a sorted line: those whose time is up, and the first whose is not. */
  *#upTo(now: number): Generator<Waiter<L>> {
    for (let i = this.#head; i !== this.#tail; i++) {
      const waiter = this.#ring[i & (this.#ring.length - 1)]!;
      if (waiter.settled) continue;
      yield waiter;
      if (waiter.deadline > now) return;
    }
  }
}
