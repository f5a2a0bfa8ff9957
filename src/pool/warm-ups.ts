import type { Clock } from './clock.js';
import type { Entries } from './entries.js';

interface WarmUp {
  readonly count: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Calls of `warmUp` that wait until enough connections are open, on loan or not. */
export class WarmUps<C> {
  readonly #entries: Entries<C>;
  readonly #waiting = new Set<WarmUp>();

  constructor(entries: Entries<C>) {
    this.#entries = entries;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** How many more connections they need. Idle ones above `maxIdle` would not be kept, and so are not opened. */
  missing(maxIdle: number): number {
    let most = 0;
    for (const { count } of this.#waiting) most = Math.max(most, count);
    return Math.max(0, this.#kept(most, maxIdle) - this.#entries.alive);
  }

  #kept(count: number, maxIdle: number): number {
    return Math.min(count, this.#entries.inUse + maxIdle);
  }

  /** Resolves when `count` connections are open; rejects with `late()` after `timeout` ms. */
  async wait(count: number, clock: Clock, timeout: number, late: () => Error): Promise<void> {
    let warmUp!: WarmUp;
    const warm = new Promise<void>((resolve, reject) => (warmUp = { count, resolve, reject }));
    this.#waiting.add(warmUp);
    const timer = timeout === Infinity ? undefined : clock.setTimeout(() => warmUp.reject(late()), timeout);
    try {
      await warm;
    } finally {
      this.#waiting.delete(warmUp);
      if (timer !== undefined) clock.clearTimeout(timer);
    }
  }

  /** Called when there may be enough connections. */
  look(maxIdle: number): void {
    for (const { count, resolve } of this.#waiting) {
      if (this.#entries.alive >= this.#kept(count, maxIdle)) resolve();
    }
  }

  rejectAll(why: () => Error): void {
    for (const { reject } of this.#waiting) reject(why());
  }
}
