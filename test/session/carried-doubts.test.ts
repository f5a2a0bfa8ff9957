/** What the answers do not tell is asked for. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { valueAsSql } from '#internal/session/carried.js';
import { askVariables, Tracked, valuesOf, type ToldChange } from '#internal/session/index.js';
import { freshDatabase } from '#support/servers/index.js';
import { eachServer } from '../support/servers/shared.js';
import { Direct, Rotation } from './support/rotation.js';

const CHANGE: ToldChange = {
  schema: 'app',
  variables: { sql_mode: 'ANSI', time_zone: 'SYSTEM' },
  isStateChanged: true,
  transactionState: undefined,
  transactionText: '',
};

const TABLES = [
  'CREATE TABLE t (a INT PRIMARY KEY, b INT)',
  'INSERT INTO t VALUES (1, 0), (2, 0), (3, 0), (4, 0)',
  "CREATE PROCEDURE sets() BEGIN SET time_zone = '+02:00'; SET sql_mode = 'ANSI'; END",
  "CREATE PROCEDURE begins() BEGIN START TRANSACTION; SIGNAL SQLSTATE '45000'; END",
];

eachServer('every variable that is tracked', (kind, getServer) => {
  it('can be given the value that it has, is told when it is set, and answered in the same form', async () => {
    await using database = await freshDatabase(await getServer());
    await using direct = await Direct.open(await getServer(), database.name);
    const { rows } = (await direct.query(askVariables(kind)))[0]!;
    const tracked = new Tracked(kind, rows);
    await direct.query(tracked.setUp);
    for (const [name, value] of valuesOf(rows)) {
      if (!tracked.names.has(name)) continue;
      const [result] = await direct.query(`SET ${name} = ${valueAsSql(name, value)}`);
      assert.equal(result?.error, undefined, `${name}: ${result?.error?.message}`);
      assert.equal(result?.ok?.change?.variables[name], value, name);
    }
    const answered = tracked.values((await direct.query(tracked.ask))[0]!.rows);
    for (const [name, value] of valuesOf(rows))
      if (tracked.names.has(name)) assert.equal(answered.get(name), value, name);
  });
});

eachServer('what is in doubt', (kind, getServer) => {
  it('a client that replaces the trackers is told by its own, and seen through all the same', async () => {
    await using database = await freshDatabase(await getServer());
    await using rotation = await Rotation.open(await getServer(), database.name);
    const { client } = rotation;
    assert.deepEqual(client.shows(CHANGE)?.variables, { time_zone: 'SYSTEM' });
    await rotation.query(
      "SET sql_mode = 'ANSI', session_track_system_variables = 'sql_mode', session_track_state_change = 1, session_track_schema = 0",
    );
    assert.deepEqual(client.shows(CHANGE), {
      ...CHANGE,
      schema: null,
      variables: { sql_mode: 'ANSI' },
      transactionText: undefined,
    });
    assert.equal(rotation.asked.at(-1), rotation.states.tracked.setUp);
    assert.equal(await rotation.release(), true);
    await rotation.query("SET session_track_schema = 1, time_zone = '+03:00'");
    assert.deepEqual(client.shows(CHANGE)?.variables, { sql_mode: 'ANSI' });
    assert.equal(client.shows(CHANGE)?.schema, 'app');
    await rotation.query('SET session_track_system_variables = 1 + nothing');
    assert.deepEqual(client.shows(CHANGE)?.variables, { sql_mode: 'ANSI' });
    await rotation.release();
    const [result] = await rotation.query('SELECT @@time_zone, "a" FROM (SELECT 7 AS a) AS x');
    assert.deepEqual(result?.rows, [['+03:00', '7']]);
  });

  it('a SET whose variable the server does not tell of is asked for', async () => {
    await using database = await freshDatabase(await getServer());
    await using rotation = await Rotation.open(await getServer(), database.name);
    await rotation.query("SET @@time_zone = '+01:00', @@sql_mode = 'ANSI'");
    assert.equal(await rotation.release(), true);
    const [result] = await rotation.query('SELECT @@time_zone, "a" FROM (SELECT 7 AS a) AS x');
    assert.deepEqual(result?.rows, [['+01:00', '7']]);
    const asked = rotation.asked.length;
    await rotation.query('SET @@SESSION.unique_checks = 0, foreign_key_checks = 0');
    assert.equal(await rotation.release(), true);
    assert.equal(rotation.asked.length, asked, 'of these it tells');
  });

  it('of routines that are trusted, what they set is asked for, and not believed', async () => {
    await using database = await freshDatabase(await getServer(), ...TABLES);
    await using rotation = await Rotation.open(await getServer(), database.name, 3, true);
    const [before] = await rotation.query('SELECT @@sql_mode');
    await rotation.release();
    await rotation.query('CALL sets()');
    assert.equal(await rotation.release(), true, 'it is not pinned');
    const [after] = await rotation.query('SELECT @@sql_mode, @@time_zone');
    // The server puts the sql_mode back when the routine ends, and says nothing.
    assert.deepEqual(after?.rows, [[before?.rows[0]?.[0], '+02:00']]);
  });

  it('a routine that fails may have begun a transaction', async () => {
    await using database = await freshDatabase(await getServer(), ...TABLES);
    await using rotation = await Rotation.open(await getServer(), database.name, 3, true);
    const [result] = await rotation.query('CALL begins()');
    assert.equal(result?.error?.errno, 1644);
    assert.equal(await rotation.release(), false, 'it is in a transaction');
    assert.equal(rotation.client.inTransaction, true);
    await rotation.query('ROLLBACK');
    assert.equal(await rotation.release(), true);
  });

  it('a deadlock has ended the transaction', async () => {
    const server = await getServer();
    await using database = await freshDatabase(server, ...TABLES);
    await using rotation = await Rotation.open(server, database.name);
    await using other = await Direct.open(server, database.name);
    await other.query('BEGIN');
    // The one that has changed less is the one to give way.
    await other.query('UPDATE t SET b = 1 WHERE a > 1');
    await rotation.query('BEGIN');
    await rotation.query('UPDATE t SET b = 2 WHERE a = 1');
    const waiting = other.query('UPDATE t SET b = 1 WHERE a = 1');
    const [result] = await rotation.query('UPDATE t SET b = 2 WHERE a = 2');
    await waiting;
    await other.query('ROLLBACK');
    if (result?.error?.errno === 1213) assert.equal(rotation.client.inTransaction, false, kind);
    else assert.equal(rotation.client.inTransaction, true, 'the other one gave way');
  });
});
