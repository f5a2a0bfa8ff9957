import assert from 'node:assert/strict';
import { once } from 'node:events';
import { it } from 'node:test';
import type { Readable } from 'node:stream';
import { startProxy } from '../support/proxy.js';
import { eachServer } from '../support/servers/shared.js';
import { until } from '../support/until.js';
import { first, poolOn, promisePoolOn, take } from './support.js';

const MANY =
  'SELECT a.COLUMN_NAME, b.COLUMN_NAME AS other FROM information_schema.COLUMNS a, information_schema.COLUMNS b';

eachServer('statements on the pool', (_kind, getServer) => {
  it('go one after the other over one connection', async (t) => {
    const pool = poolOn(t, await getServer());
    await new Promise<void>((resolve, reject) => {
      let left = 20;
      const next = (error?: unknown): void => {
        if (error) reject(error as Error);
        else if (left-- === 0) resolve();
        else if (left % 2 === 0) pool.query('SELECT 1', next);
        else pool.execute('SELECT 1', next);
      };
      next();
    });
    assert.equal(pool.mysqlpool.stats().total.opened, 1);
  });

  it('take all the forms that mysql2 knows', async (t) => {
    const pool = promisePoolOn(t, await getServer(), { namedPlaceholders: true, rowsAsArray: true });
    for (const method of ['query', 'execute'] as const) {
      const run = (sql: string | object, values?: object): Promise<[unknown, unknown]> =>
        pool[method as 'query'](sql as never, values as never);
      const answers = [
        await run('SELECT 1'),
        await run({ sql: 'SELECT 1' }),
        await run({ sql: 'SELECT :n + 0', values: { n: 1 } }),
        await run({ sql: 'SELECT :n + 0' }, { n: 1 }),
      ];
      for (const [rows] of answers) assert.deepEqual(rows as unknown, [[1]], method);
    }
    assert.throws(() => pool.query('SELECT 1', (() => undefined) as never), /Callback function is not available/);
    assert.equal(pool.format('SELECT ?', ["a'b"]), "SELECT 'a\\'b'");
    assert.equal(pool.escapeId('a`b'), '`a``b`');
    assert.equal(pool.escape("a'b"), "'a\\'b'");
  });

  it('give their connection back when they fail', async (t) => {
    const pool = poolOn(t, await getServer(), { connectionLimit: 1 });
    await assert
      .rejects(first(pool, 'SELECT * FROM nowhere.nothing'), { errno: /^(1049|1146)$/ } as never)
      .catch(() => undefined);
    for (const sql of ['SELECT', 'KILL 1 2 3']) {
      await assert.rejects(first(pool, sql), { code: 'ER_PARSE_ERROR' });
      await assert.rejects(pool.promise().execute(sql), { code: 'ER_PARSE_ERROR' });
    }
    await assert.rejects(pool.promise().execute('SELECT ?', [undefined as never]), TypeError);
    const command = pool.query('SELECT');
    const [error] = await once(command, 'error');
    assert.equal((error as { code?: unknown }).code, 'ER_PARSE_ERROR');
    await until(() => pool.mysqlpool.stats().idle === 1);
    assert.equal(pool.mysqlpool.stats().total.opened, 1);
  });

  it('tell their events when they have no callback', async (t) => {
    const pool = poolOn(t, await getServer(), { connectionLimit: 1 });
    const seen: unknown[] = [];
    const command = pool.query('SELECT 1 AS n UNION SELECT 2');
    command.on('fields', (fields) => seen.push((fields as unknown as { name: string }[]).map(({ name }) => name)));
    command.on('result', (row) => seen.push({ ...row }));
    await once(command, 'end');
    assert.deepEqual(seen, [['n'], { n: 1 }, { n: 2 }]);
    // As in mysql2, whose execute gives nothing back.
    assert.equal(pool.execute('SELECT 1') as unknown, undefined);
    await until(() => pool.mysqlpool.stats().idle === 1);
    assert.equal(pool.mysqlpool.stats().total.opened, 1);
  });

  it('can be streamed, and broken off', async (t) => {
    const pool = poolOn(t, await getServer(), { connectionLimit: 1 });
    const rows: unknown[] = [];
    for await (const row of pool.query('SELECT 1 AS n UNION SELECT 2').stream()) rows.push({ ...row });
    assert.deepEqual(rows, [{ n: 1 }, { n: 2 }]);
    for await (const row of pool.query(MANY).stream()) {
      assert.ok(row);
      break;
    }
    // The rest of it is not read for nobody: its connection is replaced.
    assert.equal((await first(pool, 'SELECT 1 AS n'))['n'], 1);
    const unread = pool.query(MANY).stream();
    unread.destroy();
    assert.equal((await first(pool, 'SELECT 1 AS n'))['n'], 1);
  });

  it('end a stream with an error when the connection is lost', async (t) => {
    const server = await getServer();
    const proxy = await startProxy({ target: { host: server.host, port: server.port } });
    t.after(() => proxy.close());
    const pool = poolOn(t, proxy.url(server.url()), { connectionLimit: 1 });
    const read = async (rows: Readable): Promise<void> => {
      for await (const row of rows) {
        assert.ok(row);
        proxy.cut();
      }
    };
    await assert.rejects(read(pool.query(MANY).stream()), { fatal: true });
    const connection = await take(pool);
    await assert.rejects(read(connection.query(MANY).stream()), { fatal: true });
    connection.release();
    assert.equal((await first(pool, 'SELECT 1 AS n'))['n'], 1);
  });

  it('answer once, and free the connection, when their timeout has passed', async (t) => {
    const pool = poolOn(t, await getServer(), { connectionLimit: 1 });
    const answers: unknown[] = [];
    pool.query({ sql: 'SELECT SLEEP(30)', timeout: 30 }, (error) => answers.push(error?.code));
    await until(() => answers.length > 0);
    assert.equal((await first(pool, 'SELECT 1 AS n'))['n'], 1);
    assert.deepEqual(answers, ['PROTOCOL_SEQUENCE_TIMEOUT']);
  });
});
