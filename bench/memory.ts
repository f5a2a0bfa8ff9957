import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { turn, type Bench, type Figure } from './bench.js';
import { PROMISED, SUBJECTS } from './subjects/index.js';
import type { Subject, SubjectFactory } from './subjects/subject.js';
import { ofBest } from './wanted.js';

/** How many there are of what is weighed, and how they come to be; what is returned is kept until it is over. */
interface Scale {
  readonly count: number;
  readonly make: (subject: SubjectFactory, count: number) => Promise<unknown>;
}

const RESOURCES = 10;

const poolOf = (subject: SubjectFactory, max: number): Subject =>
  subject({ max, min: 0, dialMs: 0, onOpen: () => undefined });

/** Callers in line behind a pool that has nothing left. Their promises count, as everybody's do. */
async function waiters(subject: SubjectFactory, count: number): Promise<unknown> {
  const pool = poolOf(subject, RESOURCES);
  const held = await Promise.all(Array.from({ length: RESOURCES }, () => pool.acquire()));
  const calls = Array.from({ length: count }, () => pool.acquire());
  for (const call of calls) call.catch(() => undefined);
  return [pool, held, calls];
}

async function idle(subject: SubjectFactory, count: number): Promise<unknown> {
  const pool = poolOf(subject, count);
  for (const handle of await Promise.all(Array.from({ length: count }, () => pool.acquire()))) pool.release(handle);
  return pool;
}

function pools(subject: SubjectFactory, count: number): Promise<unknown> {
  return Promise.resolve(Array.from({ length: count }, () => poolOf(subject, RESOURCES)));
}

const WAITER = 'a waiter';
const IDLE = 'an idle connection';
const POOL = 'an empty pool';

const SCALES: Readonly<Record<string, Scale>> = {
  [WAITER]: { count: 20_000, make: waiters },
  [IDLE]: { count: 2_000, make: idle },
  [POOL]: { count: 1_000, make: pools },
};
// So many are made first, so that code and tables are there before anything is weighed.
const FIRST = 200;

function collector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}

/** What is alive on the heap and beside it, in bytes. */
async function alive(collect: () => void): Promise<number> {
  for (let i = 0; i < 3; i++) {
    await turn();
    collect();
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

async function sample(subject: string, caseName: string): Promise<Figure[]> {
  const { count, make } = SCALES[caseName]!;
  const factory = SUBJECTS[subject]!;
  const collect = collector();
  const kept: unknown[] = [await make(factory, FIRST)];
  const before = await alive(collect);
  kept.push(await make(factory, count));
  const after = await alive(collect);
  if (kept.length !== 2) throw new Error('nothing was weighed');
  return [{ value: (after - before) / count, unit: BYTES }];
}

const BYTES = 'bytes';

export const memory: Bench = {
  name: 'memory',
  about: 'what is alive after a collection of garbage for each waiter, idle connection, and empty pool',
  measures: [{ unit: BYTES, better: 'less' }],
  cases: Object.keys(SCALES),
  subjects: PROMISED,
  wanted: Object.keys(SCALES).map((caseName) => ofBest(caseName, BYTES, { most: 1 })),
  sample,
};
