import { SLOW } from '../site.js';
import { borrowed, expectAnswer, firstRow, USUAL, WITH_WAITING, type Bench, type Job } from './job.js';

/** Inserts a row, which must be in the database if the statement succeeds. */
const autocommit: Job = {
  name: 'autocommit',
  weight: 4,
  async run({ pool, deadlines, ledger }) {
    const token = ledger.token();
    await deadlines.due('pool.query', WITH_WAITING, () => pool.query('INSERT INTO autos VALUES (?)', [token], USUAL));
    ledger.done(token);
  },
};

const SELECT = 'SELECT ? AS token, @owner AS owner';

function expectOwnRow(bench: Bench, row: Record<string, unknown>, token: string): void {
  expectAnswer(bench, 'select', row['token'], token);
  if (row['owner'] !== null) bench.violations.report('foreign state', `marked by ${JSON.stringify(row)}`);
}

const select: Job = {
  name: 'select',
  weight: 4,
  async run(bench) {
    const token = bench.ledger.token();
    const answer = await bench.deadlines.due('pool.query', WITH_WAITING, () =>
      bench.pool.query(SELECT, [token], USUAL),
    );
    expectOwnRow(bench, firstRow(answer), token);
  },
};

/** Prepared statements, more different ones than there are connections. */
const prepared: Job = {
  name: 'prepared',
  weight: 4,
  async run(bench) {
    const token = bench.ledger.token();
    const sql = `${SELECT}, ${bench.random.int(0, 20)} AS n`;
    const answer = await bench.deadlines.due('pool.execute', WITH_WAITING, () =>
      bench.pool.execute(sql, [token], USUAL),
    );
    expectOwnRow(bench, firstRow(answer), token);
  },
};

/** Several concurrent statements on one connection, some of which are stopped. */
const side: Job = {
  name: 'side by side',
  weight: 2,
  run: (bench) =>
    borrowed(bench, async (lease) => {
      const work = [0, 1, 2].map(async (nth) => {
        const limit = { timeout: bench.random.int(5, 200) };
        if (nth === 1) {
          await lease.query(SLOW, undefined, limit);
          return;
        }
        const token = bench.ledger.token();
        const row = firstRow(await lease.query('SELECT ? AS token', [token], limit));
        expectAnswer(bench, 'side by side', row['token'], token);
      });
      await Promise.allSettled(work);
    }),
};

export const STATEMENT_JOBS: readonly Job[] = [autocommit, select, prepared, side];
