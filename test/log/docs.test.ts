import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';
import { POOL_EVENTS } from 'node-mysqlpool/pool';
import { SAMPLES } from './support/samples.js';

/** The part of the page between two marks, without the mark. */
function part(mark: string): string {
  const [, text] = new RegExp(`<!-- ${mark} -->\n(.*?)<!-- end -->`, 's').exec(
    readFileSync('docs/monitoring.md', 'utf8'),
  )!;
  return text!;
}

const MEANING: Readonly<Record<string, string>> = {
  poolOpened: 'the pool has been made',
  opening: 'a connection is being opened',
  opened: 'a connection is there',
  openFailed: 'a dial failed',
  acquired: 'a loan began',
  waiting: 'a caller got in line',
  acquireFailed: 'a caller went away without a connection',
  released: 'a loan ended',
  cleaned: 'a returned connection was made as good as new',
  closed: 'a connection left the pool',
  evicted: 'every connection is to be replaced',
  resized: 'options were changed',
  suspended: 'nothing is lent for now',
  resumed: 'lending goes on',
  leakSuspected: 'a loan is out for longer than leakThreshold',
  leakEnded: 'a suspected leak has ended',
  poolDraining: 'the pool serves callers until nobody uses it any more, then closes',
  poolClosing: 'the pool lends nothing more',
  poolClosed: 'nothing is left of it',
};

it('docs/monitoring.md has every line of the log, word for word, with its level', () => {
  const rows = POOL_EVENTS.flatMap((event) =>
    SAMPLES[event].map(({ level, text }) => `| \`${event}\` | ${level} | \`${text}\` |`),
  );
  assert.equal(part('lines'), ['| event | level | line |', '|---|---|---|', ...rows, ''].join('\n'));
});

it('docs/monitoring.md has every event, with all that it tells', () => {
  const rows = POOL_EVENTS.map((event) => {
    const names = new Set(SAMPLES[event].flatMap(({ told }) => Object.keys(told)));
    const told = [...names].map((name) => `\`${name}\``).join(', ');
    return `| \`${event}\` | ${MEANING[event]} | ${told} |`;
  });
  assert.equal(part('events'), ['| event | when | tells |', '|---|---|---|', ...rows, ''].join('\n'));
});
