/** The databases, tables per client, and routines that programs use, created again before each program. */
import { WireClient } from '#support/wire-client.js';
import { decodeError, decodeTextRow, isError, OFFERED } from '#internal/wire/index.js';
import { startOwnServer, type ServerKind, type TestServer } from '#support/servers/index.js';
import { until } from '#support/until.js';
import type { Address } from './play.js';

export const DATABASES = ['pa', 'pb', 'p-`c'] as const;
export const ROLE = 'reader';

/** In seconds. Correct programs do not wait for locks, and wrong ones should fail soon. */
const LOCK_WAIT = 2;

export class Scene implements AsyncDisposable {
  readonly server: TestServer;
  readonly #admin: WireClient;

  private constructor(server: TestServer, admin: WireClient) {
    this.server = server;
    this.#admin = admin;
  }

  static async open(kind: ServerKind): Promise<Scene> {
    const variables = {
      innodb_lock_wait_timeout: LOCK_WAIT,
      lock_wait_timeout: LOCK_WAIT,
      // Different from `wait_timeout`, so that it shows which clients the server considers interactive.
      interactive_timeout: 20_000,
      // Tables are created all the time and need no durability.
      innodb_flush_method: 'nosync',
      innodb_file_per_table: 0,
      local_infile: 'ON',
      ...(kind === 'mariadb' && { debug_no_sync: 'ON', sync_frm: 'OFF' }),
    };
    const server = await startOwnServer(kind, { variables });
    try {
      const { host, port, adminUser: user, adminPassword: password } = server;
      const admin = await WireClient.connect({ host, port, user, password, capabilities: OFFERED });
      const scene = new Scene(server, admin);
      await scene.#run(`CREATE ROLE ${ROLE}; GRANT ${ROLE} TO ${server.user}`);
      for (const [index, name] of DATABASES.entries()) await scene.#run(database(name, index).join('; '));
      return scene;
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
  }

  get address(): Address {
    const { host, port, user, password } = this.server;
    return { host, port, user, password };
  }

  /**
   * Recreates everything, after the sessions of the last program have ended.
   * @param clients for how many clients to create tables
   */
  async prepare(clients: number): Promise<void> {
    await until(async () => (await this.#sessions()) === 0, 20_000);
    await this.#endPrepared();
    const statements = await this.#leftovers();
    for (const [index, name] of DATABASES.entries()) {
      statements.push(`USE ${quoted(name)}`);
      for (let client = 0; client < clients; client++) statements.push(...tables(client, index));
    }
    await this.#run(statements.join('; '));
  }

  /** The statements that drop all that a program has created. */
  async #leftovers(): Promise<string[]> {
    const rows = await this.#rows(
      `SELECT 'DATABASE', SCHEMA_NAME, '' FROM information_schema.schemata WHERE SCHEMA_NAME LIKE 'pd%'
       UNION ALL SELECT 'TABLE', TABLE_SCHEMA, TABLE_NAME FROM information_schema.tables
       WHERE TABLE_TYPE = 'BASE TABLE' AND TABLE_SCHEMA LIKE 'p_%' AND TABLE_SCHEMA <> 'performance_schema' AND TABLE_NAME <> 'facts'
       UNION ALL SELECT 'PROCEDURE', ROUTINE_SCHEMA, ROUTINE_NAME FROM information_schema.routines
       WHERE ROUTINE_SCHEMA LIKE 'p_%' AND ROUTINE_NAME LIKE 'q%'`,
    );
    return rows.map(([what, schema, name]) => {
      return `DROP ${what} IF EXISTS ${quoted(schema!)}${name === '' ? '' : `.${quoted(name!)}`}`;
    });
  }

  async #sessions(): Promise<number> {
    const sql = `SELECT COUNT(*) FROM information_schema.processlist WHERE USER = '${this.server.user}'`;
    return Number((await this.#rows(sql))[0]![0]);
  }

  /** Rolls back prepared XA transactions, which outlive their sessions. */
  async #endPrepared(): Promise<void> {
    for (const row of await this.#rows('XA RECOVER')) await this.#run(`XA ROLLBACK '${row[3]}'`);
  }

  async #rows(sql: string): Promise<string[][]> {
    const packets = await this.#admin.query(sql);
    const count = packets[0]!.payload[0]!;
    return packets.slice(1 + count, -1).map(({ payload }) => decodeTextRow(payload).map(String));
  }

  async #run(sql: string): Promise<void> {
    for (const { payload } of await this.#admin.query(sql)) {
      if (isError(payload)) throw new Error(`the scene: ${decodeError(payload).message} in ${sql}`);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#admin.destroy();
    await this.server[Symbol.asyncDispose]();
  }
}

function quoted(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}

/**
 * A database that is only read. All of them have the same names but different rows, so that a wrong schema is noticed.
 */
function database(name: string, index: number): string[] {
  const rows = [1, 2, 3, 4, 5].map((id) => {
    return `(${id}, '${'abcde'[id - 1]!.repeat(id)}${index}', ${id}.5, '2020-01-0${id} 03:04:05', x'00ff0${id}5c27')`;
  });
  return [
    `CREATE DATABASE ${quoted(name)} CHARACTER SET ${index === 1 ? 'latin1' : 'utf8mb4'}`,
    `USE ${quoted(name)}`,
    'CREATE TABLE facts (id INT PRIMARY KEY, word VARCHAR(20), amount DECIMAL(10,2), at DATETIME, data BLOB)',
    `INSERT INTO facts VALUES ${rows.join(', ')}`,
    'CREATE VIEW seen AS SELECT id, word FROM facts WHERE id < 4',
    ...routines(),
  ];
}

/** The tables that one client writes to. */
function tables(client: number, index: number): string[] {
  const extra = index === 1 ? 'extra INT DEFAULT 7, ' : '';
  return [
    `CREATE TABLE t${client} (id INT AUTO_INCREMENT PRIMARY KEY, n INT UNIQUE, s VARCHAR(60), ${extra}f FLOAT, d DATETIME NULL)`,
    `INSERT INTO t${client} (n, s) VALUES (1, 'one ${index}'), (2, 'two ${index}'), (3, 'three'), (4, NULL), (5, 'five')`,
    `CREATE TABLE w${client} (id INT AUTO_INCREMENT PRIMARY KEY, n INT)`,
    `CREATE TABLE log${client} (id INT AUTO_INCREMENT PRIMARY KEY, note VARCHAR(60))`,
    `CREATE TRIGGER after_w${client} AFTER INSERT ON w${client} FOR EACH ROW BEGIN SET @w = NEW.n; INSERT INTO log${client} (note) VALUES (CONCAT('w', NEW.n)); END`,
  ];
}

function routines(): string[] {
  return [
    'CREATE PROCEDURE p_rows(n INT) BEGIN SELECT id, word FROM facts WHERE id <= n ORDER BY id; SELECT n AS n, @a; END',
    'CREATE PROCEDURE p_set(v INT) SET @p = v',
    'CREATE PROCEDURE p_into() SELECT word INTO @q FROM facts WHERE id = 2',
    'CREATE PROCEDURE p_hidden() CREATE TEMPORARY TABLE IF NOT EXISTS tmp_hidden AS SELECT id FROM facts',
    'CREATE PROCEDURE p_temporary() CREATE TEMPORARY TABLE IF NOT EXISTS tmp_plain (id INT)',
    "CREATE PROCEDURE p_mode() SET sql_mode = 'ANSI_QUOTES'",
    'CREATE PROCEDURE p_zone(z VARCHAR(10)) SET time_zone = z',
    'CREATE PROCEDURE p_names() SET NAMES latin1',
    'CREATE PROCEDURE p_lock(name VARCHAR(20)) DO GET_LOCK(name, 5)',
    'CREATE PROCEDURE p_begin() START TRANSACTION',
    'CREATE PROCEDURE p_commit() COMMIT',
    'CREATE PROCEDURE p_out(IN a INT, OUT b INT, INOUT c INT) BEGIN SET b = a * 2; SET c = c + 1; END',
    "CREATE PROCEDURE p_signal() BEGIN SELECT 1; SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'told', MYSQL_ERRNO = 31001; END",
    "CREATE PROCEDURE p_warn() BEGIN DECLARE x INT DEFAULT 0; SELECT 1; SIGNAL SQLSTATE '01000' SET MESSAGE_TEXT = 'warned'; END",
    "CREATE PROCEDURE p_zone_then_error() BEGIN SET time_zone = '+07:00'; SELECT nothing FROM nowhere; END",
    "CREATE PROCEDURE p_prepare() PREPARE within FROM 'SELECT 42'",
    'CREATE PROCEDURE p_select_limit() SET sql_select_limit = 2',
    'CREATE FUNCTION f_plain(x INT) RETURNS INT DETERMINISTIC RETURN x + 1',
    'CREATE FUNCTION f_set(x INT) RETURNS INT DETERMINISTIC BEGIN SET @f = x; RETURN x; END',
    'CREATE FUNCTION f_lock(name VARCHAR(20)) RETURNS INT DETERMINISTIC RETURN GET_LOCK(name, 5)',
  ];
}
