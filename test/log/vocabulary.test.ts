import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { POOL_EVENTS, type AnyPool, type PoolEventName, type PoolEvents } from 'node-mysqlpool/pool';
import { attach, type LogFields, type LogLevel } from '#internal/log/index.js';
import { failureText } from '#internal/log/failure-text.js';
import { lineOf } from '#internal/log/logger.js';
import { SAMPLES } from './support/samples.js';

interface Written {
  readonly level: LogLevel;
  readonly fields: LogFields;
  readonly text: string;
}

/** Has one event told to a log. */
function told<K extends PoolEventName>(event: K, about: PoolEvents[K]): Written[] {
  const written: Written[] = [];
  const listeners = new Map<string, (about: unknown) => void>();
  const pool = { name: 'shop', on: (name: string, hear: (about: unknown) => void) => listeners.set(name, hear) };
  attach(pool as unknown as AnyPool, {
    wants: () => true,
    write: (level, fields, text) => written.push({ level, fields, text }),
  });
  listeners.get(event)!(about);
  return written;
}

describe('the lines of the log', () => {
  for (const event of POOL_EVENTS)
    it(`word for word: ${event}`, () => {
      assert.ok(SAMPLES[event].length > 0);
      for (const { told: about, level, text } of SAMPLES[event]) {
        const [line, ...others] = told(event, about as never);
        assert.deepEqual([line?.level, line?.text, others], [level, text, []]);
        assert.deepEqual([line?.fields['pool'], line?.fields['event']], ['shop', event]);
      }
    });

  it('have the event in their fields, but of an error what it says and its code', () => {
    const error = Object.assign(new Error('no'), { code: 'ER_NO', sql: 'SELECT secret', sqlMessage: 'secret' });
    const [failed] = told('openFailed', { connection: 3, took: 2, retryIn: 100, error });
    assert.deepEqual(failed?.fields, {
      pool: 'shop',
      event: 'openFailed',
      connection: 3,
      took: 2,
      retryIn: 100,
      error: 'ER_NO',
      code: 'ER_NO',
    });
    const [lent] = told('acquired', { loan: 7, connection: 3, waited: 0, label: undefined });
    assert.deepEqual(lent?.fields, { pool: 'shop', event: 'acquired', loan: 7, connection: 3, waited: 0 });
  });

  it('stay one line, whatever a borrower is called', () => {
    const [lent] = told('waiting', { waiters: 2, label: 'import\n2026-01-01 all is well\u001b[2J' });
    assert.equal(lent?.text, '2 in line, last import 2026-01-01 all is well\\u001b[2J');
    assert.equal(lineOf({ pool: 'a\nb' }, 'open'), 'mysqlpool a b: open');
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
