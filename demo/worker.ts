import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';

const STOP_MS = 15_000;

/** What travels over the channel between the demo and one of its processes. */
export type ToWorker<Order> = { readonly order: Order } | { readonly stop: true };
export type FromWorker<Report, Result> =
  | { readonly report: Report }
  | { readonly result: Result }
  | { readonly error: string };

const alive = new Set<ChildProcess>();

/** Ends every process of the demo at once. They hold nothing that has to be saved. */
export function killWorkers(): void {
  for (const child of alive) child.kill('SIGKILL');
}

/** One process of the demo, seen from the main one: it gets an order, reports as it goes, and ends with a result. */
export class Worker<Order, Report, Result> {
  /** Settles when the process has ended: with its result, or rejecting if it failed or died. */
  readonly result: Promise<Result>;
  readonly #child: ChildProcess;

  /** `file` is the compiled module beside this one, which calls `runWorker`. */
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
    // Whoever awaits the result later still gets the failure; until then it must not end the demo unheard.
    this.result.catch(() => {});
    this.#tell({ order });
  }

  /** It is gone at once. Its result rejects. */
  kill(): void {
    this.#child.kill('SIGKILL');
  }

  /** Asks the process to come to an end and answers its result; after 15 s it is killed. */
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
    // The process may just have died: its exit tells that better than a failed write.
    if (this.#child.connected) this.#child.send(message as object, () => {});
  }
}
