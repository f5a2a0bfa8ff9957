import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { askStatus } from '#internal/session/session-status.js';
import { CarriedStates, ClientSession, Readings, Tracked, valuesOf, type ToldChange } from '#internal/session/index.js';

const ROWS: readonly (readonly [string, string])[] = [
  ['autocommit', 'ON'],
  ['completion_type', 'NO_CHAIN'],
  ['sql_mode', ''],
  ['time_zone', 'SYSTEM'],
  ['character_set_client', 'utf8mb4'],
  ['character_set_connection', 'utf8mb4'],
  ['character_set_results', 'utf8mb4'],
  ['collation_connection', 'utf8mb4_0900_ai_ci'],
  ['session_track_system_variables', 'time_zone,autocommit'],
  ['session_track_schema', 'ON'],
  ['session_track_state_change', 'OFF'],
  ['session_track_transaction_info', 'OFF'],
];

const NOTHING: ToldChange = {
  schema: null,
  variables: {},
  isStateChanged: false,
  transactionState: undefined,
  transactionText: undefined,
};

function newClient() {
  const tracked = new Tracked('mysql', ROWS);
  const states = new CarriedStates(tracked, valuesOf(ROWS));
  const base = states.stateOf(valuesOf(ROWS), 'app');
  const client = new ClientSession({ states, readings: new Readings(), carried: base });
  /** Says a text that is answered by an OK. */
  const say = (sql: string, change?: Partial<ToldChange>, status = 2): void => {
    const reading = client.read(sql);
    client.sent(reading);
    client.answered(reading, { status, warnings: 0, insertId: 0, change: change && { ...NOTHING, ...change } });
  };
  return { client, states, base, say };
}

describe('a client session', () => {
  it('asks at once only what cannot wait', () => {
    const { client, say } = newClient();
    say('BEGIN', undefined, 3);
    const ddl = client.read('CREATE TABLE nowhere.x (id INT)');
    client.sent(ddl);
    client.failed(ddl, { errno: 1049 });
    // Whether the transaction is over, by what leaves the error for SHOW ERRORS.
    assert.deepEqual([client.urgentDoubt?.sql], askStatus('mysql', false));
    client.urgentDoubt!.told([], { status: 2, warnings: 0, insertId: 0, change: undefined });
    assert.equal(client.urgentDoubt, undefined);
    assert.match(String(client.doubt?.sql), /^SELECT /);
  });

  it('has its default database, but not the character set of that, until it is entered again after a reset', () => {
    const { client, states, base, say } = newClient();
    client.reset(states.with(base, { isEntered: false }));
    assert.equal(client.carried.isEntered, false);
    assert.equal(states.difference(base, client.carried), undefined, 'only a reset takes it away');
    assert.equal(states.difference(client.carried, base)?.schema, 'app');
    const elsewhere = states.with(client.carried, { schema: 'shop', isEntered: false });
    assert.equal(states.difference(client.carried, elsewhere), undefined);
    say('USE app', { schema: 'app', isStateChanged: true });
    assert.equal(client.carried, base);
  });

  it('ends with COMMIT RELEASE, and with a plain COMMIT where the completion_type says so', () => {
    const { client, states, base } = newClient();
    const leaves = (sql: string, status = 2): boolean =>
      client.leavesWith(client.read(sql), { status, warnings: 0, insertId: 0, change: undefined });
    for (const sql of ['COMMIT RELEASE', 'rollback work release;', 'COMMIT AND NO CHAIN RELEASE'])
      assert.ok(leaves(sql), sql);
    assert.ok(!leaves('COMMIT RELEASE', 2 | 8), 'it is still to come');
    for (const sql of [
      'COMMIT',
      'COMMIT NO RELEASE',
      'RELEASE SAVEPOINT a',
      'ROLLBACK TO a',
      "SELECT 'COMMIT RELEASE'",
    ])
      assert.equal(leaves(sql), false, sql);
    client.arrive(states.with(base, { variables: new Map([['completion_type', 'RELEASE']]) }));
    assert.deepEqual(['COMMIT', 'ROLLBACK', 'COMMIT NO RELEASE', 'ROLLBACK TO a', 'SELECT 1'].map(leaves), [
      true,
      true,
      false,
      false,
      false,
    ]);
  });

  it('carries variables, user variables and the character set, and the difference leads from state to state', () => {
    const { client, states, base, say } = newClient();
    say("SET time_zone = '+01:00', @a = 'x', @B := 1", { variables: { time_zone: '+01:00' }, isStateChanged: true });
    say('SET NAMES latin1 COLLATE latin1_bin', {
      variables: {
        character_set_client: 'latin1',
        character_set_connection: 'latin1',
        character_set_results: 'latin1',
      },
      isStateChanged: true,
    });
    assert.equal(client.isFree, true);
    assert.equal(client.doubt, undefined);
    assert.deepEqual(states.difference(base, client.carried), {
      statements: [
        "SET NAMES latin1 COLLATE latin1_bin, time_zone = '+01:00', @`a` = _utf8mb4 X'78' COLLATE utf8mb4_0900_ai_ci, @`b` = 1",
      ],
      schema: undefined,
      several: undefined,
    });
    assert.equal(states.difference(client.carried, base), undefined, 'a user variable is taken away by a reset alone');
    const { a, b } = { a: undefined, b: undefined };
    const without = states.with(client.carried, { userVariables: new Map(Object.entries({ a, b })) });
    assert.deepEqual(states.difference(without, base)?.statements, [
      "SET NAMES utf8mb4 COLLATE utf8mb4_0900_ai_ci, time_zone = 'SYSTEM'",
    ]);
  });

  it('is in the same state object whenever the states are equal', () => {
    const { client, base, say } = newClient();
    say("SET time_zone = '+01:00'", { variables: { time_zone: '+01:00' }, isStateChanged: true });
    assert.notEqual(client.carried, base);
    say("SET time_zone = 'SYSTEM'", { variables: { time_zone: 'SYSTEM' }, isStateChanged: true });
    assert.equal(client.carried, base);
  });

  it('is pinned by what it cannot carry, and by a change that nothing explains', () => {
    for (const [sql, pin] of [
      ['SET @`a b` = 1', 'user variable'],
      ["SELECT GET_LOCK('x', 1)", 'named lock'],
      ['CREATE TEMPORARY TABLE t SELECT 1', 'temporary table'],
      ['HANDLER t OPEN', 'handler'],
      ['FLUSH TABLES WITH READ LOCK', 'read lock'],
      ['LOCK INSTANCE FOR BACKUP', 'read lock'],
      ["XA START 'x'", 'xa'],
      ["PREPARE s FROM 'SELECT 1'", 'prepared text'],
      ['CALL p()', 'routine'],
      ['SELECT f(1)', 'routine'],
      ['SET ROLE r', 'role'],
      ['SET RESOURCE GROUP g', 'resource group'],
      ['SET rand_seed1 = 1', 'variable'],
    ] as const) {
      const { client, say } = newClient();
      say(sql, undefined, sql.startsWith('XA') ? 3 : 2);
      assert.deepEqual([...client.pins], [pin], sql);
    }
    const { client, say } = newClient();
    say('INSERT INTO t VALUES (1)', { isStateChanged: true });
    assert.deepEqual([...client.pins], ['change']);
  });
});
