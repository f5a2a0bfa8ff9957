import { Absent, type Bench, type Effort, type Slices } from './bench.js';
import { serverCases } from './server-cases.js';
import { DRIVERS, MARIADB_RESET, WITH_RESET, type Driver, type Loan } from './subjects/driver.js';
import { slicesOfThroughput } from './throughput.js';
import { ofSubject } from './wanted.js';

const SIZE = 10;
const ROUND = 20;
const DIRT = 2_048;

/** Session state that a borrower leaves behind; the next borrower checks that it is gone. */
const WAYS: Readonly<Record<string, (loan: Loan) => Promise<void>>> = {
  'SET SESSION': async (loan) => {
    const [row] = await loan.query('SELECT @@group_concat_max_len AS length');
    if (Number(row?.['length']) === DIRT) throw new Error('a variable was not put back');
    await loan.query(`SET SESSION group_concat_max_len = ${DIRT}`);
  },
  // CREATE fails if the table of the previous loan is still there.
  'temporary table': async (loan) => {
    await loan.query('CREATE TEMPORARY TABLE bench_dirt (id INT)');
    await loan.query('SELECT 1 AS one');
  },
  // Only a full reset of the session clears a user variable.
  'user variable': async (loan) => {
    const [row] = await loan.query('SELECT @bench_dirt AS dirt');
    if (row?.['dirt'] !== null) throw new Error('a variable was not taken back');
    await loan.query('SET @bench_dirt = 1');
  },
};

/** One borrower per connection, each making one loan after the other. */
async function borrow(driver: Driver, use: (loan: Loan) => Promise<void>): Promise<void> {
  const borrower = async (): Promise<void> => {
    for (let i = 0; i < ROUND; i++) {
      const loan = await driver.acquire();
      await use(loan);
      // Some pools return a promise. It is not awaited: a pool that must clean the connection first delays the next
      // loan.
      void loan.release();
    }
  };
  await Promise.all(Array.from({ length: SIZE }, borrower));
}

const { cases, serverOf } = serverCases(...Object.keys(WAYS));

async function slices(subject: string, caseName: string, effort: Effort, url: string): Promise<Slices> {
  if (subject === MARIADB_RESET && serverOf(caseName) === 'mysql') throw new Absent('it resets no MySQL');
  const use = WAYS[caseName.split(',')[0]!]!;
  const driver = await DRIVERS[subject]!({ url, size: SIZE });
  return slicesOfThroughput(effort, () => borrow(driver, use), SIZE * ROUND, { wall: WALL, cpu: CPU });
}

const WALL = 'loans/ms';
const CPU = 'CPU-µs/loan';
/**
 * The least acceptable throughput, relative to mysql2's pool. There is no bound for a full reset, after which our pool
 * has more to set up.
 */
const LEAST: ReadonlyMap<string, number> = new Map([
  ['SET SESSION', 1],
  ['temporary table', 0.8],
]);

export const dirty: Bench = {
  name: 'dirty',
  about:
    'loans on a real server that leave a changed variable, a temporary table or a user variable behind: what it takes to clean up',
  measures: [
    { unit: WALL, better: 'more' },
    { unit: CPU, better: 'less' },
  ],
  cases,
  serverOf,
  subjects: ['mysqlpool', WITH_RESET, MARIADB_RESET],
  wanted: cases.flatMap((caseName) => {
    const least = LEAST.get(caseName.split(',')[0]!);
    return least === undefined ? [] : ofSubject(caseName, WALL, WITH_RESET, { least });
  }),
  slices,
};
