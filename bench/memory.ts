import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { turn, type Bench, type Effort, type Figure } from './bench.js';
import { serverCases } from './server-cases.js';
import { usedConnections } from './statements.js';
import { PROMISED, SUBJECTS } from './subjects/index.js';
import type { Subject } from './subjects/subject.js';
import { figure, ofBest } from './wanted.js';

/**
 * How many objects are weighed, and how to make them. The value returned by `make` is kept alive during the
 * measurement.
 */
interface Scale {
  readonly count: number;
  /** How many are made beforehand, so that compiled code and tables that are created once are not weighed. */
  readonly first: number;
  readonly make: (subject: string, count: number, url: string) => Promise<unknown>;
}

const RESOURCES = 10;

const poolOf = (subject: string, max: number): Subject =>
  SUBJECTS[subject]!({ max, min: 0, dialMs: 0, onOpen: () => undefined });

/** Callers in the queue of an exhausted pool. Their promises count, for every pool. */
async function waiters(subject: string, count: number): Promise<unknown> {
  const pool = poolOf(subject, RESOURCES);
  const held = await Promise.all(Array.from({ length: RESOURCES }, () => pool.acquire()));
  const calls = Array.from({ length: count }, () => pool.acquire());
  for (const call of calls) call.catch(() => undefined);
  return [pool, held, calls];
}

async function idle(subject: string, count: number): Promise<unknown> {
  const pool = poolOf(subject, count);
  for (const handle of await Promise.all(Array.from({ length: count }, () => pool.acquire()))) pool.release(handle);
  return pool;
}

function pools(subject: string, count: number): Promise<unknown> {
  return Promise.resolve(Array.from({ length: count }, () => poolOf(subject, RESOURCES)));
}

const WAITER = 'a waiter';
const IDLE = 'an idle connection';
const POOL = 'an empty pool';

const PLAIN = '1,000 texts';
const PREPARED = '1,000 prepared texts';
const used = serverCases(PLAIN, PREPARED);

const SCALES: Readonly<Record<string, Scale>> = {
  [WAITER]: { count: 20_000, first: 200, make: waiters },
  [IDLE]: { count: 2_000, first: 200, make: idle },
  [POOL]: { count: 1_000, first: 200, make: pools },
  ...Object.fromEntries(used.cases.map((caseName) => [caseName, afterTexts(caseName.startsWith(PREPARED))])),
};

/** Idle connections to a real server that have run many texts, with all that our pool and the driver keep for them. */
function afterTexts(prepared: boolean): Scale {
  return { count: 100, first: 2, make: (subject, count, url) => usedConnections(subject, count, url, prepared) };
}

function collector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}

/** The bytes in use after garbage collection, on the heap and outside of it. */
async function alive(collect: () => void): Promise<number> {
  for (let i = 0; i < 3; i++) {
    await turn();
    collect();
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

async function sample(subject: string, caseName: string, _effort: Effort, url: string): Promise<Figure[]> {
  const { count, first, make } = SCALES[caseName]!;
  const collect = collector();
  const kept: unknown[] = [await make(subject, first, url)];
  const before = await alive(collect);
  kept.push(await make(subject, count, url));
  const after = await alive(collect);
  if (kept.length !== 2) throw new Error('nothing was weighed');
  return [{ value: (after - before) / count, unit: BYTES }];
}

const BYTES = 'bytes';
/** The bound for an idle connection of our pool that has run 1,000 texts, in bytes. */
const MOST_USED = 35_000;

export const memory: Bench = {
  name: 'memory',
  about:
    'what is alive after a collection of garbage for each waiter, idle connection, empty pool, and real connection that has run 1,000 texts',
  measures: [{ unit: BYTES, better: 'less' }],
  cases: Object.keys(SCALES),
  subjects: PROMISED,
  serverOf: used.serverOf,
  wanted: [
    ofBest(WAITER, BYTES, { most: 1 }),
    ...used.cases.map((caseName) => figure(caseName, BYTES, { most: MOST_USED })),
  ],
  sample,
};
