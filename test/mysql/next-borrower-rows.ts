import type { MysqlLease } from 'node-mysqlpool';
import { byHand, writes } from './next-borrower-by-hand.js';
import type { ServerKind } from '../support/servers/index.js';

/** The names of the databases and of the role on the server. */
export interface Where {
  readonly database: string;
  readonly other: string;
  readonly role: string;
}

/** What one borrower does, of which the next borrower must see nothing. */
export interface Row {
  readonly name: string;
  readonly leaves: readonly string[] | ((lease: MysqlLease) => Promise<void>);
  /** Additional checks of the next borrower. */
  readonly sees?: (lease: MysqlLease) => Promise<void>;
  /** No reset clears this state, so that the connection is replaced. */
  readonly replaces?: boolean;
  /** One of the statements fails as expected. */
  readonly fails?: boolean;
  /** The statements leave no visible state here, although statements of this kind may. */
  readonly leavesNothing?: boolean;
  readonly isTransaction?: boolean;
  /** How many rows are in `t` if the transaction is committed. */
  readonly commits?: number;
}

type Extra = Omit<Row, 'name' | 'leaves'>;

const row = (extra: Extra, ...leaves: string[]): Row => ({ name: leaves.join('; '), leaves, ...extra });
const rows = (extra: Extra, ...each: string[]): Row[] => each.map((sql) => row(extra, sql));

const INSERT = "INSERT INTO t VALUES (1, 'left')";

/** Checks that the server's profile or trace has no statements of another borrower. */
const keepsNothing =
  (kind: ServerKind) =>
  async (lease: MysqlLease): Promise<void> => {
    const ask = kind === 'mysql' ? 'SELECT QUERY FROM information_schema.OPTIMIZER_TRACE' : 'SHOW PROFILES';
    const [kept] = await lease.query(ask);
    if (JSON.stringify(kept).includes('secret')) throw new Error('texts of another borrower');
  };

function transactions(): Row[] {
  const open: Extra = { isTransaction: true };
  const one: Extra = { isTransaction: true, commits: 1 };
  return [
    row(one, 'BEGIN', INSERT),
    row(one, 'START TRANSACTION', INSERT),
    row(one, 'BEGIN', INSERT, 'SAVEPOINT a'),
    row({ ...one, fails: true }, 'BEGIN', INSERT, INSERT),
    row({ ...one, fails: true }, 'BEGIN', INSERT, 'SELECT * FROM nothing'),
    row({}, 'BEGIN', INSERT, 'COMMIT AND CHAIN'),
    row(open, 'BEGIN', INSERT, 'ROLLBACK AND CHAIN'),
    row(open, 'START TRANSACTION WITH CONSISTENT SNAPSHOT'),
    row({ isTransaction: true, fails: true }, 'START TRANSACTION READ ONLY', INSERT),
    row(open, 'BEGIN', 'SELECT * FROM t FOR UPDATE'),
    row({ ...one, fails: true }, 'CALL p_fails()'),
    row(one, 'CALL p_begin()'),
    row({ commits: 1 }, 'SET autocommit = 0', INSERT),
    row({}, 'SET autocommit = 0', 'SELECT * FROM t'),
    row({}, 'SET autocommit = 0'),
    row({ replaces: true, fails: true }, "XA START 'x'", INSERT),
    row({ replaces: true, fails: true }, "XA START 'x'", INSERT, "XA END 'x'"),
  ];
}

