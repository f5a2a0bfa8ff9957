import { setTimeout as sleep } from 'node:timers/promises';
import { startProxy, type Proxy } from '#support/proxy.js';
import { Stopwatch, type Bench, type Effort, type Figure } from './bench.js';
import { serverCases } from './server-cases.js';
import { DOWN_DRIVERS } from './subjects/down-drivers.js';
import type { Driver } from './subjects/driver.js';
import { figure } from './wanted.js';

const SIZE = 5;
const LIMIT = 1_000;
// The interval (ms) at which calls start, whether or not the previous one has ended.
const GAP = 50;
const CALM = 500;
const FAST = 100;

interface Call {
  readonly begun: number;
  acquired: number | undefined;
  ended: number | undefined;
  failed: boolean;
}

/** One call: acquires, queries, releases. A connection whose statement failed is destroyed, as applications do. */
async function call(driver: Driver, record: Call): Promise<void> {
  try {
    const loan = await driver.acquire();
    record.acquired = performance.now();
    try {
      await loan.query('SELECT 1 AS one');
      await loan.release();
    } catch (error) {
      loan.destroy();
      throw error;
    }
  } catch {
    record.failed = true;
    record.acquired ??= performance.now();
  }
  record.ended = performance.now();
}

/** Starts calls at a steady pace for `ms` milliseconds, or until `isEnough`. */
async function load(driver: Driver, calls: Call[], ms: number, isEnough = (): boolean => false): Promise<void> {
  for (const end = performance.now() + ms; performance.now() < end && !isEnough(); await sleep(GAP)) {
    const record: Call = { begun: performance.now(), acquired: undefined, ended: undefined, failed: false };
    calls.push(record);
    void call(driver, record);
  }
}

const isSlow = ({ begun, ended, failed }: Call): boolean => failed || ended === undefined || ended - begun > FAST;

/** Whether all calls of the last `LIMIT` ms were served fast, and began after the network was healed. */
function isCalm(calls: readonly Call[], healed: number): boolean {
  const since = performance.now() - LIMIT;
  return since > healed && calls.every((record) => record.begun < since || isFast(record));
}

/** Whether a call was served fast, or began so recently that it still may be. */
const isFast = (record: Call): boolean =>
  !isSlow(record) || (!record.failed && performance.now() - record.begun < FAST);

/** How long after the network was healed the last slow call began, in ms: from then on every call was served fast. */
function recovery(calls: readonly Call[], healed: number): number {
  const last = calls.findLast((record) => record.begun >= healed && isSlow(record));
  return last === undefined ? 0 : last.begun + GAP - healed;
}

/** The longest time an acquire took; one that is still pending counts with its time so far. */
const longestAcquire = (calls: readonly Call[]): number =>
  Math.max(...calls.map(({ begun, acquired = performance.now() }) => acquired - begun));

async function warm(driver: Driver): Promise<void> {
  const loans = await Promise.all(Array.from({ length: SIZE }, () => driver.acquire()));
  await Promise.all(loans.map((loan) => loan.query('SELECT 1 AS one')));
  for (const loan of loans) await loan.release();
}

async function outage(driver: Driver, proxy: Proxy, ms: number): Promise<Figure[]> {
  await warm(driver);
  const calls: Call[] = [];
  await load(driver, calls, CALM);
  if (calls.slice(0, -2).some(({ failed }) => failed)) throw new Error('a call failed before the outage');
  const accepted = proxy.accepted;
  const time = new Stopwatch();
  proxy.blackhole();
  await load(driver, calls, ms);
  const dials = proxy.accepted - accepted;
  const { cpu } = time;
  proxy.heal();
  const healed = performance.now();
  await load(driver, calls, 3 * LIMIT, () => isCalm(calls, healed));
  for (let waited = 0; waited < 2 * LIMIT && calls.some(({ ended }) => ended === undefined); waited += GAP)
    await sleep(GAP);
  return [
    { value: longestAcquire(calls), unit: LONGEST },
    { value: (1_000 * dials) / ms, unit: DIALS },
    { value: recovery(calls, healed), unit: RECOVERY },
    { value: calls.filter(({ ended }) => ended === undefined).length, unit: UNSETTLED },
    { value: (1_000 * cpu) / ms, unit: CPU },
  ];
}

async function sample(subject: string, _case: string, effort: Effort, url: string): Promise<Figure[]> {
  const { hostname, port } = new URL(url);
  const proxy = await startProxy({ target: { host: hostname, port: Number(port || 3306) } });
  const driver = await DOWN_DRIVERS[subject]!({ url: proxy.url(url), size: SIZE, limit: LIMIT });
  return outage(driver, proxy, 10 * effort.measure);
}

const LONGEST = 'ms, longest acquire';
const DIALS = 'dials/s in the outage';
const RECOVERY = 'ms to full speed';
const UNSETTLED = 'calls never settled';
const CPU = 'CPU-ms/s in the outage';
const { cases, serverOf } = serverCases('');

export const dbdown: Bench = {
  name: 'dbdown',
  about: 'the network to a real server swallows everything, then heals; 20 calls/s, none may wait for over 1 s',
  measures: [
    { unit: LONGEST, better: 'less' },
    { unit: DIALS, better: 'less' },
    { unit: RECOVERY, better: 'less' },
    { unit: UNSETTLED, better: 'less' },
    { unit: CPU, better: 'less' },
  ],
  cases,
  serverOf,
  subjects: Object.keys(DOWN_DRIVERS),
  wanted: cases.flatMap((caseName) => [
    figure(caseName, LONGEST, { most: 1_050 }),
    figure(caseName, DIALS, { most: 2 }),
    figure(caseName, RECOVERY, { most: 1_000 }),
    figure(caseName, UNSETTLED, { most: 0 }),
  ]),
  sample,
};
