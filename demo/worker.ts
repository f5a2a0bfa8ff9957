import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';

const STOP_MS = 15_000;

/** The messages between the demo and one of its processes. */
export type ToWorker<Order> = { readonly order: Order } | { readonly stop: true };
export type FromWorker<Report, Result> =
  | { readonly report: Report }
  | { readonly result: Result }
  | { readonly error: string };

const alive = new Set<ChildProcess>();

/** Kills all processes of the demo. They hold no data that must be saved. */
export function killWorkers(): void {
  for (const child of alive) child.kill('SIGKILL');
}

/** A child process of the demo: it gets an order, sends reports, and ends with a result. */
export class Worker<Order, Report, Result> {
  /** Settles when the process has ended: resolves with its result, or rejects if it failed or died. */
  readonly result: Promise<Result>;
  readonly #child: ChildProcess;

  /** @param file a compiled module in this folder, which calls `runWorker` */
  constructor(file: string, order: Order, onReport: (report: Report) => void) {
    const child = fork(join(__dirname, file), { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    this.#child = child;
    alive.add(child);
    this.result = new Promise<Result>((resolve, reject) => {
      let last: FromWorker<Report, Result> | undefined;
      child.on('message', (message: FromWorker<Report, Result>) => {
        if ('report' in message) onReport(message.report);
        else last = message;
      });
      child.once('error', reject);
      child.once('exit', (code, signal) => {
        alive.delete(child);
        if (last && 'result' in last) resolve(last.result);
        else reject(new Error(`${file}: ${last && 'error' in last ? last.error : `ended with ${signal ?? code}`}`));
      });
    });
    // A failure before `result` is awaited must not end the demo as an unhandled rejection.
    this.result.catch(() => {});
    this.#tell({ order });
  }

  /** Kills the process; `result` rejects. */
  kill(): void {
    this.#child.kill('SIGKILL');
  }

  /** Asks the process to end and resolves with its result. After 15 s it is killed. */
  async stop(): Promise<Result> {
    this.#tell({ stop: true });
    const tooLong = setTimeout(() => this.#child.kill('SIGKILL'), STOP_MS);
    try {
      return await this.result;
    } finally {
      clearTimeout(tooLong);
    }
  }

  #tell(message: ToWorker<Order>): void {
    // Errors are ignored: if the process has just died, its exit is reported anyway.
    if (this.#child.connected) this.#child.send(message as object, () => {});
  }
}
