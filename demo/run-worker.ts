import { setMaxListeners } from 'node:events';
import type { FromWorker, ToWorker } from './worker.js';

/**
 * The other end of `Worker`: does the job in this process. `stop` is aborted when the demo wants it to end. The process
 * dies with the demo, however that ends, and leaves Ctrl-C to it: a terminal sends that to all of them at once.
 */
export function runWorker<Order, Report, Result>(
  job: (order: Order, report: (report: Report) => void, stop: AbortSignal) => Promise<Result>,
): void {
  const stopping = new AbortController();
  // Hundreds of clients may wait for it at once, which looks like a leak to Node.
  setMaxListeners(0, stopping.signal);
  const tell = (message: FromWorker<Report, Result>, then?: () => void): void => {
    process.send?.(message, undefined, undefined, then);
  };
  // Without a channel there is nobody left to report to.
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
