import { constants } from 'node:os';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const AT_MOST_MS = 10_000;

/** Tasks to run at the end, however the demo ends; the last one added runs first. */
export class CleanUp {
  readonly #tasks: (() => unknown)[] = [];
  #running: Promise<void> | undefined;
  #isInterrupted = false;

  /** Whether a signal is ending the demo, which then causes all further failures. */
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

  /** On a signal, cleans up for at most 10 s, then exits with the status of a program killed by that signal. */
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
