/** Commands that produce every form of answer, with their setup. */
import { Command } from '#internal/wire/index.js';
import type { ServerKind } from '#support/servers/index.js';

/** One command: a statement, or bytes, which may depend on the id of the last prepared statement. */
export type Step = string | Buffer | ((id: number) => Buffer);

/**
 * Known cases in which a server's answer without DEPRECATE_EOF differs from the one that is translated from an answer
 * with it, because that one lacks the information.
 */
export type Known =
  /** MySQL's EOF after the column definitions counts the warnings before the first row; ours always says 0. */
  | 'warnings before rows'
  /** For EXPLAIN, MariaDB reports only after the rows that no index was used. */
  | 'index told late'
  /** An ERR has no status flags, so that the index flags for the EOF before it are not known. */
  | 'errors without status'
  /** Without DEPRECATE_EOF, the session trackers report with a later OK. */
  | 'told late';

export interface Case {
  readonly what: string;
  readonly steps: readonly Step[];
  readonly only?: ServerKind;
  readonly known?: Known;
}

export const SET_UP: readonly string[] = [
  'DROP TABLE IF EXISTS t, u, nullable',
  'CREATE TABLE t (a INT, b VARCHAR(10))',
  "INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, NULL)",
  'CREATE TABLE u (id INT AUTO_INCREMENT PRIMARY KEY, a INT NOT NULL UNIQUE)',
  'DROP PROCEDURE IF EXISTS results',
  'CREATE PROCEDURE results() BEGIN SELECT a FROM t; SELECT 1 / 0; INSERT INTO u (a) VALUES (100); DELETE FROM u; END',
  'DROP PROCEDURE IF EXISTS out_parameters',
  'CREATE PROCEDURE out_parameters(OUT x INT, INOUT y INT) BEGIN SELECT 5; SET x = 7; SET y = y + 1; END',
  'DROP PROCEDURE IF EXISTS failing',
  "CREATE PROCEDURE failing() BEGIN SELECT a FROM t; SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no more'; END",
  'DROP FUNCTION IF EXISTS setting',
  "CREATE FUNCTION setting() RETURNS INT DETERMINISTIC BEGIN SET time_zone = '+01:00'; RETURN 1; END",
];

const prepare = (sql: string): Buffer => Buffer.concat([Buffer.of(Command.STMT_PREPARE), Buffer.from(sql)]);
const aboutStatement =
  (command: number, rest: string) =>
  (id: number): Buffer => {
    const head = Buffer.alloc(5);
    head[0] = command;
    head.writeUInt32LE(id, 1);
    return Buffer.concat([head, Buffer.from(rest, 'hex')]);
  };
const execute = (flags: number, parameters = ''): Step =>
  aboutStatement(Command.STMT_EXECUTE, `0${flags}01000000${parameters}`);
const fetch = (count: number): Step => aboutStatement(Command.STMT_FETCH, `0${count}000000`);

/** Two BIGINT parameters: 1 and 2. */
const ONE_TWO = '0001' + '0800' + '0800' + '0100000000000000' + '0200000000000000';

