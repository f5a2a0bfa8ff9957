import { Absent, Stopwatch, type Bench, type Figure } from './bench.js';
import { LoanWatch } from './loan-watch.js';
import { PROMISED, SUBJECTS } from './subjects/index.js';
import type { Subject } from './subjects/subject.js';
import { figure, ofBest } from './wanted.js';

const RESOURCES = 10;
const LIMIT = 1_000;
const CASES: Readonly<Record<string, number>> = { '50,000 waiters': 50_000 };
// The number of waiters in the warm-up.
const FEW = 500;
const TICK = 2;
// How often a pool that does not lend is asked.
const ATTEMPTS = 3;
// The reason for pools that have no acquire time-out.
const WITHOUT_LIMIT = 'mysql2';

/** Watches the event loop from now on. The function returned tells the longest time it was blocked, in ms. */
function watchLoop(): () => number {
  let last = performance.now();
  let longest = 0;
  const tick = (): void => {
    const now = performance.now();
    longest = Math.max(longest, now - last - TICK);
    last = now;
  };
  const timer = setInterval(tick, TICK);
  return () => {
    clearInterval(timer);
    tick();
    return longest;
  };
}

interface Storm {
  readonly cpu: number;
  /** From the first call to the last rejection, in ms. */
  readonly wall: number;
  readonly blocked: number;
}

/**
 * `waiters` callers join the queue at once and no resource is released, so that all of them time out at the same time.
 */
async function stormOf(pool: Subject, waiters: number): Promise<Storm> {
  let expired = 0;
  const served = (): void => {
    throw new Error('a caller was served, although nothing was given back');
  };
  const turnedAway = (): void => void expired++;
  const time = new Stopwatch();
  const calls: Promise<void>[] = [];
  for (let i = 0; i < waiters; i++) calls.push(pool.acquire().then(served, turnedAway));
  // Measured from here on: the loop above also blocks, but only the pool's own blocking counts.
  const longest = watchLoop();
  await Promise.all(calls);
  const { cpu, wall } = time;
  const blocked = longest();
  if (expired !== waiters) throw new Error(`${expired} callers were turned away instead of ${waiters}`);
  return { cpu, wall, blocked };
}

/** After all resources were released: how many of them the pool does not lend again within `ATTEMPTS` attempts. */
async function lost(pool: Subject, watch: LoanWatch): Promise<number> {
  let missing = RESOURCES;
  for (let attempt = 0; attempt < ATTEMPTS && missing > 0; attempt++) {
    const calls = await Promise.allSettled(Array.from({ length: missing }, () => pool.acquire()));
    const served = calls.flatMap((call) => (call.status === 'fulfilled' ? [call.value] : []));
    for (const handle of served) watch.take(pool.resourceOf(handle));
    missing -= served.length;
  }
  return missing;
}

async function sample(subject: string, caseName: string): Promise<Figure[]> {
  if (subject === WITHOUT_LIMIT) throw new Absent('no limit for the wait');
  const options = { max: RESOURCES, min: 0, dialMs: 0, acquireTimeout: LIMIT, onOpen: () => undefined };
  const pool = SUBJECTS[subject]!(options);
  const watch = new LoanWatch(RESOURCES);
  const held = await Promise.all(Array.from({ length: RESOURCES }, () => pool.acquire()));
  for (const handle of held) watch.take(pool.resourceOf(handle));
  await stormOf(pool, FEW);
  const { cpu, wall, blocked } = await stormOf(pool, CASES[caseName]!);

  for (const handle of held) {
    watch.give(pool.resourceOf(handle));
    pool.release(handle);
  }
  const missing = await lost(pool, watch);
  return [
    { value: blocked, unit: BLOCKED },
    { value: cpu, unit: CPU },
    { value: wall - LIMIT, unit: LATE },
    { value: missing, unit: LOST },
  ];
}

const BLOCKED = 'ms the loop stood still';
const CPU = 'CPU-ms in all';
const LATE = 'ms late, the last';
const LOST = 'resources lost';
const [ONLY] = Object.keys(CASES) as [string];

export const storm: Bench = {
  name: 'storm',
  about: 'callers get in line at once, nothing comes back, and after 1 s all are turned away',
  measures: [
    { unit: BLOCKED, better: 'less' },
    { unit: CPU, better: 'less' },
    { unit: LATE, better: 'less' },
    { unit: LOST, better: 'less' },
  ],
  cases: Object.keys(CASES),
  subjects: PROMISED,
  wanted: [figure(ONLY, BLOCKED, { most: 100 }), figure(ONLY, CPU, { most: 500 }), ofBest(ONLY, CPU, { most: 1 })],
  sample,
};
