import type { Clock, Timer } from 'node-mysqlpool/pool';

/** A timer of a fake clock. */
export interface FakeTimer extends Timer {
  readonly due: number;
  readonly refed: boolean;
}

interface Due {
  readonly due: number;
  readonly order: number;
  readonly callback: () => void;
}

class PendingTimer implements FakeTimer, Due {
  readonly due: number;
  readonly order: number;
  readonly callback: () => void;
  refed = true;

  constructor(due: number, order: number, callback: () => void) {
    this.due = due;
    this.order = order;
    this.callback = callback;
  }

  ref(): this {
    this.refed = true;
    return this;
  }

  unref(): this {
    this.refed = false;
    return this;
  }
}

// A limit, since a timer that sets itself again for the same instant would keep `advance` busy for ever.
const MOST_TURNS = 50_000;

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/**
 * A clock that advances only on request. Its turns have the order of Node's event loop: timers that are due, then
 * events from outside (`arrive`), then immediates, with all promise callbacks in between.
 */
export class FakeClock implements Clock {
  #now: number;
  #busy = 0;
  #order = 0;
  readonly #timers = new Set<PendingTimer>();
  readonly #arrivals = new Set<Due>();
  #immediates: (() => void)[] = [];

  constructor(start = 1_000_000) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  recent(): number {
    return this.#now;
  }

  idle(): number {
    return this.#now - this.#busy;
  }

  setTimeout(callback: () => void, ms: number): Timer {
    const timer = new PendingTimer(this.#now + Math.max(0, ms), this.#order++, callback);
    this.#timers.add(timer);
    return timer;
  }

  clearTimeout(timer: Timer): void {
    this.#timers.delete(timer as PendingTimer);
  }

  setImmediate(callback: () => void): void {
    this.#immediates.push(callback);
  }

  /** Schedules an event from outside, such as a server's answer, in `ms`. Returns a function that cancels it. */
  arrive(ms: number, callback: () => void): () => void {
    const arrival = { due: this.#now + ms, order: this.#order++, callback };
    this.#arrivals.add(arrival);
    return () => void this.#arrivals.delete(arrival);
  }

  /** The pending timers: all, or only those that keep a process alive (`refed` true) or do not (false). */
  timers(refed?: boolean): FakeTimer[] {
    const all = [...this.#timers].toSorted((a, b) => a.due - b.due || a.order - b.order);
    return refed === undefined ? all : all.filter((timer) => timer.refed === refed);
  }

  /** Lets time pass and runs everything in order of its due time. `advance(0)` runs what is due now. */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms;
    for (let turn = 0; turn < MOST_TURNS; turn++) {
      await this.#turn();
      const next = Math.min(...[...this.#timers, ...this.#arrivals].map((item) => item.due));
      if (next > until) {
        this.#now = Math.max(this.#now, until);
        return;
      }
      this.#now = Math.max(this.#now, next);
    }
    throw new Error('the fake clock never comes to rest');
  }

  /** Runs promise callbacks and immediates; no time passes and no timer fires. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < MOST_TURNS; turn++) {
      await nextTurn();
      if (this.#immediates.length === 0) return;
      this.#runImmediates();
    }
    throw new Error('immediates never end');
  }

  /**
   * Blocks the event loop: time passes but nothing runs. What becomes due meanwhile runs late, in the next `advance`.
   */
  blocked(ms: number): void {
    this.#now += ms;
    this.#busy += ms;
  }

  /** One turn of the event loop at the present time. */
  async #turn(): Promise<void> {
    await nextTurn();
    for (const timer of this.#take(this.#timers)) {
      if (!this.#timers.delete(timer)) continue;
      timer.callback();
      await nextTurn();
    }
    for (const arrival of this.#take(this.#arrivals)) {
      if (!this.#arrivals.delete(arrival)) continue;
      arrival.callback();
      await nextTurn();
    }
    await this.settle();
  }

  #take<T extends Due>(from: ReadonlySet<T>): T[] {
    return [...from].filter((item) => item.due <= this.#now).toSorted((a, b) => a.due - b.due || a.order - b.order);
  }

  #runImmediates(): void {
    const batch = this.#immediates;
    this.#immediates = [];
    for (const callback of batch) callback();
  }
}
