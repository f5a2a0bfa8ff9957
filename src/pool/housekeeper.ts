import type { Clock, Timer } from './clock.js';
import { State, type Entries, type Entry } from './entries.js';
import type { ResolvedPoolOptions } from './options.js';

// The longest and shortest time between rounds (ms); and how late a round must be to mean that the process was stopped.
const LONGEST_ROUND = 5_000;
const SHORTEST_ROUND = 20;
const FROZEN = 1_000;

/** Something that the pool is to do with an entry. */
export interface Chore<C> {
  /** `replace`: keep the entry until another has been opened in its place. `expire`: do not lend it any more. */
  readonly what: 'ping' | 'closeIdle' | 'replace' | 'expire' | 'reportLeak';
  readonly entry: Entry<C>;
}

/**
 * Decides what is to be done about connections that nobody uses (idle time, lifetime, keepalive), and about loans that
 * have been out for too long. It has one timer, which does not run in an empty pool and never keeps the process alive.
 */
export class Housekeeper<C> {
  readonly #entries: Entries<C>;
  readonly #clock: Clock;
  readonly #look: (stoodStill: boolean) => void;
  #timer: Timer | undefined;
  #due = 0;
  #lastRetirement = -Infinity;

  /** @param look called when it is time for `chores`; `stoodStill` says that the whole process was stopped meanwhile */
  constructor(entries: Entries<C>, clock: Clock, look: (stoodStill: boolean) => void) {
    this.#entries = entries;
    this.#clock = clock;
    this.#look = look;
  }

  start(options: ResolvedPoolOptions): void {
    if (this.#timer !== undefined) return;
    const periods = [options.idleTimeout, options.keepaliveInterval, options.maxLifetime, options.leakThreshold];
    const shortest = Math.min(...periods.filter((ms) => ms > 0)) / 4;
    const round = Math.max(SHORTEST_ROUND, Math.min(LONGEST_ROUND, shortest));
    this.#due = this.#clock.now() + round;
    this.#timer = this.#clock.setTimeout(() => {
      this.#timer = undefined;
      this.#look(this.#clock.now() - this.#due > FROZEN);
    }, round);
    this.#timer.unref();
  }

  stop(): void {
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** The chores of this round. Each is decided only after the pool has done the one before. */
  *chores(options: ResolvedPoolOptions): Generator<Chore<C>> {
    const now = this.#clock.now();
    for (const entry of [...this.#entries.all]) {
      const isOver = now >= entry.retireAt && entry.state < State.closing;
      const ageing = isOver ? this.#ageing(entry, now, options) : undefined;
      if (ageing !== undefined) yield { what: ageing, entry };
      const due = this.#choreOf(entry, now, options);
      if (due !== undefined) yield due;
    }
  }

  /**
   * Whether an entry past its `retireAt` is replaced or expired now. Entries take turns, so that their replacements do
   * not come as a connection storm. Where the pool has room, the replacement is opened first.
   */
  #ageing(entry: Entry<C>, now: number, options: ResolvedPoolOptions): 'replace' | 'expire' | undefined {
    const { size } = this.#entries;
    const gap = options.maxLifetime / 4 / size;
    if (entry.replaced || (now < entry.expiresAt && now - this.#lastRetirement < gap)) return undefined;
    this.#lastRetirement = now;
    // An entry that has been idle for long need not be replaced.
    const isNeeded = entry.loan > 0 || options.idleTimeout === 0 || now - entry.usedAt < options.idleTimeout / 2;
    return isNeeded && size < options.maxSize && now < entry.expiresAt ? 'replace' : 'expire';
  }

  #choreOf(entry: Entry<C>, now: number, options: ResolvedPoolOptions): Chore<C> | undefined {
    const { idle } = this.#entries;
    const { idleTimeout, keepaliveInterval, minIdle, leakThreshold } = options;
    if (entry.loan > 0) {
      const isLeak = leakThreshold > 0 && !entry.leakReported && now - entry.takenAt >= leakThreshold;
      return isLeak ? { what: 'reportLeak', entry } : undefined;
    }
    if (entry.state !== State.idle) return undefined;
    if (idleTimeout > 0 && now - entry.usedAt >= idleTimeout && idle.length > minIdle) {
      // Closes the least recently used entry, whichever entry this loop is at.
      return { what: 'closeIdle', entry: idle[0]! };
    }
    const isQuiet = now - entry.aliveAt >= keepaliveInterval;
    return keepaliveInterval > 0 && !entry.pending && isQuiet ? { what: 'ping', entry } : undefined;
  }
}
