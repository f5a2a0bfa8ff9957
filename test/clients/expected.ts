import { isDeepStrictEqual } from 'node:util';
import type { Answer } from './program.js';

type Judge = (result: unknown) => boolean;

const TEXT = 'it\'s ☕ "\\ ü';
const startsWith =
  (...wanted: readonly unknown[]): Judge =>
  (result) =>
    Array.isArray(result) && isDeepStrictEqual(result.slice(0, wanted.length), wanted);
const either =
  (...wanted: readonly unknown[]): Judge =>
  (result) =>
    wanted.some((each) => isDeepStrictEqual(each, result));

/** What a check answers on every server and with every client, values as text; a check that is not here is only compared. */
const EXPECTED: Readonly<Record<string, unknown>> = {
  select: '1',
  parameters: [TEXT, '42', null],
  prepared: either(
    [
      [TEXT, '42', null],
      ['again', '7', 'x'],
    ],
    ['a', '2'],
  ),
  'prepared, types that stay': [
    ['2', 'text 1'],
    ['3', 'text 2'],
    ['4', 'text 3'],
  ],
  blob: '0001275CFF',
  cursor: ['0', '1', '2', '3', '4'],
  rollback: ['1', '0'],
  savepoint: '1',
  autocommit: ['0', '1'],
  'insert id': [true, true],
  // The second update changes nothing: clients that ask for the rows that were found are told one all the same.
  affected: either([1, 0], [1, 1]),
  session: ['utf8mb4', 'utf8mb4_bin', '+05:00', 'PIPES_AS_CONCAT,STRICT_ALL_TABLES', 'ab'],
  'user variable': ['x', '5'],
  use: [true, true],
  call: [[['1']], [['0'], ['1'], ['2']]],
  several: [[['1']], [['2']]],
  duplicate: startsWith('1062'),
  'temporary table': '3',
  'big value': '1048576',
  'big rows': ['10000', '1000000'],
  'streamed rows': '10000',
  aggregate: '49995000',
  'big parameter': '1048576',
  batch: '3',
  'many at once': true,
  'two connections': ['0', '1'],
  'select for update': 'id',
  lock: ['1', '0', '1'],
  ping: true,
  'read only': false,
  'change user': startsWith(null, 'SYSTEM', true),
  reset: [null, 'SYSTEM'],
  interrupt: '0',
  'query timeout': 'stopped',
};

/** Whether the answer of a check is the right one. */
export function isExpected(check: string, { result, error }: Answer): boolean {
  if (error !== undefined) return false;
  if (!Object.hasOwn(EXPECTED, check)) return true;
  const wanted = EXPECTED[check];
  return typeof wanted === 'function' ? (wanted as Judge)(result) : isDeepStrictEqual(wanted, result);
}
