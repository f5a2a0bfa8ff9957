import { constants } from 'node:os';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const AT_MOST_MS = 10_000;

/** What has to be put away at the end, whichever end it is; the last thing added goes first. */
export class CleanUp {
  readonly #tasks: (() => unknown)[] = [];
  #running: Promise<void> | undefined;
  #isInterrupted = false;

  /** Whether a signal ends the demo: what fails from then on fails because of that. */
  get isInterrupted(): boolean {
    return this.#isInterrupted;
  }

  add(task: () => unknown): void {
    this.#tasks.push(task);
  }

  /** Runs every task, once, even if one fails. */
  run(): Promise<void> {
    this.#running ??= this.#runAll();
    return this.#running;
  }

  /** At a signal: clean up for 10 s at most, then end as a program does that the signal has killed. */
  onSignals(): void {
    for (const signal of SIGNALS) {
      process.on(signal, () => {
        this.#isInterrupted = true;
        const leave = (): never => process.exit(128 + constants.signals[signal]);
        setTimeout(leave, AT_MOST_MS);
        this.run().then(leave, leave);
      });
    }
  }

  async #runAll(): Promise<void> {
    for (let task = this.#tasks.pop(); task; task = this.#tasks.pop()) {
      try {
        await task();
      } catch (error) {
        process.stderr.write(`while cleaning up: ${(error as Error).message}\n`);
      }
    }
  }
}
