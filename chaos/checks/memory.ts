import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Violations } from '../violations.js';

/** How many MB the heap may grow between the first faults and the end: code that V8 compiles and keeps. */
export const MAY_GROW = 12;

const MB = 1024 * 1024;

/** Calls `gc`, which Node exposes only with --expose-gc. */
function collectGarbage(): void {
  setFlagsFromString('--expose_gc');
  (runInNewContext('gc') as () => void)();
}

/** The size of the heap after garbage collection, in MB. */
export function heapNow(): number {
  // Twice: objects that a finalizer frees are collected in the second round.
  collectGarbage();
  collectGarbage();
  return process.memoryUsage().heapUsed / MB;
}

/** Checks that the heap does not grow from one pause of the work to the next. */
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

  /** Compares the last sample with the first. */
  judge(): void {
    if (this.last - this.first <= MAY_GROW) return;
    this.#violations.report(
      'memory',
      `the heap grew from ${this.first} to ${this.last} MB: ${this.#samples.join(', ')}`,
    );
  }
}
