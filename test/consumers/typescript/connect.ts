import { createServer, type AddressInfo } from 'node:net';
import type { RowDataPacket } from 'mysql2';
import {
  AcquireTimeoutError,
  autoCloseDb,
  createPool,
  PoolError,
  PoolOptionError,
  QueryTimeoutError,
  type MysqlLease,
  type MysqlPool,
  type MysqlPoolOptions,
  type Transaction,
} from 'node-mysqlpool';

interface Order extends RowDataPacket {
  readonly id: number;
}

/** A port of this machine on which nobody listens. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function byId(pool: MysqlPool, id: number): Promise<number | undefined> {
  const [rows] = await pool.query<Order[]>('SELECT id FROM orders WHERE id = ?', [id], { timeout: 100 });
  return rows[0]?.id;
}

async function move(pool: MysqlPool, signal: AbortSignal): Promise<string> {
  const inside = async (tx: Transaction): Promise<string> => {
    await tx.execute('UPDATE orders SET paid = ?', [1]);
    return 'done';
  };
  const { id } = await pool.use((lease: MysqlLease) => ({ id: lease.id }), { signal });
  for await (const row of pool.stream<Order>('SELECT id FROM orders', [id])) if (row.id > 10) break;
  return pool.transaction(inside, { isolation: 'serializable', readOnly: false, retry: 2, signal });
}

/** A pool on a server that is not there: typed as with one that is, and an error that says what happened. */
export async function connect(): Promise<void> {
  const options: MysqlPoolOptions = {
    host: '127.0.0.1',
    port: await freePort(),
    user: 'app',
    password: async () => 'secret',
    charset: 'utf8mb4',
    maxSize: 2,
    // Long enough for the refusal to come, on a busy machine too.
    acquireTimeout: 1_000,
    reset: 'auto',
    onConnect: (connection) => connection.query('SELECT 1'),
  };
  const pool = createPool(options);
  const closing = autoCloseDb(async (id: number) => byId(pool, id));
  const error: unknown = await closing(1).catch((reason: unknown) => reason);
  if (!(error instanceof AcquireTimeoutError && error instanceof PoolError)) throw error;
  if ((error.cause as NodeJS.ErrnoException).code !== 'ECONNREFUSED' || error.waited < 100) throw error;
  const aborted: unknown = await move(pool, AbortSignal.abort(new Error('aborted'))).catch((reason: unknown) => reason);
  if (!(aborted instanceof Error && aborted.message === 'aborted')) throw aborted;
  if (aborted instanceof QueryTimeoutError) throw aborted;
  await pool.close({ timeout: 100 });
  // @ts-expect-error mysql2's name for maxSize
  const create = (): MysqlPool => createPool({ connectionLimit: 10 });
  try {
    create();
    throw new Error('connectionLimit was accepted');
  } catch (refused) {
    if (!(refused instanceof PoolOptionError && refused.option === 'connectionLimit')) throw refused;
  }
}
