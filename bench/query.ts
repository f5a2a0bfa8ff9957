import type { Bench, Effort, Figure } from './bench.js';
import { serverCases } from './server-cases.js';
import { BARE, DRIVERS, MARIADB_RESET, WITH_RESET, type Driver } from './subjects/driver.js';
import { throughput } from './throughput.js';
import { ofSubject } from './wanted.js';

const SIZE = 10;
// Statements per borrower and round.
const ROUND = 50;
const SQL = 'SELECT 1 AS one';

/** One borrower per connection, each running one statement after the other. */
async function ask(driver: Driver): Promise<void> {
  const borrower = async (task: number): Promise<void> => {
    for (let i = 0; i < ROUND; i++) {
      const [row] = await driver.query(SQL, task);
      // Depending on the driver, a number or a BigInt.
      if (Number(row?.['one']) !== 1) throw new Error(`the answer was ${String(row?.['one'])}`);
    }
  };
  await Promise.all(Array.from({ length: SIZE }, (_, task) => borrower(task)));
}

async function sample(subject: string, _case: string, effort: Effort, url: string): Promise<Figure[]> {
  const driver = await DRIVERS[subject]!({ url, size: SIZE });
  return throughput(effort, () => ask(driver), SIZE * ROUND, { wall: WALL, cpu: CPU });
}

const WALL = 'queries/ms';
const CPU = 'CPU-µs/query';
const { cases, serverOf } = serverCases('SELECT 1');

export const query: Bench = {
  name: 'query',
  about: 'SELECT 1 on a real server through a pool of 10, by 10 borrowers, with pool.query',
  measures: [
    { unit: WALL, better: 'more' },
    { unit: CPU, better: 'less' },
  ],
  cases,
  serverOf,
  subjects: Object.keys(DRIVERS).filter((name) => name !== MARIADB_RESET),
  wanted: cases.flatMap((caseName) => [
    ofSubject(caseName, WALL, 'mysql2', { least: 0.98 }),
    ofSubject(caseName, WALL, BARE, { least: 0.98 }),
    ofSubject(caseName, WALL, WITH_RESET, { least: 2 }),
  ]),
  sample,
};
