import type { effectOf } from '#internal/session/statement.js';
import { Absent, repeat, type Bench, type Effort, type Figure } from './bench.js';
import { OURS } from './subjects/index.js';
import { figure } from './wanted.js';

const UNIT = 'CPU-µs/text';
// Texts per round.
const ROUND = 200;

const JOIN =
  'SELECT u.id, u.name, u.email, COUNT(o.id) AS orders FROM users u LEFT JOIN orders o ON o.user_id = u.id ' +
  "AND o.state = 'paid' WHERE u.created_at > ? AND u.country IN (?, ?, ?) GROUP BY u.id ORDER BY orders DESC LIMIT 20";

const TEXTS: Readonly<Record<string, string>> = {
  '32 letters': 'SELECT * FROM users WHERE id = 7',
  '200 letters': JOIN,
  '200 letters and a comment': `${JOIN} /* route=/users */`,
  '4 kB full of escapes': String.raw`INSERT INTO notes (text) VALUES ('${String.raw`it\'s a \"text\"\n`.repeat(250)}')`,
};

async function sample(_subject: string, caseName: string, effort: Effort): Promise<Figure[]> {
  let module: { readonly effectOf: typeof effectOf };
  try {
    module = await import('#internal/session/statement.js');
  } catch {
    throw new Absent('it reads texts elsewhere');
  }
  const text = TEXTS[caseName]!;
  const round = async (): Promise<void> => {
    for (let i = 0; i < ROUND; i++) module.effectOf(text, { server: 'mysql' });
  };
  await repeat(effort.warmUp, round);
  const { rounds, cpu } = await repeat(effort.measure, round);
  return [{ value: (1_000 * cpu) / (rounds * ROUND), unit: UNIT }];
}

export const texts: Bench = {
  name: 'texts',
  about:
    'what it takes to find out from the text of a statement that has not come before what it may do to the session',
  measures: [{ unit: UNIT, better: 'less' }],
  cases: Object.keys(TEXTS),
  subjects: [OURS],
  wanted: [
    figure('32 letters', UNIT, { most: 1 }),
    figure('200 letters', UNIT, { most: 3 }),
    figure('4 kB full of escapes', UNIT, { most: 110 }),
  ],
  sample,
};
