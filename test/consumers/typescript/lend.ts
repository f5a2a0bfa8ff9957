import {
  Lease,
  Pool,
  PoolClosedError,
  PoolError,
  POOL_OPTION_NAMES,
  type Connector,
  type PoolOptions,
  type PoolStats,
} from 'node-mysqlpool/pool';

interface Connection {
  readonly number: number;
}

class NumberedLease extends Lease<Connection> {
  get number(): number {
    return this.connection.number;
  }
}

let opened = 0;
const connector: Connector<Connection> = {
  open: ({ signal }) => (signal.aborted ? Promise.reject(signal.reason) : Promise.resolve({ number: ++opened })),
  ping: () => Promise.resolve(),
  clean: (_connection, mode) => (mode === 'none' ? undefined : Promise.resolve()),
  close: () => Promise.resolve(),
  destroy: () => {},
};

/** The engine with a connector and a lease class of the user's own. */
export async function lend(): Promise<void> {
  const options: PoolOptions = { maxSize: 2, order: 'fifo', ping: { idleFor: 1_000 }, acquireTimeout: 1_000 };
  await using pool = new Pool<Connection, NumberedLease>({ connector, Lease: NumberedLease }, options);
  const held: number[] = [];
  const remove = pool.on('released', ({ held: ms }) => held.push(ms));
  {
    await using lease = await pool.acquire({ signal: AbortSignal.timeout(1_000) });
    const number: number = lease.number;
    if (number !== 1) throw new Error(`connection ${number}`);
  }
  const text: string = await pool.use(async (lease) => `connection ${lease.number}`, { timeout: 100 });
  remove();
  const stats: PoolStats = pool.stats();
  if (text !== 'connection 1' || stats.inUse !== 0 || held.length !== 2)
    throw new Error(`${text}, held ${held.length}`);
  await pool.close();
  const error: unknown = await pool.acquire().catch((reason: unknown) => reason);
  if (!(error instanceof PoolClosedError && error instanceof PoolError && error.code === 'POOL_CLOSED')) throw error;
  if (!POOL_OPTION_NAMES.has('maxSize')) throw new Error('maxSize is not an option');
  // @ts-expect-error an option that does not exist
  const misspelt: PoolOptions = { maxsize: 2 };
  void misspelt;
  // @ts-expect-error not a value of this option
  const wrong: PoolOptions = { order: 'random' };
  void wrong;
}