function variables(kind: ServerKind): Row[] {
  const time = kind === 'mysql' ? 'max_execution_time' : 'max_statement_time';
  return [
    ...rows(
      {},
      "SET time_zone = '+09:00'",
      "SET SESSION sql_mode = 'ANSI_QUOTES'",
      "SET @@session.sql_mode = 'NO_BACKSLASH_ESCAPES'",
      "SET sql_mode = CONCAT(@@sql_mode, ',ANSI_QUOTES')",
      "SET sql_mode = (SELECT 'ANSI_QUOTES')",
      "SET @@sql_mode = ''",
      "SET LOCAL time_zone = '+09:00'",
      "SET time_zone := '+09:00'",
      "/* so */ SET time_zone = '+09:00'",
      "/*!40101 SET time_zone = '+09:00' */",
      "SET /*!40101 time_zone = '+09:00' */",
      'SET foreign_key_checks = 0',
      'SET unique_checks = 0, foreign_key_checks = OFF',
      'SET sql_safe_updates = 1',
      'SET lock_wait_timeout = 7',
      'SET innodb_lock_wait_timeout = 7, lock_wait_timeout = 8',
      'SET group_concat_max_len = 5000',
      "SET lc_time_names = 'de_DE'",
      'SET wait_timeout = 77',
      `SET ${time} = 777`,
      'SET NAMES latin1',
      'SET NAMES utf8mb4 COLLATE utf8mb4_bin',
      'SET CHARACTER SET latin1',
      'SET collation_connection = utf8mb4_bin',
      'SET character_set_results = NULL',
      "SET character_set_client = 'latin1'",
      'SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE',
      'SET SESSION TRANSACTION READ ONLY',
      'SET SESSION TRANSACTION READ ONLY, ISOLATION LEVEL READ COMMITTED',
      'SET max_sort_length = 1030',
      'SET sort_buffer_size = 1048576',
      'SET div_precision_increment = 9',
      'SET sql_select_limit = 1',
      'SET max_error_count = 5, max_sort_length = 1030',
      'SET timestamp = 1',
      'SET insert_id = 5',
      "SET time_zone = '+09:00', @secret = 'A'",
      "SET @@session.time_zone = '+09:00', SESSION max_sort_length = 1030",
      "SET time_zone = '+09:00' -- , foreign_key_checks = 0",
      "SELECT 1; SET time_zone = '+09:00'",
      "SELECT ';'; SET foreign_key_checks = 0; SET unique_checks = 0",
    ),
    row({}, "SET time_zone = '+09:00'", 'BEGIN', INSERT, 'SET foreign_key_checks = 0'),
    ...rows(
      { leavesNothing: true, sees: writes },
      'SET TRANSACTION READ ONLY',
      'SET /* so */ TRANSACTION READ ONLY',
      'SET TRANSACTION READ ONLY, ISOLATION LEVEL SERIALIZABLE',
    ),
    ...rows(
      { leavesNothing: true },
      'SET session_track_state_change = 0',
      'SET session_track_schema = 0',
      "SET session_track_system_variables = ''",
    ),
    row(
      { replaces: true, leavesNothing: true, sees: keepsNothing(kind) },
      kind === 'mysql' ? "SET optimizer_trace = 'enabled=on'" : 'SET profiling = 1',
      "SELECT 'secret' FROM which",
    ),
    row(
      { replaces: true, leavesNothing: true, sees: keepsNothing(kind) },
      `PREPARE q FROM ${kind === 'mysql' ? '"SET optimizer_trace = \'enabled=on\'"' : "'SET profiling = 1'"}`,
      'EXECUTE q',
      "SELECT 'secret' FROM which",
    ),
    ...(kind === 'mariadb'
      ? ["EXECUTE IMMEDIATE 'SET profiling = 1'", 'BEGIN NOT ATOMIC SET profiling = 1; END']
      : []
    ).map((sql) =>
      row({ replaces: true, leavesNothing: true, sees: keepsNothing(kind) }, sql, "SELECT 'secret' FROM which"),
    ),
    row({}, 'SET session_track_system_variables = "time_zone"', "SET sql_mode = ''"),
    row({}, 'SET session_track_state_change = 0', "SET @secret = 'A'"),
    row({}, 'PREPARE q FROM \'SET time_zone = "+09:00"\'', 'EXECUTE q', 'DEALLOCATE PREPARE q'),
  ];
}

