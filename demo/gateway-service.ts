/** The gateway, in its own process. */
import { startGateway } from 'node-mysqlpool/gateway';
import type { GatewayOrder, GatewayReport, PoolFigures } from './messages.js';
import { runWorker } from './run-worker.js';

const REPORT_MS = 100;

runWorker<GatewayOrder, GatewayReport, PoolFigures>(async ({ host, port, limit }, report, stop) => {
  const gateway = await startGateway({ server: { host, port }, listen: 0, maxSize: limit });
  report({ listening: Number(/\d+$/.exec(gateway.addresses[0]!)![0]) });
  let peak = 0;
  const figures = (): PoolFigures => {
    const stats = gateway.pools.map((pool) => pool.stats());
    const sum = (pick: (each: (typeof stats)[number]) => number): number =>
      stats.reduce((total, each) => total + pick(each), 0);
    const size = sum((each) => each.size);
    peak = Math.max(peak, size);
    const [inUse, waiters, opened] = [
      sum((each) => each.inUse),
      sum((each) => each.waiters),
      sum((each) => each.total.opened),
    ];
    return { size, inUse, waiters, peak, opened };
  };
  const timer = setInterval(() => report({ pool: figures() }), REPORT_MS);
  await new Promise((resolve) => stop.addEventListener('abort', resolve, { once: true }));
  clearInterval(timer);
  const last = figures();
  await gateway.close({ timeout: 1_000 });
  return last;
});
