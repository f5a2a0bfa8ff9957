/**
 * The events that may change a session, one by one: a gateway in rotation answers as the server does, and the client
 * keeps its backend exactly as long as the session has state that no other backend can be given.
 */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { freshDatabase, type ServerKind } from '../support/servers/index.js';
import { eachServer } from '../support/servers/shared.js';
import type { WireClient } from '../support/wire-client.js';
import { clientOf, gatewayFor, rowsOf } from './support.js';

/** A statement, and the reasons for which the client is pinned after it, if it is. */
type Step = string | readonly [text: string, ...pins: readonly string[]];

interface Event {
  readonly name: string;
  readonly only?: ServerKind;
  readonly steps: readonly Step[];
}

const TABLES = [
  'CREATE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY, v VARCHAR(20))',
  "INSERT INTO t (v) VALUES ('one'), ('two'), ('three')",
  'CREATE TABLE u (id INT PRIMARY KEY, v VARCHAR(20))',
  'CREATE PROCEDURE quiet() SELECT 1 AS one',
  "CREATE PROCEDURE sets() SET @routine = 5, time_zone = '+02:00'",
  'CREATE PROCEDURE tables() CREATE TEMPORARY TABLE made (a INT)',
  'CREATE PROCEDURE two() BEGIN SELECT 1; SELECT 2; END',
  'CREATE FUNCTION plain() RETURNS INT DETERMINISTIC NO SQL RETURN 7',
];