function userVariables(kind: ServerKind): Row[] {
  return [
    ...rows(
      {},
      "SET @secret = 'A'",
      "SET @'secret' = 'A'",
      "SET @secret := 'A'",
      "SELECT @secret := 'A'",
      "SELECT @secret:='A', 'text'",
      "SELECT 'A' INTO @secret",
      "SELECT 'A' INTO/**/@secret",
      "SELECT 'A' INTO -- so\n @secret",
      "SELECT 'A' INTO # ; \n @secret",
      "SELECT 'A' /*!50000 INTO*/ @secret",
      "SELECT 'A' /*!INTO*/@secret",
      "SELECT 'it''s', 'A' INTO @other, @secret",
      "SELECT 'it\\'s', 'A' INTO @other, @secret",
      "DO @secret := 'A'",
      "UPDATE which SET v = v, id = id + 0 * LENGTH(@secret := 'A')",
      "SELECT 1; SET @secret = 'A'",
      "SELECT ';'; SELECT 'A' INTO @secret",
      'GET DIAGNOSTICS @secret = NUMBER',
      "WITH x AS (SELECT 'A' AS a) SELECT a FROM x INTO @secret",
    ),
    ...(kind === 'mariadb'
      ? rows(
          {},
          "SELECT 'A' /*M!100100 INTO */ @secret",
          "BEGIN NOT ATOMIC SET @secret = 'A'; END",
          "EXECUTE IMMEDIATE 'SET @secret = 1'",
          "SET STATEMENT max_statement_time = 5 FOR SELECT 'A' INTO @secret",
        )
      : rows({}, 'EXPLAIN FORMAT=JSON INTO @secret SELECT 1')),
  ];
}

function calls(kind: ServerKind, { database, role }: Where): Row[] {
  const functions = ['var', 'into', 'lock', 'sort', 'temp', 'mode'];
  return [
    ...functions.flatMap((name) => rows({}, `SELECT f_${name}()`, `CALL p_${name}()`)),
    ...rows(
      {},
      'SELECT f_into ()',
      'SELECT `f_into`()',
      'SELECT f_into/* so */()',
      `SELECT ${database}.f_lock()`,
      `SELECT ${database} . \`f_into\` ()`,
      'DO f_into()',
      'DO f_lock()',
      'SELECT 1 FROM which WHERE f_into() = 1',
      'SELECT * FROM which ORDER BY f_into()',
      'SELECT COUNT(*) FROM which HAVING f_into() = 1',
      'SELECT CONCAT(1, IF(1, f_into(), 2))',
      'SELECT 1 UNION SELECT f_into()',
      'SELECT * FROM (SELECT f_into()) x',
      'WITH x (a) AS (SELECT f_into()) SELECT a FROM x',
      'SELECT 1 FROM which WHERE (SELECT f_lock()) = 1',
      "INSERT INTO t VALUES (f_into(), 'x')",
      'INSERT INTO t (id) SELECT f_into() FROM which',
      'REPLACE INTO t (id) VALUES (f_into())',
      'INSERT INTO t (id) VALUES (1) ON DUPLICATE KEY UPDATE id = 1 + f_into()',
      'UPDATE which SET id = id WHERE f_into() = 2',
      'UPDATE which SET v = v, id = f_into()',
      'DELETE FROM which WHERE f_into() = 2',
      'SET @a = f_into()',
      "SET time_zone = (SELECT IF(f_into() = 1, '+09:00', '+08:00'))",
      'SHOW TABLES WHERE f_into()',
      "SELECT 'it\\'s', f_into()",
      "SELECT 'a''b', f_into(), 'c'",
      'SELECT /*!50000 f_into() */',
      'CREATE TEMPORARY TABLE mine SELECT f_into()',
    ).map((each) => (each.name.includes('ON DUPLICATE') ? { ...each, leavesNothing: true } : each)),
    ...(kind === 'mysql'
      ? rows({}, 'EXPLAIN ANALYZE SELECT f_into()', 'VALUES ROW(f_into())')
      : rows(
          {},
          'ANALYZE SELECT f_into()',
          'ANALYZE FORMAT=JSON SELECT f_into()',
          'VALUES (f_into())',
          'INSERT INTO t (id) VALUES (1) RETURNING f_into()',
          'SELECT NEXTVAL(s)',
          'SELECT NEXT VALUE FOR s',
          'DO SETVAL(s, 900), NEXTVAL(s)',
        )),
    row({}, "PREPARE q FROM 'SELECT f_into()'", 'EXECUTE q'),
    ...rows({}, 'INSERT INTO w_var VALUES (1)', `INSERT INTO ${database}.w_var (id) SELECT 1`),
    ...rows(
      {},
      'INSERT INTO w_into VALUES (1)',
      'INSERT INTO `w_lock` (id) VALUES (1)',
      'INSERT INTO vw_into (id) VALUES (1)',
      'SELECT * FROM v_var',
      'SELECT * FROM `v_into`',
      `SELECT * FROM ${database}.v_lock`,
      'SELECT COUNT(a) FROM vv_into',
      'INSERT INTO t (id) SELECT a FROM vv_lock',
      ...(kind === 'mariadb' ? ['INSERT INTO w_lock VALUES (1) RETURNING id'] : []),
    ),
    ...rows({ replaces: true }, 'SELECT * FROM v_role', 'SELECT a FROM vv_role'),
    row(
      {},
      "CREATE TRIGGER later BEFORE INSERT ON which FOR EACH ROW SELECT 'A' INTO @secret",
      "INSERT INTO which VALUES (5, 'x')",
      'DROP TRIGGER later',
      'DELETE FROM which WHERE id = 5',
    ),
    row({}, 'CREATE VIEW later AS SELECT f_into()', 'SELECT * FROM later', 'DROP VIEW later'),
    row({}, 'CREATE VIEW later AS SELECT f_into(); SELECT * FROM later; DROP VIEW later'),
    row({}, 'INSERT INTO w_told VALUES (1)'),
    ...rows({}, `SELECT ${kind === 'mysql' ? 'sha1' : 'uuid_v7'}()`),
    ...rows(
      {},
      `CREATE EVENT later ON SCHEDULE EVERY GET_LOCK('${database}', 1) DAY DISABLE DO SELECT 1`,
      `ALTER EVENT later ON SCHEDULE EVERY GET_LOCK('${database}', 1) DAY`,
      "ALTER EVENT later ON SCHEDULE AT (@secret := '2037-01-01 00:00:00')",
    ),
    ...[
      'INSERT INTO w_fails VALUES (1)',
      'INSERT INTO w_twice VALUES (1)',
      'REPLACE INTO vw_fails (id) VALUES (1)',
    ].flatMap((sql) => [row({ fails: true }, sql), row({ fails: true, isTransaction: true }, 'BEGIN', sql)]),
    ...(kind === 'mariadb' ? [row({}, 'CREATE TABLE made AS VALUES (f_into())', 'DROP TABLE made')] : []),
    ...rows(
      { replaces: true },
      `SET ROLE ${role}`,
      `SET /*!50000 ROLE*/ ${role}`,
      `set -- so\n role ${role}`,
      `SELECT 1; SET ROLE ${role}`,
      'CALL p_role()',
      'SELECT f_role()',
      ...(kind === 'mariadb' ? [`EXECUTE IMMEDIATE 'SET ROLE ${role}'`, `BEGIN NOT ATOMIC SET ROLE ${role}; END`] : []),
    ),
    row({ replaces: true }, `PREPARE q FROM 'SET ROLE ${role}'`, 'EXECUTE q'),
    ...(kind === 'mariadb' ? [row({ replaces: true, fails: true }, 'CALL p_xa()', INSERT)] : []),
  ];
}

