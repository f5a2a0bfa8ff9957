import type { SubjectFactory } from './subjects/subject.js';

/** How long a sample lasts, in ms of CPU time. */
export interface Effort {
  readonly warmUp: number;
  readonly measure: number;
}

/** One result of a sample. A case may have several, told apart by their units. */
export interface Figure {
  readonly value: number;
  readonly unit: string;
}

/** One benchmark: a file of its own, listed in `benches.ts`. */
export interface Bench {
  readonly name: string;
  /** What is measured, in one line. */
  readonly about: string;
  /** Whether a larger figure is the better one. */
  readonly better: 'more' | 'less';
  readonly cases: readonly string[];
  /** The pools it is about, by name; ours first. */
  readonly subjects: readonly string[];
  /** Takes one sample. It is called once in a process. */
  sample(subject: SubjectFactory, caseName: string, effort: Effort): Promise<readonly Figure[]>;
}

/** CPU time of this process up to now, user and system together, in ms. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

/** Lets the event loop turn once: timers, input and what a pool has put off. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