const EVENTS: readonly Event[] = [
  {
    name: 'a variable that is tracked',
    steps: ["SET time_zone = '+01:00'", 'SELECT @@time_zone', "SET time_zone = 'SYSTEM'", 'SELECT @@time_zone'],
  },
  {
    name: 'several variables at once',
    steps: [
      "SET sql_mode = 'ANSI_QUOTES', lock_wait_timeout = 77, SESSION foreign_key_checks = 0",
      'SELECT @@sql_mode, @@lock_wait_timeout, @@foreign_key_checks',
    ],
  },
  {
    name: 'a SET that fails as a whole',
    steps: ["SET time_zone = '+01:00', no_such_variable = 1", 'SELECT @@time_zone', 'SET sql_mode = 7777777777777'],
  },
  {
    name: 'SET NAMES with its default collation',
    steps: ['SET NAMES latin1', 'SELECT @@character_set_client, @@character_set_results, @@collation_connection'],
  },
  {
    name: 'SET NAMES with a collation, which no tracker tells',
    steps: ['SET NAMES utf8mb4 COLLATE utf8mb4_bin', 'SELECT @@collation_connection', "SELECT 'a' = 'A'"],
  },
  {
    name: 'SET CHARACTER SET',
    steps: ['SET CHARACTER SET latin1', 'SELECT @@character_set_client, @@character_set_connection'],
  },
  {
    name: 'the collation of the connection alone',
    steps: ["SET collation_connection = 'latin1_german2_ci'", "SELECT @@character_set_connection, 'ae' = 'ä'"],
  },
  {
    name: 'no conversion of results',
    steps: ['SET character_set_results = NULL', 'SELECT @@character_set_results', "SELECT 'ä'"],
  },
  {
    name: 'a user variable set to literals',
    steps: ["SET @a = 1, @b = 'x', @c = -2.5, @d = NULL", 'SELECT @a, @b, @c, @d', "SET @a = 'other'", 'SELECT @a'],
  },
  {
    name: 'user variables whose names differ in case',
    steps: ['SET @Name = 3', 'SELECT @nAME, @`name`'],
  },
  {
    name: 'a transaction',
    steps: [
      'BEGIN',
      "INSERT INTO t (v) VALUES ('four')",
      'SELECT COUNT(*) FROM t',
      'ROLLBACK',
      'SELECT COUNT(*) FROM t',
      'START TRANSACTION READ ONLY',
      "INSERT INTO t (v) VALUES ('no')",
      'COMMIT',
    ],
  },
  {
    name: 'a transaction that goes on',
    steps: ['BEGIN', 'SELECT COUNT(*) FROM t', 'COMMIT AND CHAIN', 'SELECT COUNT(*) FROM t', 'ROLLBACK AND NO CHAIN'],
  },
  {
    name: 'savepoints',
    steps: [
      'BEGIN',
      'SAVEPOINT a',
      "UPDATE t SET v = 'changed' WHERE id = 1",
      'ROLLBACK TO a',
      'SELECT v FROM t WHERE id = 1',
      'RELEASE SAVEPOINT a',
      'COMMIT',
    ],
  },
  {
    name: 'an implicit commit',
    steps: ['BEGIN', 'DELETE FROM u', 'CREATE TABLE w (a INT)', 'ROLLBACK', 'SELECT COUNT(*) FROM w', 'DROP TABLE w'],
  },
  {
    name: 'DDL that fails after its implicit commit',
    steps: ['BEGIN', 'DELETE FROM u', 'CREATE TABLE nowhere.w (a INT)', 'SELECT COUNT(*) FROM u'],
  },
  {
    name: 'no autocommit, which is a variable',
    steps: [
      'SET autocommit = 0',
      'SELECT 1',
      'SELECT COUNT(*) FROM t',
      'COMMIT',
      'SELECT @@autocommit',
      'SET autocommit = 1',
      'SELECT @@autocommit',
    ],
  },
  {
    name: 'a variable that sets another one in silence',
    steps: [
      'SET max_join_size = 1000',
      'SELECT @@max_join_size, @@sql_big_selects',
      'SET sql_big_selects = 1',
      'SELECT @@max_join_size, @@sql_big_selects',
      'SET max_join_size = DEFAULT',
      'SELECT @@max_join_size, @@sql_big_selects',
    ],
  },
  {
    name: 'the isolation of the session',
    steps: ['SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE', 'BEGIN', 'SELECT COUNT(*) FROM t', 'COMMIT'],
  },
  {
    name: 'the isolation of the next transaction only',
    steps: [
      ['SET TRANSACTION ISOLATION LEVEL READ COMMITTED', 'next transaction'],
      ['SET @between = 1', 'next transaction'],
      'BEGIN',
      'SELECT COUNT(*) FROM t',
      'COMMIT',
    ],
  },
  {
    name: 'a temporary table, until it is dropped',
    steps: [
      ['CREATE TEMPORARY TABLE tmp (a INT)', 'temporary table'],
      ['INSERT INTO tmp VALUES (1), (2)', 'temporary table'],
      ['SELECT COUNT(*) FROM tmp', 'temporary table'],
      'DROP TEMPORARY TABLE tmp',
      'SELECT COUNT(*) FROM tmp',
    ],
  },
  {
    name: 'a temporary table that no server tells of',
    steps: [
      ['CREATE TEMPORARY TABLE tmp AS SELECT * FROM t', 'temporary table'],
      ['SELECT COUNT(*) FROM tmp', 'temporary table'],
      'DROP TABLE tmp',
    ],
  },
  {
    name: 'two temporary tables, of which one is dropped',
    steps: [
      ['CREATE TEMPORARY TABLE one (a INT)', 'temporary table'],
      ['CREATE TEMPORARY TABLE two LIKE t', 'temporary table'],
      ['DROP TEMPORARY TABLE one', 'temporary table'],
      'DROP TEMPORARY TABLE two',
    ],
  },
  {
    name: 'a temporary table that could not be made',
    steps: ['CREATE TEMPORARY TABLE tmp (a NO_TYPE)', 'SELECT 1'],
  },
  {
    name: 'a text that is prepared, until it is not',
    steps: [["PREPARE p FROM 'SELECT 5'", 'prepared text'], ['SELECT 1', 'prepared text'], 'DEALLOCATE PREPARE p'],
  },
  {
    name: 'table locks',
    steps: [
      ['LOCK TABLES t READ', 'table lock'],
      ['SELECT COUNT(*) FROM t', 'table lock'],
      'UNLOCK TABLES',
      'SELECT COUNT(*) FROM u',
    ],
  },
  {
    name: 'a table that is kept open',
    steps: [['HANDLER t OPEN', 'handler'], ['HANDLER t READ FIRST', 'handler'], 'HANDLER t CLOSE'],
  },
  {
    name: 'insert ids',
    steps: [
      "INSERT INTO t (v) VALUES ('a')",
      'SELECT LAST_INSERT_ID() > 0',
      "INSERT INTO t (v) VALUES ('b'), ('c')",
      'SELECT (SELECT MAX(id) FROM t) - LAST_INSERT_ID()',
      "INSERT INTO t (id, v) VALUES (1000, 'explicit')",
      'SELECT LAST_INSERT_ID() < 1000',
      'SELECT LAST_INSERT_ID(42)',
      'SELECT LAST_INSERT_ID(), @@last_insert_id, @@identity',
      'UPDATE t SET id = LAST_INSERT_ID(id + 1) WHERE id = 1000',
      'SELECT LAST_INSERT_ID()',
    ],
  },
  {
    name: 'warnings and errors of the last statement',
    steps: [
      "SELECT CAST('x' AS SIGNED)",
      'SHOW WARNINGS',
      'SHOW WARNINGS',
      'SELECT no_such_column FROM t',
      'SHOW ERRORS',
      'SELECT @@warning_count, @@error_count',
      'SELECT 1',
      'SHOW WARNINGS',
    ],
  },
  {
    name: 'how many rows there would have been',
    steps: ['SELECT SQL_CALC_FOUND_ROWS id FROM t LIMIT 1', 'SELECT FOUND_ROWS()'],
  },
  {
    name: 'how many rows were changed',
    steps: ["UPDATE t SET v = 'x' WHERE id < 3", 'SELECT ROW_COUNT()'],
  },
  {
    name: 'errors that leave all as it was',
    steps: [
      'INSERT INTO u VALUES (1, NULL)',
      'INSERT INTO u VALUES (1, NULL)',
      'SELEC 1',
      'SELECT * FROM no_such_table',
      'SELECT COUNT(*) FROM u',
    ],
  },
  {
    name: 'an error in a transaction, which goes on',
    steps: [
      'BEGIN',
      "INSERT INTO u VALUES (2, 'a')",
      "INSERT INTO u VALUES (2, 'b')",
      'SELECT COUNT(*) FROM u WHERE id = 2',
      'ROLLBACK',
      'SELECT COUNT(*) FROM u WHERE id = 2',
    ],
  },
  {
    name: 'a default database that is entered by a text',
    steps: ['USE information_schema', 'SELECT DATABASE()', 'USE no_such_database', 'SELECT DATABASE()'],
  },
  {
    name: 'a procedure, which may do anything',
    steps: [
      ['CALL quiet()', 'routine'],
      ['SELECT 1', 'routine'],
    ],
  },
  {
    name: 'a procedure that sets variables',
    steps: [
      ['CALL sets()', 'routine'],
      ['SELECT @routine, @@time_zone', 'routine'],
    ],
  },
  {
    name: 'a procedure with several results',
    steps: [['CALL two()', 'routine']],
  },
  {
    name: 'a stored function',
    steps: [['SELECT plain()', 'routine']],
  },
  {
    name: 'comments and literals that look like something',
    steps: [
      "SELECT 'CREATE TEMPORARY TABLE x (a INT)', \"GET_LOCK('a', 1)\"",
      '/* LOCK TABLES t WRITE */ SELECT 1',
      'SELECT 1 -- SET @x := 1',
      'SELECT 1 # HANDLER t OPEN',
    ],
  },
  {
    name: 'executable comments, which are code; what is made in them is not known by name',
    steps: [
      ['/*!50000 CREATE TEMPORARY TABLE hidden (a INT) */', 'temporary table'],
      ['DROP TABLE hidden', 'temporary table'],
    ],
  },
  {
    name: 'a statement with a limit of its own',
    only: 'mariadb',
    steps: ['SET STATEMENT max_statement_time = 5 FOR SELECT @@max_statement_time', 'SELECT @@max_statement_time'],
  },
  {
    name: 'a SET with values of its own for other variables',
    only: 'mariadb',
    steps: [
      ["SET STATEMENT time_zone = '+09:00' FOR SET sql_select_limit = 1", 'variable'],
      ['SELECT id FROM t', 'variable'],
    ],
  },
  {
    name: 'an insert that returns rows',
    only: 'mariadb',
    steps: ["INSERT INTO t (v) VALUES ('r') RETURNING v", 'SELECT LAST_INSERT_ID() > 0'],
  },
  {
    name: 'a sequence, whose last value only its session knows',
    only: 'mariadb',
    steps: ['CREATE SEQUENCE s', ['SELECT NEXTVAL(s)', 'sequence'], ['SELECT LASTVAL(s)', 'sequence']],
  },
  {
    name: 'a limit for SELECTs',
    only: 'mysql',
    steps: ['SET SESSION MAX_EXECUTION_TIME = 5000', 'SELECT @@max_execution_time'],
  },
  {
    name: 'a limit in a hint, for one statement',
    only: 'mysql',
    steps: ['SELECT /*+ MAX_EXECUTION_TIME(1000) */ COUNT(*) FROM t', 'SELECT @@max_execution_time'],
  },
  {
    name: 'a hint that sets a variable for one statement, which the server tells of as some change',
    only: 'mysql',
    steps: [
      ['SELECT /*+ SET_VAR(sort_buffer_size = 300000) */ COUNT(*) FROM t', 'change'],
      ['SELECT @@sort_buffer_size > 0', 'change'],
    ],
  },
];