function things({ database, other }: Where): Row[] {
  return [
    ...rows(
      {},
      `SELECT GET_LOCK('${database}', 1)`,
      `SELECT 1 WHERE get_lock /* so */ ('${database}', 1)`,
      `DO GET_LOCK('${database}', 1)`,
      `INSERT INTO t VALUES (GET_LOCK('${database}', 1), 'x')`,
      `SELECT 1; SELECT GET_LOCK('${database}', 1)`,
      'LOCK TABLES t READ, which WRITE',
      'FLUSH TABLES t WITH READ LOCK',
      'HANDLER t OPEN AS h',
      "PREPARE mine FROM 'SELECT 1'",
      'CREATE TEMPORARY TABLE mine (id INT)',
      'CREATE TEMPORARY TABLE mine SELECT 1 AS id',
      'CREATE TEMPORARY TABLE mine LIKE t',
      'CREATE /*!32302 TEMPORARY */ TABLE mine (id INT)',
      'CREATE TEMPORARY TABLE IF NOT EXISTS mine (id INT) ENGINE=InnoDB AS SELECT 1 AS id',
      `USE ${other}`,
      `use \`${other}\`;`,
      `SELECT 1; USE ${other}`,
    ),
    row({}, `USE ${other}`, "SET @secret = 'A'"),
    row({}, 'SET session_track_schema = 0', `USE ${other}`),
    row({}, `SET session_track_schema = 0; USE ${other}`),
    row({}, `USE ${other}`, "SET time_zone = '+09:00'"),
    row({ fails: true }, 'LOCK TABLES t WRITE', 'SELECT * FROM which'),
  ];
}

