import type { ServerKind } from '#support/servers/index.js';
import type { Wanted } from './wanted.js';

/** How long a sample warms up and measures, in ms of CPU time. */
export interface Effort {
  readonly warmUp: number;
  readonly measure: number;
}

/** One result of a sample. A case may have several, told apart by their units. */
export interface Figure {
  readonly value: number;
  readonly unit: string;
}

/** What a benchmark measures, and whether more or less of it is better. */
export interface Measure {
  readonly unit: string;
  readonly better: 'more' | 'less';
}

/** Takes one sample. Called once per process. @throws Absent if the subject cannot be measured */
type TakeSample = (subject: string, caseName: string, effort: Effort, serverUrl: string) => Promise<readonly Figure[]>;

/** A sample that is taken in slices, by a process that has warmed up. */
export interface Slices {
  /** How many slices to take. */
  readonly count: number;
  /** Takes the next slice. The figures of a sample are the means over its slices. */
  take(): Promise<readonly Figure[]>;
}

/** Warms up for the slices. Called once per process. @throws Absent if the subject cannot be measured */
type PrepareSlices = (subject: string, caseName: string, effort: Effort, serverUrl: string) => Promise<Slices>;

/** One benchmark: a file of its own, listed in `benches.ts`. */
export type Bench = BenchFacts &
  (
    | { readonly sample: TakeSample }
    /** All subjects run at the same time, each in its process, and take their slices in turns. */
    | { readonly slices: PrepareSlices }
  );

interface BenchFacts {
  readonly name: string;
  /** What is measured, in one line. */
  readonly about: string;
  /** The figures of a sample, in the order in which they are shown. */
  readonly measures: readonly Measure[];
  readonly cases: readonly string[];
  /** The names of what is compared (pools, mostly); ours first. */
  readonly subjects: readonly string[];
  /** The bounds that our figures should keep. */
  readonly wanted: readonly Wanted[];
  /** Which real server a case needs, if any. */
  readonly serverOf?: (caseName: string) => ServerKind;
}

/** Thrown where a subject cannot be measured. The tables show the message in place of a figure. */
export class Absent extends Error {}

/** The CPU time of this process so far, user and system, in ms. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

/** The CPU and wall time since the stopwatch was created, in ms. */
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

/** Repeats `round` until `cpu` ms of CPU time are spent. Resolves with the number of rounds and the time they took. */
export async function repeat(
  cpu: number,
  round: () => Promise<void>,
): Promise<{ rounds: number; cpu: number; wall: number }> {
  const watch = new Stopwatch();
  let rounds = 0;
  for (; watch.cpu < cpu; rounds++) await round();
  return { rounds, cpu: watch.cpu, wall: watch.wall };
}

/** Waits for one turn of the event loop, in which timers, I/O and a pool's deferred work run. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