const textOf = (step: Step): string => (typeof step === 'string' ? step : step[0]);
const pinsOf = (step: Step): readonly string[] => (typeof step === 'string' ? [] : step.slice(1));

/** The rows of the answer's last result, or the number of the error. */
async function answerOf(client: WireClient, text: string): Promise<unknown> {
  try {
    return await rowsOf(client, text);
  } catch (error) {
    return (error as { readonly errno?: number }).errno ?? (error as Error).message;
  }
}

eachServer('through a gateway in rotation', (kind, getServer) => {
  const events = EVENTS.filter(({ only = kind }) => only === kind);
  for (const { name, steps } of events) {
    it(name, async (t) => {
      const server = await getServer();
      await using here = await freshDatabase(server, ...TABLES);
      await using there = await freshDatabase(server, ...TABLES);
      const { gateway, ...at } = await gatewayFor(t, server, { mode: 'rotate' });
      const direct = await clientOf(t, server, server, { database: here.name });
      const through = await clientOf(t, at, server, { database: there.name });
      const [client] = gateway.clients.values();
      for (const step of steps) {
        const text = textOf(step);
        assert.deepEqual(await answerOf(through, text), await answerOf(direct, text), text);
        assert.deepEqual([...client!.pins].toSorted(), [...pinsOf(step)].toSorted(), `pins after: ${text}`);
      }
    });
  }
});
