/**
 * Which statements on a new connection are recorded and repeated after a reset. A fake in place of mysql2 sends
 * nothing.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Command, MysqlConnection } from '#internal/mysql/driver.js';
import { InitRecorder } from '#internal/mysql/init-recorder.js';

type Done = (error?: Error | null) => void;
interface Sent {
  readonly sql: string;
  readonly values: unknown;
  readonly method: 'query' | 'execute';
}

/** @param failing the statements that fail */
function scene(...failing: string[]) {
  const passed: Command[] = [];
  const again: Sent[] = [];
  const saying =
    (method: Sent['method']) =>
    ({ sql, values }: { readonly sql: string; readonly values: unknown }, done: Done): void => {
      again.push({ sql, values, method });
      done(failing.includes(sql) ? new Error(`no ${sql}`) : null);
    };
  const inside = { addCommand: (command: Command) => (passed.push(command), command) };
  const connection = Object.assign(inside, { query: saying('query'), execute: saying('execute') });
  const recorder = new InitRecorder('shop', connection as unknown as MysqlConnection);
  const say = (...texts: string[]): void => {
    for (const sql of texts) inside.addCommand({ sql, _queryOptions: { sql } } as never);
  };
  return { recorder, connection: connection as unknown as MysqlConnection, inside, passed, again, say };
}

// Three kinds of statements: those that need no repetition after a reset and the pool's own set-up, those that must be
// repeated, and those that cannot be.
const PLAIN = [
  'SELECT 1',
  "SET sql_mode = ''",
  'INSERT INTO t VALUES (1)',
  'UPDATE t USE INDEX (i) SET a = 1',
  "UPDATE t SET a = ' use '",
  'BEGIN',
];
const AGAIN = ['SET NAMES latin1', '  set names latin1', 'SET @a = 1', 'USE other', '\n\tuse\tother'];
const NEVER = [
  'CREATE TEMPORARY TABLE x (id INT)',
  "SELECT GET_LOCK('a set of names', 1)",
  "SELECT GET_LOCK(' use that', 1)",
  'CALL settle()',
  'SELECT 1; CREATE TEMPORARY TABLE x (id INT)',
];

describe('what was said to a new connection', () => {
  it('is plain, said again, or refused to be said again', async () => {
    for (const sql of [...PLAIN, ...AGAIN, ...NEVER]) {
      const { recorder, connection, again, say } = scene();
      say(sql);
      assert.equal(recorder.isPlain, PLAIN.includes(sql), sql);
      await recorder.repeatRest(connection);
      const expected = AGAIN.includes(sql) ? [sql] : [];
      const said = (): string[] => again.splice(0).map((each) => each.sql);
      assert.deepEqual(said(), expected, sql);
      const whole = recorder.repeatWhole(connection);
      if (NEVER.includes(sql))
        await assert.rejects(whole, { code: 'MYSQL_UNCLEAN', message: /^shop: .*more than SET/ });
      else await whole;
      assert.deepEqual(said(), expected, sql);
      await recorder.repeatAll(connection);
      assert.deepEqual(said(), [sql], sql);
    }
  });

  it('is plain if all of it is, and is said again in its order', async () => {
    const { recorder, connection, again, say } = scene();
    assert.equal(recorder.isPlain, true, 'nothing was said');
    say('SELECT 1', 'USE other', 'INSERT INTO t VALUES (1)', 'SET @a = 1');
    assert.equal(recorder.isPlain, false);
    await recorder.repeatWhole(connection);
    assert.deepEqual(
      again.map(({ sql }) => sql),
      ['USE other', 'SET @a = 1'],
    );
    say('CALL p()');
    again.length = 0;
    await assert.rejects(recorder.repeatWhole(connection), { code: 'MYSQL_UNCLEAN' });
    assert.deepEqual(again, [], 'nothing at all when not everything can be done again');
  });

  it('is sent on, and no more of it is noted after its end, unless somebody else stands in between by then', () => {
    const { recorder, inside, passed, say } = scene();
    const recording = inside.addCommand;
    say('CALL p()');
    assert.equal(passed.length, 1);
    recorder.end();
    assert.notEqual(inside.addCommand, recording);
    say('CALL q()');
    assert.equal(passed.length, 2);
    const other = scene();
    const theirs = (command: Command): Command => command;
    other.inside.addCommand = theirs;
    other.recorder.end();
    assert.equal(other.inside.addCommand, theirs);
  });

  it('is said again in the way in which it was said, with its values', async () => {
    const { recorder, connection, inside, again } = scene();
    inside.addCommand({ sql: 'SET @a = 1', values: [1], _queryOptions: { sql: 'SET @a = ?' } } as never);
    inside.addCommand({ statement: { query: 'SET @b = ?' }, parameters: [2] } as never);
    inside.addCommand({ statement: { query: 'SET @c = 3' } } as never);
    inside.addCommand({ id: 7 } as never);
    await recorder.repeatAll(connection);
    assert.deepEqual(again, [
      { sql: 'SET @a = 1', values: [], method: 'query' },
      { sql: 'SET @b = ?', values: [2], method: 'execute' },
      { sql: 'SET @c = 3', values: [], method: 'execute' },
    ]);
  });

  it('may fail again as it did the first time; what must be said again may not', async () => {
    const { recorder, connection, again, say } = scene('SET NAMES latin1', 'SELECT 1');
    say('SELECT 1', 'SET NAMES latin1', 'SET @a = 1');
    await recorder.repeatAll(connection);
    assert.equal(again.length, 3);
    await assert.rejects(recorder.repeatRest(connection), /no SET NAMES latin1/);
    await assert.rejects(recorder.repeatWhole(connection), /no SET NAMES latin1/);
  });
});
