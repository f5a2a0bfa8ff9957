import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createConnection } from 'mysql2/promise';
import { repeat, type Bench, type Effort, type Figure, type Slices } from './bench.js';
import { ROWS, TABLE, type Door, type TableRow } from './doors/door.js';
import { DOOR_NAMES, openDoor } from './doors/index.js';
import { ratio, rowOf, median, type Row } from './results.js';
import { serverCases } from './server-cases.js';
import { OURS } from './subjects/index.js';
import { boundText, type Wanted } from './wanted.js';

/** The subject that uses the ORM's or the driver's own pool. */
const STOCK = 'stock pool';

const SIZE = 10;
const AT_ONCE = 200;
// CPU time of one slice, in ms: long enough for many minor garbage collections, short enough to alternate between
// pools.
const SLICE = 100;
// Factor for the effort, as in the other benchmarks with a real server: there is more code to warm up, and more noise.
const LONGER = 3;
// The least ratio that counts as equal, since measurements are noisy.
const LEAST = 0.97;
const LATEST = 5;

const CPU_WORKLOADS: Readonly<Record<string, (door: Door) => Promise<number>>> = {
  'one row': (door) => borrowers(20, (id) => one(door, id)),
  transaction: (door) => borrowers(10, (id) => door.transaction(id)),
  '100 rows': (door) => borrowers(10, () => all(door)),
};

const cpuUnit = (workload: string): string => `${workload}: CPU-µs`;
const BURST_CPU = `${AT_ONCE} at once: CPU-µs`;
const BURST = `${AT_ONCE} at once: ms`;
const FIRST = 'first query: ms';

/** One borrower per connection, each doing its work `times` times. @returns how often the work was done in total */
async function borrowers(times: number, work: (id: number) => Promise<unknown>): Promise<number> {
  const borrower = async (id: number): Promise<void> => {
    for (let i = 0; i < times; i++) await work(id);
  };
  await Promise.all(Array.from({ length: SIZE }, (_, task) => borrower(task + 1)));
  return SIZE * times;
}

async function one(door: Door, id: number): Promise<void> {
  expect(await door.one(id), id);
}

async function all(door: Door): Promise<void> {
  const rows = await door.all();
  if (rows.length !== ROWS) throw new Error(`${rows.length} rows instead of ${ROWS}`);
}

function expect(row: TableRow | undefined, id: number): void {
  if (row?.id !== id) throw new Error(`the row of ${id} was ${JSON.stringify(row)}`);
}

const burst = async (door: Door): Promise<void> => {
  await Promise.all(Array.from({ length: AT_ONCE }, (_, n) => one(door, 1 + (n % ROWS))));
};

async function createTable(url: string): Promise<void> {
  const connection = await createConnection(url);
  const rows = Array.from({ length: ROWS }, (_, n) => `(${n + 1}, 'the row of ${n + 1}', ${n + 1})`);
  await connection.query(`CREATE TABLE IF NOT EXISTS ${TABLE} (id INT PRIMARY KEY, name VARCHAR(60), n INT)`);
  await connection.query(`INSERT IGNORE INTO ${TABLE} VALUES ${rows.join(', ')}`);
  await connection.end();
}

// The new processes load the package as published (a few bundled files), since loading is part of the time. A commit
// that is compared with may have no such folder.
const packageFolder = join(__dirname, '..', 'package');
const asPublished = existsSync(packageFolder) ? { MYSQLPOOL_BENCH_PACKAGE: packageFolder } : {};

/** How long after its start a new process has its first answer, in ms. */
async function firstQuery(name: string, isStock: boolean, url: string): Promise<number> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [join(__dirname, 'first-query.js'), name, isStock ? 'stock' : 'ours'],
    // In the environment, since a command line would show the password.
    { env: { ...process.env, ...asPublished, MYSQLPOOL_BENCH_URL: url } },
  );
  return Number(stdout);
}

async function slices(subject: string, caseName: string, effort: Effort, url: string): Promise<Slices> {
  await createTable(url);
  const name = caseName.split(',')[0]!;
  const isStock = subject === STOCK;
  const door = await openDoor(name, { isStock, url, size: SIZE });
  const cpuOf = (unit: string, work: () => Promise<number>) => async (): Promise<readonly Figure[]> => {
    let done = 0;
    const { cpu } = await repeat(SLICE, async () => void (done += await work()));
    return [{ value: (1_000 * cpu) / done, unit }];
  };
  const kinds: (() => Promise<readonly Figure[]>)[] = Object.entries(CPU_WORKLOADS).map(([workload, work]) =>
    cpuOf(cpuUnit(workload), () => work(door)),
  );
  kinds.push(
    async () => {
      const { rounds, cpu, wall } = await repeat(SLICE, () => burst(door));
      return [
        { value: (1_000 * cpu) / (rounds * AT_ONCE), unit: BURST_CPU },
        { value: wall / rounds, unit: BURST },
      ];
    },
    async () => [{ value: await firstQuery(name, isStock, url), unit: FIRST }],
  );
  for (const work of Object.values(CPU_WORKLOADS))
    await repeat(LONGER * effort.warmUp, async () => void (await work(door)));
  await repeat(LONGER * effort.warmUp, () => burst(door));
  let next = 0;
  return {
    count: kinds.length * Math.ceil((LONGER * effort.measure) / SLICE),
    take: () => kinds[next++ % kinds.length]!(),
  };
}

/** A bound for the ratio of the stock pool's cost to ours: below 1, our pool is slower. */
function notSlower(caseName: string, unit: string): Wanted {
  return compared(caseName, unit, { least: LEAST }, `stock ${boundText({ least: LEAST })} x ours`, (ours, stock) =>
    ratio(stock, ours),
  );
}

/** A bound for how much later our pool has its first answer, in ms. */
function notLater(caseName: string, unit: string): Wanted {
  return compared(caseName, unit, { most: LATEST }, `ours ${boundText({ most: LATEST })} ms later`, (ours, stock) =>
    median(ours.values.map((value, run) => value - stock.values[run]!)),
  );
}

function compared(
  caseName: string,
  unit: string,
  bound: { readonly least?: number; readonly most?: number },
  says: string,
  compare: (ours: Row, stock: Row) => number,
): Wanted {
  return {
    ...bound,
    text: `${caseName}, ${unit.split(':')[0]}: ${says}`,
    of: (rows) => {
      const ours = rowOf(rows, caseName, unit);
      const stock = rowOf(rows, caseName, unit, STOCK);
      return ours && stock && { value: compare(ours, stock) };
    },
  };
}

const { cases, serverOf } = serverCases(...DOOR_NAMES);
const CPU_UNITS = [...Object.keys(CPU_WORKLOADS).map(cpuUnit), BURST_CPU];

export const orm: Bench = {
  name: 'orm',
  about: 'every ORM, the drop-in and createPool with their stock pools and with ours, in slices by turns',
  measures: [...CPU_UNITS, BURST, FIRST].map((unit) => ({ unit, better: 'less' })),
  cases,
  serverOf,
  subjects: [OURS, STOCK],
  wanted: cases.flatMap((caseName) => [
    ...CPU_UNITS.map((unit) => notSlower(caseName, unit)),
    notLater(caseName, FIRST),
  ]),
  slices,
};