export const CASES: readonly Case[] = [
  { what: 'one row', steps: ['SELECT 1'] },
  { what: 'rows and NULL', steps: ['SELECT a, b FROM t ORDER BY a'] },
  { what: 'no rows', steps: ['SELECT a FROM t WHERE 0'] },
  { what: 'many columns', steps: [`SELECT ${Array.from({ length: 300 }, (_, index) => index).join(', ')}`] },
  {
    what: 'an empty string and long values',
    steps: ["SELECT '', REPEAT('x', 250), REPEAT('y', 251), REPEAT('z', 6000)"],
  },
  { what: 'warnings behind rows', steps: ["SELECT 1 / 0, CAST('x' AS SIGNED)", 'SHOW WARNINGS'] },
  { what: 'warnings before rows', steps: ["SELECT BINARY 'x', 1 && 1"], known: 'warnings before rows' },
  { what: 'EXPLAIN', steps: ['EXPLAIN SELECT a FROM t'], known: 'index told late' },
  { what: 'OKs with texts', steps: ['UPDATE t SET a = a', 'INSERT INTO u (a) VALUES (1), (2), (3)', 'DELETE FROM u'] },
  { what: 'an insert id', steps: ['INSERT INTO u (a) VALUES (9)', 'SELECT LAST_INSERT_ID() > 0', 'DELETE FROM u'] },
  { what: 'an error', steps: ['SELECT nothing', 'SELEC', 'SELECT * FROM nowhere.nothing'] },
  { what: 'an error before the first row', steps: ['SELECT (SELECT a FROM t)'], known: 'errors without status' },
  {
    what: 'an error in the middle of rows',
    steps: ['SELECT a, (SELECT b FROM t x WHERE x.a <= t.a) FROM t'],
    known: 'errors without status',
  },
  { what: 'several results', steps: ['SELECT 1; SELECT 2; DO 1; SELECT 3 / 0; UPDATE t SET a = a'] },
  { what: 'several results and an error', steps: ['SELECT 1; SELECT nothing; SELECT 2'] },
  { what: 'a procedure', steps: ['CALL results()', 'SELECT 1; CALL results(); SELECT 2'] },
  { what: 'a procedure that fails', steps: ['CALL failing()'] },
  {
    what: 'a transaction',
    steps: ['BEGIN', 'SELECT a FROM t', 'COMMIT', 'START TRANSACTION READ ONLY', 'SELECT 1', 'ROLLBACK'],
  },
  {
    what: 'no autocommit',
    steps: ['SET autocommit = 0', 'SELECT a FROM t', 'SELECT a FROM t', 'COMMIT', 'SET autocommit = 1'],
    known: 'told late',
  },
  { what: 'SET that is told', steps: ["SET time_zone = '+02:00'", 'SET NAMES utf8mb4', "SET time_zone = 'SYSTEM'"] },
  { what: 'USE', steps: [Buffer.from('\u0002mysql'), 'SELECT 1', 'USE information_schema', 'SELECT 1'] },
  { what: 'a change in a SELECT', steps: ['SELECT setting()', 'DO 1', "SET time_zone = 'SYSTEM'"], known: 'told late' },
  {
    what: 'quotes',
    steps: [
      "SET sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES'",
      'SELECT a FROM t',
      prepare('SELECT 1'),
      'SET sql_mode = DEFAULT',
    ],
  },
  { what: 'ANALYZE', steps: ['ANALYZE TABLE t', 'CHECK TABLE t, nowhere'] },
  { what: 'HANDLER', steps: ['HANDLER t OPEN', 'HANDLER t READ FIRST', 'HANDLER t CLOSE'] },
  { what: 'fields', steps: [Buffer.from('\u0004t\0'), Buffer.from('\u0004nothing\0')] },
  { what: 'a ping', steps: [Buffer.of(Command.PING)] },
  {
    what: 'an option',
    steps: [Buffer.of(Command.SET_OPTION, 1, 0), 'SELECT 1; SELECT 2', Buffer.of(Command.SET_OPTION, 0, 0)],
  },
  { what: 'an unknown command', steps: [Buffer.of(0x55)] },
  { what: 'a refused command', steps: [Buffer.of(Command.DEBUG)] },
  { what: 'a prepared statement', steps: [prepare('SELECT a, b FROM t'), execute(0), execute(0)] },
  {
    what: 'a prepared statement with parameters',
    steps: [prepare('SELECT ?, ? FROM t'), execute(0, ONE_TWO), execute(0)],
  },
  { what: 'a prepared statement without rows', steps: [prepare('UPDATE t SET a = a WHERE 0'), execute(0)] },
  { what: 'a prepared statement with an empty set', steps: [prepare('SELECT a FROM t WHERE 0'), execute(0)] },
  { what: 'a prepared statement that warns', steps: [prepare('SELECT 1 && ?, 1 / 0')], known: 'warnings before rows' },
  { what: 'a statement that cannot be prepared', steps: [prepare('SELEC'), prepare('SELECT ? FROM nowhere.nothing')] },
  { what: 'a statement that is not prepared', steps: [() => (execute(0) as (id: number) => Buffer)(9999)] },
  { what: 'PREPARE in a transaction', steps: ['BEGIN', prepare('SELECT a FROM t WHERE a = ?'), 'ROLLBACK'] },
  {
    what: 'a prepared statement that fails',
    steps: [prepare('SELECT (SELECT a FROM t)'), execute(0), execute(1), fetch(1)],
    known: 'errors without status',
  },
  {
    what: 'a prepared statement that fails in the middle',
    steps: [prepare('SELECT a, (SELECT b FROM t x WHERE x.a <= t.a) FROM t'), execute(0), execute(1), fetch(1)],
    known: 'errors without status',
  },
  {
    what: 'a cursor',
    steps: [prepare('SELECT a, b FROM t'), execute(1), fetch(2), fetch(2), fetch(2), execute(1), fetch(1), execute(1)],
  },
  { what: 'a cursor with an empty set', steps: [prepare('SELECT a FROM t WHERE 0'), execute(1), fetch(1)] },
  { what: 'a cursor that warns', steps: [prepare('SELECT a, 1 / 0 FROM t'), execute(1), fetch(2), fetch(5)] },
  { what: 'a cursor where there are no rows', steps: [prepare('UPDATE t SET a = a'), execute(1)] },
  {
    what: 'a cursor that is reset',
    steps: [prepare('SELECT a FROM t'), execute(1), aboutStatement(Command.STMT_RESET, '')],
  },
  { what: 'a prepared procedure', steps: [prepare('CALL results()'), execute(0), execute(1)] },
  { what: 'out parameters', steps: [prepare('CALL out_parameters(?, ?)'), execute(0, ONE_TWO), execute(0, ONE_TWO)] },
  { what: 'a reset', steps: ["SET time_zone = '+03:00'", Buffer.of(Command.RESET_CONNECTION), 'SELECT 1'] },
  { what: 'a text that is no packet', steps: [Buffer.of(Command.STATISTICS)] },
];
