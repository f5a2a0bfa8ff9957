import { setMaxListeners } from 'node:events';
import type { FromWorker, ToWorker } from './worker.js';

/**
 * The counterpart of `Worker` in the child process: does the job. `stop` is aborted when the demo wants it to end. The
 * process ends with the demo, however that ends. It ignores Ctrl-C, which a terminal sends to all processes, since the
 * demo handles it.
 */
export function runWorker<Order, Report, Result>(
  job: (order: Order, report: (report: Report) => void, stop: AbortSignal) => Promise<Result>,
): void {
  const stopping = new AbortController();
  // Hundreds of clients may listen to it at once, which Node would report as a leak.
  setMaxListeners(0, stopping.signal);
  const tell = (message: FromWorker<Report, Result>, then?: () => void): void => {
    process.send?.(message, undefined, undefined, then);
  };
  // Called when the last message was sent, or there is no channel to send it over.
  const leave = (): void => process.exit();

  process.on('SIGINT', () => {});
  process.once('disconnect', () => process.exit(1));
  process.on('message', (message: ToWorker<Order>) => {
    if ('stop' in message) {
      stopping.abort();
      return;
    }
    job(message.order, (report) => tell({ report }), stopping.signal).then(
      (result) => tell({ result }, leave),
      (error: unknown) =>
        tell({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }, leave),
    );
  });
}
