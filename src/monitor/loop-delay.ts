import type { Clock, Timer } from '../pool/index.js';
import { rounded } from './numbers.js';
import type { LoopDelay } from './report.js';

// The interval of the timer, in ms. Each call wakes the process, and a block that is shorter than this is hardly felt.
const ROUND = 50;

/**
 * Measures how late timers are. Node's `monitorEventLoopDelay` is not used: after a reset it misses the next block of
 * the event loop, and without a reset its figures are of the whole time since it was started.
 */
export class LoopDelayWatch {
  readonly #clock: Clock;
  #late: number[] = [];
  #due = 0;
  #timer: Timer | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#start();
  }

  /** The delays since the last call. */
  take(): LoopDelay {
    // The current timer counts too if it is overdue, because something blocks the event loop.
    const late = [...this.#late, Math.max(0, this.#clock.now() - this.#due)].toSorted((a, b) => a - b);
    this.#late = [];
    const mean = late.reduce((sum, ms) => sum + ms, 0) / late.length;
    const p99 = late[Math.ceil(late.length * 0.99) - 1]!;
    return { mean: rounded(mean), p99: rounded(p99), max: rounded(late.at(-1)!) };
  }

  stop(): void {
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #start(): void {
    this.#due = this.#clock.now() + ROUND;
    this.#timer = this.#clock.setTimeout(() => {
      this.#late.push(Math.max(0, this.#clock.now() - this.#due));
      this.#start();
    }, ROUND);
    this.#timer.unref();
  }
}
