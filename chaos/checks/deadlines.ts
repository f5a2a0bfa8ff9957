import type { LoopLag } from '../loop-lag.js';
import type { Violations } from '../violations.js';

/** Timers have a grain, and so has the measurement of the loop: so late (ms) is nobody's fault. */
const GRAIN = 30;
const SHARE = 0.05;
/** When a promise is said never to settle, in ms after its deadline. */
const NEVER = 8_000;

/** Sees that promises settle by their deadline, plus 5 % and what the event loop itself was late. */
export class Deadlines {
  readonly #violations: Violations;
  readonly #lag: LoopLag;
  readonly #never: number;
  /** The most that any was late without being too late, in ms. */
  latest = 0;

  constructor(violations: Violations, lag: LoopLag, never: number = NEVER) {
    this.#violations = violations;
    this.#lag = lag;
    this.#never = never;
  }

  /** Runs `start`, whose promise is to settle, either way, within so many ms; answers what it does. */
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
      // Nobody waits for it any more, and it must not be called unhandled too.
      promise.catch(() => undefined);
      throw new Error(`${what} never settled`);
    }
    if (took > allowed) this.#violations.report('deadline', `${what}: took ${Math.round(took)} ms of ${ms} ms`);
    this.latest = Math.max(this.latest, Math.round(took - ms));
    return promise;
  }
}
