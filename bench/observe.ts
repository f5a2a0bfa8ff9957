import { repeat, Stopwatch, type Bench, type Effort, type Figure } from './bench.js';
import { load, ROUND, type Copy, type Setting } from './observe-loop.js';
import { OBSERVERS } from './observers.js';
import { median } from './results.js';
import { OURS } from './subjects/index.js';
import { figure } from './wanted.js';

const SETTINGS: Readonly<Record<string, Setting>> = {
  uncontended: { borrowers: 1, resources: 10, hold: false },
  contended: { borrowers: 32, resources: 16, hold: true },
};

const NS = 'ns/loan';
const TIMES = 'x no code';
// Copies of each kind of engine: with and without checks for listeners.
const COPIES = 3;

async function sample(subject: string, caseName: string, effort: Effort): Promise<readonly Figure[]> {
  const setting = SETTINGS[caseName]!;
  const ours = subject === OURS ? [{ value: await againstNoCode(setting, effort), unit: TIMES }] : [];
  const { options = {}, observe } = OBSERVERS[subject] ?? {};
  const { pool, round } = await load(setting, options);
  await observe?.(pool);
  await repeat(effort.warmUp, round);
  const { rounds, cpu } = await repeat(effort.measure, round);
  return [{ value: (cpu * 1_000_000) / (rounds * ROUND), unit: NS }, ...ours];
}

/**
 * The cost of the engine's checks for listeners when there are none: compares the engine with a copy without the
 * checks. Several copies of each take turns, one round at a time, so that other load on the machine affects all of them
 * alike. Each copy has code of its own, since the compiler does not always optimize the same code in the same way.
 */
async function againstNoCode(setting: Setting, effort: Effort): Promise<number> {
  const copies: (Copy & { readonly dispatches: boolean; readonly cpu: number[] })[] = [];
  for (let i = 0; i < 2 * COPIES; i++) {
    // Which kind is loaded first varies with the process: the first one may be better placed in memory.
    const dispatches = (i + process.pid) % 2 === 0;
    copies.push({ ...(await load(setting, {}, dispatches)), dispatches, cpu: [] });
  }
  await repeat(COPIES * effort.warmUp, async () => {
    for (const { round } of copies) await round();
  });
  let turns = 0;
  await repeat(COPIES * effort.measure, async () => {
    // The order varies, so that no copy always pays for the garbage of the same other copy.
    const first = turns++ % copies.length;
    const order = [...copies.slice(first), ...copies.slice(0, first)];
    if (turns % 2 === 0) order.reverse();
    for (const { round, cpu } of order) {
      const watch = new Stopwatch();
      await round();
      cpu.push(watch.cpu);
    }
  });
  const [ours, bare] = [true, false].map((kind) =>
    median(copies.filter(({ dispatches }) => dispatches === kind).map(({ cpu }) => median(cpu))),
  );
  return ours! / bare!;
}

export const observe: Bench = {
  name: 'observe',
  about: 'acquire and release with somebody looking on: each observer alone, and all; mysqlpool itself has none',
  measures: [
    { unit: NS, better: 'less' },
    { unit: TIMES, better: 'less' },
  ],
  cases: Object.keys(SETTINGS),
  subjects: [OURS, ...Object.keys(OBSERVERS)],
  wanted: Object.keys(SETTINGS).map((name) => figure(name, TIMES, { most: 1.02 })),
  sample,
};
