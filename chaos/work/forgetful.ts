import { autoCloseDb } from 'node-mysqlpool';
import { SLOW } from '../site.js';
import { borrow, borrowed, expectAnswer, firstRow, USUAL, type Job } from './job.js';

/** A lease that is not released, so that the end of the scope releases it, sometimes during a statement. */
const scope: Job = {
  name: 'forgotten in a scope',
  weight: 3,
  run: (bench) =>
    autoCloseDb.run(async () => {
      const lease = await borrow(bench);
      const token = bench.ledger.token();
      const row = firstRow(await lease.query('SELECT ? AS token', [token], USUAL));
      expectAnswer(bench, 'in a scope', row['token'], token);
      if (bench.random.oneIn(5)) lease.query(SLOW).catch(() => undefined);
    }),
};

/** A lease that is released while a statement runs. */
const running: Job = {
  name: 'released while running',
  weight: 1,
  async run(bench) {
    const lease = await borrow(bench);
    const left = lease.query(SLOW).catch(() => undefined);
    lease.release();
    await bench.deadlines.due('a statement whose lease was released', 1_000, () => left);
  },
};

/** A connection that the borrower destroys or wants replaced. */
const destroyed: Job = {
  name: 'destroyed',
  weight: 1,
  run: (bench) =>
    borrowed(bench, async (lease) => {
      await lease.query('SELECT 1', undefined, USUAL);
      if (bench.random.oneIn(2)) lease.destroy(new Error('of no use'));
      else lease.invalidate({ soft: bench.random.oneIn(2) });
    }),
};

export const FORGETFUL_JOBS: readonly Job[] = [scope, running, destroyed];
