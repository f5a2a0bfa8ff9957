import type { LoopLag } from '../loop-lag.js';
import type { Violations } from '../violations.js';

/** The tolerance in ms: timers and the measurement of the event loop are not more precise. */
const GRAIN = 30;
const SHARE = 0.05;
/** How many ms after its deadline a promise counts as never settling. */
const NEVER = 8_000;

/** Checks that promises settle by their deadline, plus 5 % and the delay of the event loop. */
export class Deadlines {
  readonly #violations: Violations;
  readonly #lag: LoopLag;
  readonly #never: number;
  /** The longest tolerated delay after a deadline, in ms. */
  latest = 0;

  constructor(violations: Violations, lag: LoopLag, never: number = NEVER) {
    this.#violations = violations;
    this.#lag = lag;
    this.#never = never;
  }

  /**
   * Calls `start`, whose promise must settle within `ms` milliseconds. The promise returned settles in the same way.
   */
  async due<T>(what: string, ms: number, start: () => Promise<T>): Promise<T> {
    const began = performance.now();
    const lagBefore = this.#lag.total;
    const allowed = ms * (1 + SHARE) + GRAIN;
    let timer: NodeJS.Timeout | undefined;
    const never = new Promise<'never'>(
      (resolve) => (timer = setTimeout(() => resolve('never'), allowed + this.#never)),
    );
    const promise = start();
    const settled = promise.then(
      () => 'settled' as const,
      () => 'settled' as const,
    );
    const outcome = await Promise.race([settled, never]);
    clearTimeout(timer);
    const took = performance.now() - began - (this.#lag.total - lagBefore);
    if (outcome === 'never') {
      this.#violations.report('deadline', `${what}: has not settled ${this.#never} ms after its deadline of ${ms} ms`);
      // The promise is given up: a late rejection must not also be reported as unhandled.
      promise.catch(() => undefined);
      throw new Error(`${what} never settled`);
    }
    if (took > allowed) this.#violations.report('deadline', `${what}: took ${Math.round(took)} ms of ${ms} ms`);
    this.latest = Math.max(this.latest, Math.round(took - ms));
    return promise;
  }
}
