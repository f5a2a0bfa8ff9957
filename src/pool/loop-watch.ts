import type { Clock, Timer } from './clock.js';

const ROUND = 50;

/** How late (ms) a timer must be to mean that the event loop was blocked. */
const LATE = 50;

/**
 * Measures for how long the event loop was blocked while somebody waited, so that a time-out names the real cause. It
 * stops by itself when nobody does.
 */
export class LoopWatch {
  readonly #clock: Clock;
  readonly #needed: () => boolean;
  #timer: Timer | undefined;
  #due = 0;
  #blocked = 0;

  constructor(clock: Clock, needed: () => boolean) {
    this.#clock = clock;
    this.#needed = needed;
  }

  /** How long it was blocked in all, in ms, up to `now`. */
  blocked(now: number): number {
    const late = this.#timer === undefined ? 0 : now - this.#due;
    return this.#blocked + (late > LATE ? late : 0);
  }

  start(now: number): void {
    if (this.#timer !== undefined) return;
    this.#due = now + ROUND;
    this.#timer = this.#clock.setTimeout(() => this.#look(), ROUND);
    this.#timer.unref();
  }

  stop(): void {
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #look(): void {
    const now = this.#clock.now();
    this.#blocked = this.blocked(now);
    this.#timer = undefined;
    if (this.#needed()) this.start(now);
  }
}
