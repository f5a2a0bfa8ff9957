import { LEFTOVER_TABLE, LOCKS } from '../checks/marks.js';
import { borrowed, USUAL, type Job } from './job.js';

/** Statements that each leave state behind in a session. */
const DIRT = [
  "SET SESSION sql_mode = ''",
  "SET time_zone = '+05:00'",
  'SET SESSION innodb_lock_wait_timeout = 7',
  'SET NAMES latin1',
  'SET autocommit = 0',
  'SET SESSION group_concat_max_len = 2000',
  'SET SESSION max_sort_length = 64',
  'SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE',
  'SET TRANSACTION ISOLATION LEVEL READ UNCOMMITTED',
  'SELECT @x := 5',
  'SET @owner = 2',
  `CREATE TEMPORARY TABLE ${LEFTOVER_TABLE} (a INT)`,
  ...LOCKS.map((lock) => `SELECT GET_LOCK('${lock}', 0)`),
  'USE chaos_other',
];

/** Harmless errors: the table exists already; a table lock is held. */
const HARMLESS: readonly unknown[] = [1050, 1192];

const dirty: Job = {
  name: 'dirty',
  weight: 5,
  run: (bench) =>
    borrowed(bench, async (lease) => {
      for (let left = bench.random.int(1, 3); left > 0; left--) {
        await lease.query(bench.random.pick(DIRT), undefined, USUAL).catch((error: { errno?: unknown }) => {
          if (!HARMLESS.includes(error.errno)) throw error as unknown as Error;
        });
      }
    }),
};

/** A transaction that is left open at release: its row must never become visible. */
const ghost: Job = {
  name: 'left open',
  weight: 2,
  run: (bench) =>
    borrowed(bench, async (lease) => {
      await lease.query(bench.random.pick(['START TRANSACTION', 'SET autocommit = 0', 'BEGIN']), undefined, USUAL);
      await lease.query('INSERT INTO chaos.ghosts VALUES (?)', [bench.ledger.token()], USUAL);
    }),
};

export const DIRT_JOBS: readonly Job[] = [dirty, ghost];
