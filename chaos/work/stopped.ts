import type { MysqlLease } from 'node-mysqlpool';
import { SLOW } from '../site.js';
import { borrowed, expectAnswer, firstRow, USUAL, type Bench, type Job } from './job.js';

const QUICK = 'SELECT 1 AS n';

/** Runs a statement whose time-out comes while it runs, just when it ends, or just after. */
async function stopOne(bench: Bench, lease: MysqlLease): Promise<void> {
  const { random, deadlines } = bench;
  const ms = random.int(1, 150);
  const sql = random.oneIn(3) ? QUICK : SLOW;
  const start = random.oneIn(2)
    ? () => lease.query(sql, undefined, { timeout: ms })
    : () => lease.execute(sql, undefined, { signal: AbortSignal.timeout(ms) });
  await deadlines.due('a statement that is stopped', ms, start).catch((error: { code?: unknown; name?: unknown }) => {
    if (error.code !== 'MYSQL_QUERY_TIMEOUT' && error.name !== 'TimeoutError') throw error as unknown as Error;
  });
}

/** The connection remains usable, and the next statement must not be stopped by mistake. */
const stopped: Job = {
  name: 'stopped',
  weight: 3,
  run: (bench) =>
    borrowed(bench, async (lease) => {
      await stopOne(bench, lease);
      const token = bench.ledger.token();
      const row = firstRow(await lease.query('SELECT ? AS token', [token], USUAL));
      expectAnswer(bench, 'after a stop', row['token'], token);
    }),
};

/** The lease is released at once, while the server may still be stopping the statement. */
const thenReleased: Job = {
  name: 'stopped and released',
  weight: 2,
  run: (bench) => borrowed(bench, (lease) => stopOne(bench, lease)),
};

/** A caller that gives up while it waits. */
const abandoned: Job = {
  name: 'abandoned',
  weight: 2,
  async run({ pool, random, deadlines }) {
    const ms = random.int(1, 30);
    const asked = deadlines.due('a caller who gives up', ms, () => pool.acquire({ signal: AbortSignal.timeout(ms) }));
    const lease = await asked.catch((error: { name?: unknown }) => {
      if (error.name !== 'TimeoutError') throw error as unknown as Error;
      return undefined;
    });
    lease?.release();
  },
};

export const STOPPED_JOBS: readonly Job[] = [stopped, thenReleased, abandoned];
