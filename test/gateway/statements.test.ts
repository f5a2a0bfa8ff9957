/** The prepared statements of a client, those of a backend, and those that belong to one client only. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BackendStatements } from '#internal/gateway/backend-statements.js';
import {
  ClientStatements,
  NONE_OF_A_SERVER as BASE,
  type ClientStatement,
} from '#internal/gateway/client-statements.js';
import { Holds } from '#internal/gateway/holds.js';
import type { Task } from '#internal/gateway/task.js';
import type { Carried, Reading } from '#internal/session/index.js';
import { Status } from '#internal/wire/index.js';

const LAST = 0xff_ff_ff_ff;
const READING: Reading = { effect: { kind: 'read' }, pins: [], first: 'select' };

/** A session state of which only `preparedUnder` matters here. */
const under = (word: string): Carried => ({ preparedUnder: word }) as Carried;

const prepare = (statements: ClientStatements, text: string, word = 'shop'): ClientStatement =>
  statements.add({ text, reading: READING }, under(word), 0);

describe('the statements of a client', () => {
  it('have numbers of its own, which no server gives', () => {
    const statements = new ClientStatements('mariadb');
    assert.deepEqual([prepare(statements, 'SELECT 1').id, prepare(statements, 'SELECT 1').id], [BASE + 1, BASE + 2]);
    assert.equal(statements.get(BASE + 1)!.text, 'SELECT 1');
    assert.equal(statements.get(BASE + 3), undefined);
  });

  it('are the same on a backend where text and session are the same', () => {
    const [one, other] = [new ClientStatements('mariadb'), new ClientStatements('mariadb')];
    assert.equal(prepare(one, 'SELECT 1').key, prepare(other, 'SELECT 1').key);
    assert.notEqual(prepare(one, 'SELECT 1').key, prepare(one, 'SELECT 2').key);
    assert.notEqual(prepare(one, 'SELECT 1', 'shop').key, prepare(one, 'SELECT 1', 'store').key);
  });

  it('know the one that was prepared last', () => {
    const statements = new ClientStatements('mariadb');
    assert.equal(statements.get(LAST), undefined);
    prepare(statements, 'SELECT 1');
    const second = prepare(statements, 'SELECT 2');
    assert.equal(statements.get(LAST), second);
    statements.failed();
    assert.equal(statements.get(LAST), undefined);
    assert.equal(statements.get(BASE + 2), second);
  });

  it('know no last one on MySQL', () => {
    const statements = new ClientStatements('mysql');
    prepare(statements, 'SELECT 1');
    assert.equal(statements.get(LAST), undefined);
  });

  it('are gone when they are closed, or the session is reset', () => {
    const statements = new ClientStatements('mariadb');
    const first = prepare(statements, 'SELECT 1');
    prepare(statements, 'SELECT 2');
    assert.equal(statements.delete(BASE + 1), first);
    assert.equal(statements.delete(BASE + 1), undefined);
    statements.clear();
    assert.deepEqual([statements.get(BASE + 2), statements.get(LAST)], [undefined, undefined]);
    // Ids are not reused: a client may still use the old ones.
    assert.equal(prepare(statements, 'SELECT 3').id, BASE + 3);
  });

  it('that nobody has are known to be unknown to every session of the server', () => {
    const [mysql, mariadb] = [new ClientStatements('mysql'), new ClientStatements('mariadb')];
    const asked = [0, 1, BASE - 1, BASE, BASE + 7, LAST];
    assert.deepEqual(
      asked.map((id) => [mysql.isUnknownEverywhere(id), mariadb.isUnknownEverywhere(id)]),
      [...asked.slice(0, 3).map(() => [false, false]), [true, true], [true, true], [true, false]],
    );
  });

  it('that have a cursor, or data that was sent ahead, are no other one anywhere', () => {
    const [one, other] = [new ClientStatements('mariadb'), new ClientStatements('mariadb')];
    const shared = prepare(one, 'SELECT 1');
    const apart = prepare(one, 'SELECT 1');
    const elsewhere = prepare(other, 'SELECT 1');
    one.setApart(apart);
    other.setApart(elsewhere);
    assert.equal(new Set([shared.key, apart.key, elsewhere.key]).size, 3);
    const { key } = apart;
    one.setApart(apart);
    assert.equal(apart.key, key);
  });
});

