import type { Transaction } from 'node-mysqlpool';
import { ACQUIRE_TIMEOUT, SEQUENCE, SLOW } from '../site.js';
import { expectAnswer, STATEMENT_WITHIN, type Bench, type Job } from './job.js';

/** What may happen between the two inserts of a transfer. */
const TURNS = ['plain', 'plain', 'plain', 'slow', 'throws', 'nested', 'streams', 'retries'] as const;
type Turn = (typeof TURNS)[number];

/** Additional time (ms) for a COMMIT that is in progress at the time limit. */
const COMMIT_GRACE = 1_000;

async function bothSides(bench: Bench, tx: Transaction, token: string, turn: Turn): Promise<void> {
  const amount = bench.random.int(1, 1_000);
  await tx.query('INSERT INTO ledger VALUES (?, 1, ?)', [token, amount]);
  if (turn === 'slow') await stoppedInside(bench, tx);
  if (turn === 'throws') throw new Refused('half a transfer');
  if (turn === 'nested') await undoneInside(tx, token);
  await tx.execute('INSERT INTO ledger VALUES (?, 2, ?)', [token, -amount]);
  if (turn === 'streams') await readSome(bench, tx);
}

/** The error that the function of a transaction throws on purpose. */
class Refused extends Error {
  readonly code = 'REFUSED';
}

/** Runs a statement that is stopped; the transaction continues. */
async function stoppedInside(bench: Bench, tx: Transaction): Promise<void> {
  const stopped = tx.query(SLOW, undefined, { timeout: bench.random.int(1, 80) });
  await stopped.catch((error: { code?: unknown; message?: unknown }) => {
    if (error.code !== 'MYSQL_QUERY_TIMEOUT' || !/the statement/.test(String(error.message)))
      throw error as unknown as Error;
  });
}

async function undoneInside(tx: Transaction, token: string): Promise<void> {
  const work = tx.transaction(async (inner) => {
    await inner.query('INSERT INTO ledger VALUES (?, 3, 99999)', [token]);
    throw new Refused('the inner one');
  });
  await work.catch((error: unknown) => {
    if (!(error instanceof Refused)) throw error;
  });
}

async function readSome(bench: Bench, tx: Transaction): Promise<void> {
  const most = bench.random.int(1, SEQUENCE);
  let read = 0;
  for await (const row of tx.stream<{ n: number }>('SELECT n FROM sequence ORDER BY n')) {
    expectAnswer(bench, 'row', row.n, ++read);
    if (read === most) break;
  }
}

/** Inserts two rows in one transaction, which must be committed together or not at all. */
const transfer: Job = {
  name: 'transfer',
  weight: 8,
  async run(bench) {
    const { pool, random, ledger, deadlines } = bench;
    const token = ledger.token();
    const turn = random.pick(TURNS);
    const ms = random.oneIn(3) ? random.int(1, 300) : STATEMENT_WITHIN;
    const limit = random.oneIn(3) ? { signal: AbortSignal.timeout(ms) } : { timeout: ms };
    const options = turn === 'retries' ? { ...limit, retry: 2 } : limit;
    try {
      const within = ACQUIRE_TIMEOUT + ms + COMMIT_GRACE;
      const work = (tx: Transaction): Promise<void> => bothSides(bench, tx, token, turn);
      await deadlines.due('transaction', within, () => pool.transaction(work, options));
      ledger.committed(token);
    } catch (error) {
      if ((error as { code?: unknown }).code === 'MYSQL_COMMIT_UNKNOWN') ledger.unknownOutcome();
      else ledger.failed(token);
      throw error;
    }
  },
};

export const TRANSFER_JOBS: readonly Job[] = [transfer];
