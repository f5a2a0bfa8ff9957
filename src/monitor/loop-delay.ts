import type { Clock, Timer } from '../pool/index.js';
import { rounded } from './numbers.js';
import type { LoopDelay } from './report.js';

// Each look wakes the process; what blocks for less than this is hardly felt.
const ROUND = 50;

/**
 * How late timers are. Not `monitorEventLoopDelay` of Node: after a reset it forgets what blocks the loop next, and without
 * one it tells of all times together.
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

  /** What it was since the last call. */
  take(): LoopDelay {
    // One that is due and has not run yet, because something blocks the loop, counts as well.
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