/** Temporary tables, which can be dropped by name, and cases in which this is difficult. */
function temporaryTables(kind: ServerKind, { database, other }: Where): Row[] {
  const make = 'CREATE TEMPORARY TABLE mine (id INT)';
  const fails = { fails: true };
  return [
    row({}, 'CREATE TEMPORARY TABLE `mine` (id INT)', 'INSERT INTO mine VALUES (1)'),
    row({}, "create temporary table if not exists mine (a ENUM('as', 'x') DEFAULT 'x', KEY k (a)) COMMENT = 'select'"),
    row({}, make, 'CREATE TEMPORARY TABLE IF NOT EXISTS mine (id INT)'),
    row({}, make, 'CREATE TEMPORARY TABLE second (id INT)'),
    row({}, 'DROP TEMPORARY TABLE IF EXISTS mine', make, 'DROP TEMPORARY TABLE mine', make),
    row({}, 'CREATE TEMPORARY TABLE first (id INT)', 'ALTER TABLE first RENAME TO mine'),
    row({}, 'CREATE TEMPORARY TABLE first (id INT)', 'ALTER TABLE first ADD COLUMN n INT, RENAME mine'),
    row({}, `CREATE TEMPORARY TABLE ${database}.mine (id INT)`),
    row({}, `USE ${other}`, `CREATE TEMPORARY TABLE ${database}.mine (id INT)`),
    row({}, `USE ${other}`, make),
    row({}, make, `USE ${other}`),
    row({}, make, `USE ${other}`, 'DROP TEMPORARY TABLE IF EXISTS mine'),
    row({}, make, `USE ${other}`, make, `USE ${database}`),
    row({}, make, "SET @secret = 'A'"),
    row({}, make, "SET time_zone = '+09:00'"),
    row({}, make, 'BEGIN', 'INSERT INTO mine VALUES (1)', INSERT),
    row({}, 'BEGIN', make, INSERT),
    row({}, 'SET autocommit = 0', make, 'INSERT INTO mine VALUES (1)', INSERT),
    row({}, make, 'SET SESSION TRANSACTION READ ONLY'),
    row({}, "SET sql_mode = 'ANSI_QUOTES'", 'CREATE TEMPORARY TABLE "mine" (id INT)'),
    row({}, make, 'LOCK TABLES mine WRITE, t READ'),
    row({}, 'CREATE TEMPORARY TABLE first (id INT)', 'SELECT f_temp()'),
    row({}, 'CREATE TEMPORARY TABLE first (id INT)', 'INSERT INTO w_var VALUES (1)'),
    row({}, "PREPARE q FROM 'CREATE TEMPORARY TABLE mine (id INT)'", 'EXECUTE q', 'DEALLOCATE PREPARE q'),
    row({}, `${make}; SELECT 1`),
    row({}, `SELECT 1; ${make}`),
    row({}, 'CREATE TEMPORARY TABLE first (id INT); ALTER TABLE first RENAME TO mine'),
    row(fails, make, make),
    row(fails, make, 'SELECT nothing FROM mine'),
    row(fails, make, 'CREATE TEMPORARY TABLE second (id NOTHING)'),
    ...(kind === 'mariadb'
      ? [
          row({}, 'CREATE OR REPLACE TEMPORARY TABLE mine (id INT)'),
          row({}, 'CREATE TEMPORARY TABLE first (id INT)', 'RENAME TABLE first TO mine'),
          row({}, 'CREATE TEMPORARY TABLE n (a INT DEFAULT NEXTVAL(s), b INT)', 'INSERT INTO n (b) VALUES (1)'),
        ]
      : []),
  ];
}

const harmless = (): Row[] =>
  rows(
    { leavesNothing: true },
    "INSERT INTO t VALUES (1, 'please set role to editor')",
    "INSERT INTO t VALUES (1, 'a := b'), (2, 'how does get_lock work')",
    "SELECT 'into @secret', '; SET @secret = 1'",
    "SELECT COUNT(*), MAX(id) FROM t WHERE v IN ('f(1)') GROUP BY id",
  );

/** All rows for a kind of server. */
export const rowsOn = (kind: ServerKind, where: Where): Row[] => [
  ...transactions(),
  ...variables(kind),
  ...userVariables(kind),
  ...calls(kind, where),
  ...things(where),
  ...temporaryTables(kind, where),
  ...harmless(),
  ...byHand(where),
];
