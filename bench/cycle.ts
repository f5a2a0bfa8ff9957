import { repeat, type Bench, type Effort, type Figure, type Slices } from './bench.js';
import { CASES, loansOf, ROUND, SETTINGS } from './cycle-loop.js';
import { floor } from './subjects/floor.js';
import { FLOOR, SQLALCHEMY, SUBJECTS } from './subjects/index.js';
import { askSqlalchemy, type Done } from './subjects/sqlalchemy.js';
import { ofBest } from './wanted.js';

/** The length of a slice, in ms of CPU time. */
const SLICE = 25;

async function slices(subject: string, caseName: string, effort: Effort): Promise<Slices> {
  if (subject === SQLALCHEMY) {
    // In one piece, since Python takes longer to start than a slice lasts.
    const whole = figures(await askSqlalchemy({ bench: 'cycle', ...SETTINGS[caseName]!, ...effort }));
    return { count: 1, take: () => Promise.resolve(whole) };
  }
  const round = await loansOf(subject === FLOOR ? floor : SUBJECTS[subject]!, caseName);
  await repeat(effort.warmUp, round);
  return {
    count: Math.ceil(effort.measure / SLICE),
    async take() {
      const { rounds, cpu, wall } = await repeat(SLICE, round);
      return figures({ done: rounds * ROUND, cpu, wall });
    },
  };
}

const CPU = 'cycles/CPU-ms';
const WALL = 'cycles/ms';

const figures = ({ done, cpu, wall }: Done): readonly Figure[] => [
  { value: done / cpu, unit: CPU },
  { value: done / wall, unit: WALL },
];

export const cycle: Bench = {
  name: 'cycle',
  about: 'acquire and release: one borrower on 10 resources; 32 on 16, each holding for a microtask',
  measures: [
    { unit: CPU, better: 'more' },
    { unit: WALL, better: 'more' },
  ],
  cases: CASES,
  subjects: [...Object.keys(SUBJECTS), FLOOR, SQLALCHEMY],
  wanted: [ofBest('uncontended', CPU, { least: 3 }), ofBest('contended', CPU, { least: 2 })],
  slices,
};
