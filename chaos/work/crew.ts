import { setTimeout as sleep } from 'node:timers/promises';
import { JOBS } from './index.js';
import type { Bench, Job } from './job.js';

/** How many tasks work at the same time. */
export const TASKS = 64;

/** In ms: longer than any job may take, given the time limits of all that it waits for. */
const REST_WITHIN = 25_000;

/** Error classes that indicate programming mistakes; all other errors may be caused by faults. */
const MISTAKES = [TypeError, ReferenceError, RangeError, SyntaxError];

const CLOSED = 'POOL_CLOSED';
const AFTER_CLOSE = 50;
/** Pause in ms after an error: jobs that fail at once would otherwise be repeated in a tight loop. */
const REFUSED = 10;

const LINE = JOBS.flatMap((job) => Array.from({ length: job.weight }, () => job));

/** The tasks, each of which does one job after the other until the crew rests or ends. */
export class Crew {
  readonly #bench: Bench;
  readonly #tasks: Promise<void>[];
  readonly done = new Map<string, number>();
  readonly errors = new Map<string, number>();
  operations = 0;
  #atWork = 0;
  #isOver = false;
  #rest: { readonly over: Promise<void>; readonly end: () => void } | undefined;

  constructor(bench: Bench) {
    this.#bench = bench;
    this.#tasks = Array.from({ length: TASKS }, () => this.#work());
  }

  /** Runs `fn` while no task works. */
  async resting<T>(fn: () => Promise<T>): Promise<T> {
    let end = (): void => undefined;
    this.#rest = { over: new Promise<void>((resolve) => (end = resolve)), end };
    try {
      await this.#untilIdle();
      return await fn();
    } finally {
      this.#rest = undefined;
      end();
    }
  }

  /** Lets every task finish its job, and ends. */
  async end(): Promise<void> {
    this.#isOver = true;
    await this.#untilIdle();
    if (this.#atWork === 0) await Promise.all(this.#tasks);
  }

  async #untilIdle(): Promise<void> {
    const began = performance.now();
    while (this.#atWork > 0 && performance.now() - began < REST_WITHIN) await sleep(5);
    if (this.#atWork === 0) return;
    const stats = JSON.stringify(this.#bench.pool.stats());
    this.#bench.violations.report('deadline', `${this.#atWork} tasks are stuck; ${stats}`);
  }

  async #work(): Promise<void> {
    const { random } = this.#bench;
    while (!this.#isOver) {
      if (this.#rest !== undefined) {
        await this.#rest.over;
        continue;
      }
      this.#atWork++;
      await this.#once(random.pick(LINE));
      this.#atWork--;
      if (random.oneIn(20)) await sleep(random.int(0, 20));
    }
  }

  async #once(job: Job): Promise<void> {
    try {
      await job.run(this.#bench);
      count(this.done, job.name);
      this.operations++;
    } catch (error) {
      const { code, name } = error as { code?: unknown; name?: unknown };
      if (code === CLOSED) {
        await sleep(AFTER_CLOSE);
        return;
      }
      this.operations++;
      // AbortSignal.timeout rejects with a DOMException, whose code is a number.
      count(this.errors, typeof code === 'string' ? code : String(name));
      if (MISTAKES.some((mistake) => error instanceof mistake)) {
        this.#bench.violations.report('odd error', `${job.name}: ${String((error as Error).stack)}`);
      }
      await sleep(REFUSED);
    }
  }
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
