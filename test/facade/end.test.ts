import assert from 'node:assert/strict';
import { it } from 'node:test';
import { eachServer } from '../support/servers/shared.js';
import { startOwnServer } from '../support/servers/index.js';
import { until } from '../support/until.js';
import { first, firstOf, poolOn, promisePoolOn, take } from './support.js';

const ended = (pool: ReturnType<typeof poolOn>): Promise<unknown> =>
  new Promise((resolve, reject) => pool.end((error) => (error ? reject(error) : resolve(error))));

eachServer('end()', (kind, getServer) => {
  it('lets a loan finish its work, and can be called again', async (t) => {
    const server = await getServer();
    const pool = poolOn(t, server);
    const connection = await take(pool);
    const id = Number((await first(connection, 'SELECT CONNECTION_ID() AS id'))['id']);
    let isOver = false;
    const over = ended(pool).then(() => (isOver = true));
    assert.equal((pool as unknown as { readonly _closed: boolean })._closed, true);
    assert.equal((await first(connection, 'SELECT 1 AS n'))['n'], 1);
    assert.equal(isOver, false);
    connection.release();
    await over;
    await ended(pool);
    pool.end();
    await until(async () => !(await server.admin('SHOW PROCESSLIST')).some((row) => Number(row['Id']) === id));
  });

  it('of the promise pool does the same', async (t) => {
    const pool = promisePoolOn(t, await getServer());
    const connection = await pool.getConnection();
    const over = pool.end();
    assert.equal((await firstOf(connection, 'SELECT 1 AS n'))['n'], 1);
    connection.release();
    await over;
    await pool.end();
  });

  it('is what disposing of the pool does', async (t) => {
    const server = await getServer();
    const pool = poolOn(t, server);
    pool[Symbol.dispose]();
    pool[Symbol.dispose]();
    await assert.rejects(take(pool), { code: 'POOL_CLOSED' });
    const promised = promisePoolOn(t, server);
    await promised[Symbol.asyncDispose]();
    await assert.rejects(promised.query('SELECT 1'), { code: 'POOL_CLOSED' });
  });

  it('is not needed by an idle connection whose server dies', async (t) => {
    const server = await startOwnServer(kind);
    t.after(() => server[Symbol.asyncDispose]());
    const pool = poolOn(t, server, { connectionLimit: 3 });
    // A start of a server is told from the next one by its second.
    await until(async () => Number((await server.admin("SHOW GLOBAL STATUS LIKE 'Uptime'"))[0]?.['Value']) > 1);
    const held = await Promise.all([take(pool), take(pool), take(pool)]);
    held[1]!.release();
    held[2]!.release();
    const told: unknown[] = [];
    held[0]!.on('error', (error) => told.push((error as { code?: unknown }).code));
    const running = first(held[0]!, 'SELECT SLEEP(30)');
    await Promise.all([server.kill(), assert.rejects(running, { fatal: true })]);
    // The dead loan needs no release: mysql2 frees its place as well.
    await until(() => pool.mysqlpool.stats().size === 0);
    held[0]!.release();
    await server.start();
    assert.equal((await first(pool, 'SELECT 1 AS n'))['n'], 1);
    assert.equal(pool.mysqlpool.stats().size, 1);
    assert.equal(told.length, 1);
  });
});
