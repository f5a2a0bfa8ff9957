import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Violations } from '../violations.js';

/** By so many MB may the heap be larger at the end than after the first faults: what V8 compiles and keeps. */
export const MAY_GROW = 12;

const MB = 1024 * 1024;

/** Node hides it unless it is started with --expose-gc. */
function collectGarbage(): void {
  setFlagsFromString('--expose_gc');
  (runInNewContext('gc') as () => void)();
}

/** The heap in MB after its garbage has been collected. */
export function heapNow(): number {
  // Twice: what a finalizer frees goes in the second round.
  collectGarbage();
  collectGarbage();
  return process.memoryUsage().heapUsed / MB;
}

/** Sees that the heap does not grow from one quiet moment to the next. */
export class Memory {
  readonly #violations: Violations;
  readonly #samples: number[] = [];

  constructor(violations: Violations) {
    this.#violations = violations;
  }

  get first(): number {
    return this.#samples[0] ?? 0;
  }

  get last(): number {
    return this.#samples.at(-1) ?? 0;
  }

  sample(megabytes: number = heapNow()): void {
    this.#samples.push(Math.round(megabytes * 10) / 10);
  }

  /** Compares the end with the beginning. */
  judge(): void {
    if (this.last - this.first <= MAY_GROW) return;
    this.#violations.report(
      'memory',
      `the heap grew from ${this.first} to ${this.last} MB: ${this.#samples.join(', ')}`,
    );
  }
}
