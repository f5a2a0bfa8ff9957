/** A child process with pools and a monitor, controlled by messages of its parent process. */
import { createPool, type MysqlLease, type MysqlPool } from 'node-mysqlpool';
import { startMonitor, type Monitor, type MonitorOptions } from 'node-mysqlpool/monitor';

/** A request of the parent process. */
export type Order =
  | { readonly do: 'monitor'; readonly options: MonitorOptions }
  | { readonly do: 'unmonitor' }
  | { readonly do: 'pool'; readonly url: string; readonly options: Parameters<typeof createPool>[1] }
  | { readonly do: 'forget'; readonly pool: string; readonly label?: string; readonly sql: string }
  | {
      readonly do: 'hold';
      readonly pool: string;
      readonly count: number;
      readonly label?: string;
      readonly sql: string;
    }
  | { readonly do: 'queue'; readonly pool: string; readonly count: number; readonly label: string }
  | { readonly do: 'give back'; readonly pool: string }
  | { readonly do: 'state'; readonly pool: string };

/** The answer to a request. */
export interface Reply {
  readonly url?: string;
  readonly state?: string;
  /** Connections opened and closed since the start. */
  readonly opened?: number;
  readonly closed?: number;
  readonly error?: string;
}

const pools = new Map<string, MysqlPool>();
const held = new Map<string, MysqlLease[]>();
let monitor: Monitor | undefined;

function poolOf(name: string): MysqlPool {
  const pool = pools.get(name);
  if (pool === undefined) throw new Error(`no pool ${name}`);
  return pool;
}

function keep(pool: string, lease: MysqlLease): void {
  held.set(pool, [...(held.get(pool) ?? []), lease]);
}

async function forgetToGiveBack(name: string, sql: string, label?: string): Promise<void> {
  const lease = await poolOf(name).acquire({ ...(label !== undefined && { label }) });
  await lease.query(sql);
  keep(name, lease);
}

function queueUp(name: string, label: string): void {
  poolOf(name)
    .acquire({ label })
    .then(
      (lease) => keep(name, lease),
      () => undefined,
    );
}

async function obey(order: Order): Promise<Reply> {
  switch (order.do) {
    case 'monitor':
      monitor = await startMonitor(order.options);
      return { url: monitor.url };
    case 'unmonitor':
      await monitor?.close();
      return {};
    case 'pool': {
      const pool = createPool(order.url, order.options);
      pools.set(pool.name, pool);
      return {};
    }
    case 'forget':
      await forgetToGiveBack(order.pool, order.sql, order.label);
      return {};
    case 'hold':
      for (let nth = 0; nth < order.count; nth++) await forgetToGiveBack(order.pool, order.sql, order.label);
      return {};
    case 'queue':
      for (let nth = 0; nth < order.count; nth++) queueUp(order.pool, order.label);
      return {};
    case 'give back':
      for (const lease of held.get(order.pool)?.splice(0) ?? []) lease.release();
      return {};
    case 'state': {
      const { state, total } = poolOf(order.pool).stats();
      return { state, opened: total.opened, closed: total.closed };
    }
  }
}

process.on('message', ({ id, order }: { id: number; order: Order }) => {
  obey(order).then(
    (reply) => process.send?.({ id, reply }),
    (error: Error) => process.send?.({ id, reply: { error: error.message } }),
  );
});
// The parent process has ended.
process.on('disconnect', () => process.exit(0));