describe('the statements of a backend', () => {
  it('are found by their key, and closed when they are prepared anew', () => {
    const statements = new BackendStatements();
    assert.equal(statements.get('a'), undefined);
    assert.deepEqual(statements.set('a', 7), []);
    assert.equal(statements.get('a'), 7);
    assert.deepEqual(statements.set('a', 7), []);
    assert.deepEqual(statements.set('a', 8), [7]);
    assert.equal(statements.get('a'), 8);
  });

  it('are bounded: the one that was used least recently goes', () => {
    const statements = new BackendStatements();
    let closed: number[] = [];
    for (let n = 0; closed.length === 0; n++) {
      closed = statements.set(`s${n}`, n);
      // The first one is used all the time, so that it is not the oldest.
      assert.equal(statements.get('s0'), 0);
      assert.ok(n < 10_000, 'there is a bound');
    }
    assert.deepEqual(closed, [1]);
    assert.equal(statements.get('s1'), undefined);
  });

  it('can be forgotten, one or all', () => {
    const statements = new BackendStatements();
    statements.set('a', 1);
    statements.set('b', 2);
    assert.deepEqual([statements.forget('a'), statements.forget('a')], [1, undefined]);
    statements.clear();
    assert.equal(statements.get('b'), undefined);
  });
});

describe('what keeps a client on its backend, as answers tell', () => {
  const statements = new ClientStatements('mariadb');
  const [one, other] = [prepare(statements, 'SELECT 1'), prepare(statements, 'SELECT 2')];
  const execution = (statement: ClientStatement): Task => {
    return { kind: 'execute', frame: Buffer.alloc(0), reading: undefined, statement };
  };

  const table: readonly (readonly [string, (holds: Holds) => void, readonly string[]])[] = [
    ['nothing', () => undefined, []],
    ['a cursor is open', (holds) => holds.answered(execution(one), Status.CURSOR_EXISTS), ['cursor']],
    ['no cursor was opened', (holds) => holds.answered(execution(one), Status.AUTOCOMMIT), []],
    [
      'its last row was sent',
      (holds) => holds.answered(execution(one), Status.CURSOR_EXISTS | Status.LAST_ROW_SENT),
      [],
    ],
    ['data was sent ahead', (holds) => holds.sentAhead(one), ['long data']],
    ['it cannot be prepared again', (holds) => holds.prepared(one), ['prepared variable']],
  ];
  for (const [name, happens, reasons] of table) {
    it(name, () => {
      const holds = new Holds();
      happens(holds);
      assert.deepEqual([...holds.reasons], reasons);
      assert.equal(holds.isEmpty, reasons.length === 0);
    });
  }

  it('a cursor ends with its last row, and with nothing of another statement', () => {
    const holds = new Holds();
    holds.answered(execution(one), Status.CURSOR_EXISTS);
    holds.answered(execution(other), Status.AUTOCOMMIT);
    assert.equal(holds.isEmpty, false);
    holds.answered(execution(one), Status.CURSOR_EXISTS | Status.LAST_ROW_SENT);
    assert.equal(holds.isEmpty, true);
  });

  it('an execution that is refused ends what was there only where the server has begun with it', () => {
    for (const [errno, reasons] of [
      [1835, ['long data', 'cursor']],
      [1210, ['long data', 'cursor']],
      [1242, []],
    ] as const) {
      const holds = new Holds();
      holds.sentAhead(one);
      holds.answered({ ...execution(one), kind: 'fetch' }, Status.CURSOR_EXISTS);
      holds.failed({ ...execution(one), kind: 'fetch' }, { errno });
      holds.failed(execution(one), { errno });
      assert.deepEqual([...holds.reasons], reasons, String(errno));
    }
  });

  it('each of several statements has its own', () => {
    const holds = new Holds();
    for (const statement of [one, other]) holds.answered(execution(statement), Status.CURSOR_EXISTS);
    assert.equal(holds.end(other), true);
    assert.deepEqual([...holds.reasons], ['cursor']);
    assert.equal(holds.end(one), true);
    assert.equal(holds.isEmpty, true);
  });

  it('a statement that is run, reset or closed has nothing there any more', () => {
    const holds = new Holds();
    holds.sentAhead(one);
    assert.deepEqual([holds.end(other), holds.end(one), holds.end(one)], [false, true, false]);
    holds.sentAhead(one);
    holds.prepared(one);
    assert.deepEqual([holds.end(one), holds.isEmpty, holds.close(one), holds.isEmpty], [true, false, true, true]);
    holds.sentAhead(one);
    holds.clear();
    assert.equal(holds.isEmpty, true);
  });
});
