import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { POOL_EVENTS, type AnyPool, type OpenFailure, type PoolEventName, type PoolEvents } from 'node-mysqlpool/pool';
import { attach, type LogFields, type LogLevel, type Sink } from '#internal/log/index.js';
import { failureText } from '#internal/log/failure-text.js';
import { lineOf } from '#internal/log/logger.js';
import { SAMPLES } from './support/samples.js';

interface Written {
  readonly level: LogLevel;
  readonly fields: LogFields;
  readonly text: string;
}

/** A log of a pool; returns what has connecting fail at a time. */
function listen(sink: Sink): (at: number, kind: OpenFailure) => void {
  let now = 0;
  const hearers = new Map<string, (about: unknown) => void>();
  const pool = { name: 'shop', on: (name: string, hear: (about: unknown) => void) => hearers.set(name, hear) };
  attach(pool as unknown as AnyPool, sink, () => now);
  return (at, kind) => {
    now = at;
    hearers.get('openFailed')!({ connection: 3, took: 2, kind, retryIn: 100, error: new Error('no') });
  };
}

/** Has events of one kind told to a log, in one go. */
async function told<K extends PoolEventName>(event: K, ...about: PoolEvents[K][]): Promise<Written[]> {
  const written: Written[] = [];
  const listeners = new Map<string, (about: unknown) => void>();
  const pool = { name: 'shop', on: (name: string, hear: (about: unknown) => void) => listeners.set(name, hear) };
  attach(pool as unknown as AnyPool, {
    wants: () => true,
    write: (level, fields, text) => written.push({ level, fields, text }),
  });
  for (const each of about) listeners.get(event)!(each);
  // Leaks are put together before they are written.
  await Promise.resolve();
  return written;
}

describe('the lines of the log', () => {
  for (const event of POOL_EVENTS)
    it(`word for word: ${event}`, async () => {
      assert.ok(SAMPLES[event].length > 0);
      for (const { told: about, level, text } of SAMPLES[event]) {
        const [line, ...others] = await told(event, about as never);
        assert.deepEqual([line?.level, line?.text, others], [level, text, []]);
        assert.deepEqual([line?.fields['pool'], line?.fields['event']], ['shop', event]);
      }
    });

  it('have the event in their fields, but of an error what it says and its code', async () => {
    const error = Object.assign(new Error('no'), { code: 'ER_NO', sql: 'SELECT secret', sqlMessage: 'secret' });
    const [failed] = await told('openFailed', { connection: 3, took: 2, kind: 'transient', retryIn: 100, error });
    assert.deepEqual(failed?.fields, {
      pool: 'shop',
      event: 'openFailed',
      connection: 3,
      took: 2,
      kind: 'transient',
      retryIn: 100,
      error: 'ER_NO',
      code: 'ER_NO',
    });
    const [lent] = await told('acquired', { loan: 7, connection: 3, waited: 0, label: undefined });
    assert.deepEqual(lent?.fields, { pool: 'shop', event: 'acquired', loan: 7, connection: 3, waited: 0 });
  });

  it('are one for a spell of refusals by a full server, and one for each failure of another kind', () => {
    const texts: string[] = [];
    const fail = listen({ wants: () => true, write: (_, __, text) => texts.push(text.slice(0, 24)) });
    const room = 'the server has no room, ';
    const other = 'could not connect within';
    for (const [at, kind, expected] of [
      [0, 'full', [room]],
      [500, 'full', []],
      [60_000, 'full', []],
      [119_999, 'full', []],
      [179_999, 'full', [room]],
      [180_000, 'transient', [other]],
      [180_001, 'fatal', [other]],
      [180_002, 'full', [room]],
    ] as const) {
      fail(at, kind);
      assert.deepEqual(texts.splice(0), expected, `${kind} at ${at}`);
    }
  });

  it('stay one line, whatever a borrower is called', async () => {
    const [lent] = await told('waiting', { waiters: 2, label: 'import\n2026-01-01 all is well\u001b[2J' });
    assert.equal(lent?.text, '2 in line, last import 2026-01-01 all is well\\u001b[2J');
    assert.equal(lineOf({ pool: 'a\nb' }, 'open'), 'mysqlpool a b: open');
  });

  it('are one for the leaks of one line of the program that are suspected in one go, with how many they are', async () => {
    const leak = (loan: number, held: number, callSite: string | undefined) => ({
      ...{ loan, connection: loan, held, callSite, label: undefined, recent: [], takenAt: '' },
    });
    const lines = await told(
      'leakSuspected',
      leak(1, 30_000, '/app/shop.mjs:13:3'),
      leak(2, 40_000, '/app/shop.mjs:13:3'),
      leak(3, 30_000, '/app/shop.mjs:70:3'),
    );
    assert.deepEqual(
      lines.map(({ fields, text }) => [fields['count'], text]),
      [
        [
          2,
          '2 loans of one line, the oldest: connection 2 is out for 40000.0 ms (loan 2), taken at /app/shop.mjs:13:3',
        ],
        [undefined, 'connection 3 is out for 30000.0 ms (loan 3), taken at /app/shop.mjs:70:3'],
      ],
    );
  });

  it('have no value of a statement in them, nor a line break', () => {
    const duplicate = Object.assign(new Error("Duplicate entry 'ann@example.org' for key 'email'"), {
      code: 'ER_DUP_ENTRY',
      sql: "INSERT INTO users VALUES ('ann@example.org')",
    });
    assert.equal(failureText(duplicate), 'ER_DUP_ENTRY');
    const around = new Error(`could not set up: ${duplicate.message}`, { cause: duplicate });
    assert.equal(failureText(around), 'could not set up: ER_DUP_ENTRY');
    const unreachable = Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' });
    assert.equal(failureText(unreachable), 'ECONNREFUSED');
    assert.equal(failureText(new Error('one\n    two\u001b[31m')), String.raw`one two\u001b[31m`);
    // C1 controls, which terminals obey, a separator of lines, and what turns the line around.
    assert.equal(failureText('a\u009b31mb\u2028c\u202ed'), String.raw`a\u009b31mb c\u202ed`);
    assert.equal(failureText({ message: 'of another realm', errors: [] }), 'of another realm');
    assert.deepEqual(
      [failureText('why'), failureText({ secret: 1 }), failureText(undefined)],
      ['why', 'object', 'undefined'],
    );
  });
});
