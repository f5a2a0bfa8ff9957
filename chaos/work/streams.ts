import { setTimeout as sleep } from 'node:timers/promises';
import { ACQUIRE_TIMEOUT, SEQUENCE } from '../site.js';
import { borrowed, expectAnswer, firstRow, STATEMENT_WITHIN, USUAL, type Job } from './job.js';

const ROWS = 'SELECT n, filler FROM sequence ORDER BY n';

/** The time (ms) that the reader itself may need: short pauses, and the work for each row. */
const READING = 500;

interface Numbered {
  readonly n: number;
}

/** A stream that is read to the end, broken off, or stopped; afterwards the connection is used again. */
const onLease: Job = {
  name: 'stream',
  weight: 2,
  run: (bench) =>
    borrowed(bench, async (lease) => {
      const { random, deadlines, ledger } = bench;
      const most = random.oneIn(2) ? random.int(1, 300) : SEQUENCE;
      const timeout = random.oneIn(3) ? random.int(1, 50) : STATEMENT_WITHIN;
      let read = 0;
      const reading = async (): Promise<void> => {
        for await (const row of lease.stream<Numbered>(ROWS, undefined, { timeout })) {
          expectAnswer(bench, 'row', row.n, ++read);
          if (read === most) break;
          if (read % 100 === 0) await sleep(1);
        }
      };
      const isWhole = await deadlines.due('stream', timeout + READING, reading).then(
        () => true,
        (error: { code?: unknown }) => {
          if (error.code !== 'MYSQL_QUERY_TIMEOUT') throw error as Error;
          return false;
        },
      );
      if (isWhole) expectAnswer(bench, 'rows', read, most);
      const token = ledger.token();
      const row = firstRow(await lease.query('SELECT ? AS token', [token], USUAL));
      expectAnswer(bench, 'after a stream', row['token'], token);
    }),
};

const onPool: Job = {
  name: 'pool stream',
  weight: 2,
  async run(bench) {
    const { pool, random, deadlines } = bench;
    const most = random.oneIn(2) ? random.int(1, 300) : SEQUENCE;
    let read = 0;
    const reading = async (): Promise<void> => {
      for await (const row of pool.stream<Numbered>(ROWS, undefined, USUAL)) {
        expectAnswer(bench, 'row', row.n, ++read);
        if (read === most) break;
      }
    };
    await deadlines.due('pool.stream', ACQUIRE_TIMEOUT + STATEMENT_WITHIN + READING, reading);
    expectAnswer(bench, 'rows', read, most);
  },
};

export const STREAM_JOBS: readonly Job[] = [onLease, onPool];
