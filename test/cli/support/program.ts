/**
 * A program with a pool and a monitor, for tests of the command. It does what messages ask, and answers each message.
 * The call sites that the tests check are lines of this file.
 */
import { createPool, type MysqlLease, type MysqlPool } from '#internal/api/index.js';
import { startMonitor, type Monitor } from '#internal/monitor/index.js';
import type { Order } from './program-orders.js';

const pools = new Map<string, MysqlPool>();
const leases: MysqlLease[] = [];
let monitor: Monitor | undefined;

const poolOf = (name: string): MysqlPool => pools.get(name)!;

async function hold(pool: string, label: string | undefined, sql: string | undefined): Promise<void> {
  const lease = await poolOf(pool).acquire(label === undefined ? {} : { label });
  leases.push(lease);
  if (sql !== undefined) await lease.query(sql);
}

async function obey(order: Order): Promise<unknown> {
  switch (order.do) {
    case 'pool': {
      const { url, options } = order;
      pools.set(options.name, createPool(url, options));
      return undefined;
    }
    case 'monitor':
      monitor = await startMonitor(order.options);
      return monitor.url;
    case 'hold':
      return hold(order.pool, order.label, order.sql);
    case 'wait':
      // A failure is not reported to the test, which sees it in the monitor.
      void poolOf(order.pool)
        .acquire({ timeout: order.timeout, ...(order.label !== undefined && { label: order.label }) })
        .then(
          (lease) => lease.release(),
          () => undefined,
        );
      return undefined;
    case 'release':
      for (const lease of leases.splice(0)) lease.release();
      return undefined;
    case 'end':
      await monitor?.close();
      await Promise.all([...pools.values()].map((pool) => pool.close({ timeout: 0 })));
      process.disconnect();
      return undefined;
  }
}

process.on('message', (order: Order) => {
  obey(order).then(
    (value) => process.connected && process.send!({ id: order.id, value }),
    (error: unknown) => process.send!({ id: order.id, error: String(error) }),
  );
});
