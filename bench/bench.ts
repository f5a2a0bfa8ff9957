import type { ServerKind } from '#support/servers/index.js';
import type { Wanted } from './wanted.js';

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

/** What a benchmark counts, and which way is the better one. */
export interface Measure {
  readonly unit: string;
  readonly better: 'more' | 'less';
}

/** Takes one sample. It is called once in a process. @throws Absent where there is nothing to measure */
type TakeSample = (subject: string, caseName: string, effort: Effort, serverUrl: string) => Promise<readonly Figure[]>;

/** What a process that is ready measures, bit by bit. */
export interface Slices {
  /** How many are to be taken. */
  readonly count: number;
  /** Takes the next one. The figures of a sample are the means over its slices. */
  take(): Promise<readonly Figure[]>;
}

/** Makes ready to be measured, once in a process. @throws Absent where there is nothing to measure */
type PrepareSlices = (subject: string, caseName: string, effort: Effort, serverUrl: string) => Promise<Slices>;

/** One benchmark: a file of its own, listed in `benches.ts`. */
export type Bench = BenchFacts &
  (
    | { readonly sample: TakeSample }
    /** The subjects are ready at the same time, and take their slices by turns. */
    | { readonly slices: PrepareSlices }
  );

interface BenchFacts {
  readonly name: string;
  /** What is measured, in one line. */
  readonly about: string;
  /** The figures of a sample, in the order in which they are shown. */
  readonly measures: readonly Measure[];
  readonly cases: readonly string[];
  /** What is compared, by name; ours first. */
  readonly subjects: readonly string[];
  /** What our figures are to be. */
  readonly wanted: readonly Wanted[];
  /** Which real server a case needs, if any. */
  readonly serverOf?: (caseName: string) => ServerKind;
}

/** There is no such figure, for a reason that the tables give in place of it. */
export class Absent extends Error {}

/** CPU time of this process up to now, user and system together, in ms. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

/** How much time has gone since it was made, in ms. */
export class Stopwatch {
  readonly #cpu: number = cpuMs();
  readonly #wall: number = performance.now();

  get cpu(): number {
    return cpuMs() - this.#cpu;
  }

  get wall(): number {
    return performance.now() - this.#wall;
  }
}

/** Runs `round` again and again until so much CPU time is spent. Answers how often, and what it took. */
export async function repeat(
  cpu: number,
  round: () => Promise<void>,
): Promise<{ rounds: number; cpu: number; wall: number }> {
  const watch = new Stopwatch();
  let rounds = 0;
  for (; watch.cpu < cpu; rounds++) await round();
  return { rounds, cpu: watch.cpu, wall: watch.wall };
}

/** Lets the event loop turn once: timers, input and what a pool has put off. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
