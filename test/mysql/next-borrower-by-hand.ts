import type { MysqlLease } from 'node-mysqlpool';
import type { Row, Where } from './next-borrower-rows.js';

/** Fails in a read-only transaction. */
export const writes = async (lease: MysqlLease): Promise<void> => {
  await lease.query('INSERT INTO probe VALUES (1)');
};

/** Rows that cannot be written as a list of statements. */
export function byHand({ database, other }: Where): Row[] {
  const same = async (lease: MysqlLease): Promise<void> => {
    const [found] = await lease.execute('SELECT v FROM which WHERE id = ?', [1]);
    if ((found as { v: string }[])[0]!.v !== database) throw new Error('rows of another database');
  };
  const text =
    (sql: string, value: unknown) =>
    async (lease: MysqlLease): Promise<void> => {
      const [found] = await lease.execute(sql);
      const [got] = Object.values((found as Record<string, unknown>[])[0]!);
      if (String(got) !== String(value)) throw new Error(`${String(got)} instead of ${String(value)}`);
    };
  const under = (name: string, mode: string, sql: string, value: unknown): Row => ({
    name: `what was prepared under ${name}`,
    async leaves(lease) {
      await lease.query(`SET sql_mode = '${mode}'`);
      await lease.execute(sql).catch(() => undefined);
    },
    sees: text(sql, value),
  });
  return [
    {
      name: 'what was prepared in another database',
      async leaves(lease) {
        await lease.query(`USE ${other}`);
        await lease.execute('SELECT v FROM which WHERE id = ?', [1]);
      },
      sees: same,
    },
    {
      name: 'what was prepared in another database, and the database set back',
      async leaves(lease) {
        await lease.query(`USE ${other}`);
        await lease.execute('SELECT v FROM which WHERE id = ?', [1]);
        await lease.query(`USE ${database}`);
      },
      sees: same,
    },
    {
      name: 'what was prepared in another language',
      async leaves(lease) {
        await lease.query("SET lc_time_names = 'de_DE'");
        await lease.execute("SELECT MONTHNAME('2020-01-01') AS a");
      },
      sees: text("SELECT MONTHNAME('2020-01-01') AS a", 'January'),
    },
    {
      name: 'a temporary table before a real one',
      async leaves(lease) {
        await lease.query('CREATE TEMPORARY TABLE which (id INT, v VARCHAR(80))');
        await lease.query("INSERT INTO which VALUES (1, 'mine')");
      },
      sees: same,
    },
    {
      name: 'what was prepared for a temporary table before a real one',
      async leaves(lease) {
        await lease.execute('SELECT v FROM which WHERE id = ?', [1]);
        await lease.query('CREATE TEMPORARY TABLE which (v VARCHAR(80), id INT, more INT)');
        await lease.query("INSERT INTO which VALUES ('mine', 1, 1)");
        await lease.execute('SELECT v FROM which WHERE id = ?', [1]);
        await lease.execute('SELECT * FROM which');
      },
      async sees(lease) {
        await same(lease);
        const [found] = await lease.execute('SELECT * FROM which');
        if (JSON.stringify(found) !== JSON.stringify([{ id: 1, v: database }])) throw new Error('other columns');
      },
    },
    {
      name: 'a temporary table that a prepared statement has made',
      leaves: async (lease) => {
        await lease.execute('CREATE TEMPORARY TABLE mine (id INT)');
      },
    },
    {
      name: 'temporary tables, of which no answer is awaited',
      async leaves(lease) {
        await Promise.all([
          lease.query('CREATE TEMPORARY TABLE mine (id INT)'),
          lease.query('DROP TEMPORARY TABLE mine'),
          lease.query('CREATE TEMPORARY TABLE mine (id INT)'),
        ]);
      },
    },
    under('ANSI_QUOTES', 'ANSI_QUOTES', 'SELECT "v" AS a FROM which', 'v'),
    under('PIPES_AS_CONCAT', 'PIPES_AS_CONCAT', "SELECT '1' || '0' AS a", 1),
    under('NO_BACKSLASH_ESCAPES', 'NO_BACKSLASH_ESCAPES', "SELECT 'a\\\\b' AS a", 'a\\b'),
    {
      name: 'a transaction that may only read, asked for behind others',
      async leaves(lease) {
        await Promise.all([lease.query('BEGIN'), lease.query('COMMIT'), lease.query('SET TRANSACTION READ ONLY')]);
      },
      sees: writes,
    },
    {
      name: 'the raw connection',
      leaves: async (lease) => {
        await lease.connection.promise().query("SET @secret = 'A', time_zone = '+09:00'");
      },
    },
    {
      name: 'a prepared statement of the raw connection',
      async leaves(lease) {
        const statement = await lease.connection.promise().prepare("SET @secret = 'A'");
        await statement.execute([]);
      },
    },
    {
      name: 'a reset by its borrower',
      leaves: async (lease) => {
        await lease.connection.promise().reset();
      },
    },
    {
      name: 'execute of what locks',
      leaves: async (lease) => {
        await lease.execute('SELECT GET_LOCK(?, 1)', [database]);
      },
    },
    {
      name: 'execute of a function',
      leaves: async (lease) => {
        await lease.execute('SELECT f_into(), ?', [1]);
      },
    },
    {
      name: 'a name among the values',
      leaves: async (lease) => {
        await lease.query('SELECT ??()', ['f_into']);
      },
    },
    {
      name: 'an object among the values',
      leaves: async (lease) => {
        await lease.query('SELECT ?', [{ toSqlString: () => "'A' INTO @secret" }]);
      },
    },
    {
      name: 'a value that looks like code',
      leaves: async (lease) => {
        await lease.query('INSERT INTO t VALUES (?, ?)', [1, "'), (2, f_into()) -- "]);
      },
    },
    {
      name: 'rows that were read as a stream',
      async leaves(lease) {
        for await (const found of lease.stream("SELECT f_into() AS a, 'x' AS b")) if (found === null) return;
      },
    },
  ];
}
