import assert from 'node:assert/strict';
import { it, type TestContext } from 'node:test';
import type { Pool, PoolConnection } from 'mysql2';
import { autoCloseDb, createPool } from 'node-mysqlpool';
import type { TestServer } from '../support/servers/index.js';
import { eachServer } from '../support/servers/shared.js';
import { until } from '../support/until.js';
import { poolOn, take } from './support.js';

type Ask = (connection: PoolConnection, done: () => void) => void;

/** What mysql2 calls back by, from its socket. */
const CALLBACKS: Readonly<Record<string, Ask>> = {
  query: (connection, done) => void connection.query('SELECT 1', done),
  'query that fails': (connection, done) => void connection.query('SELEC 1', done),
  execute: (connection, done) => void connection.execute('SELECT ?', [1], done),
  'execute that fails': (connection, done) => void connection.execute('SELEC ?', [1], done),
  prepare: (connection, done) => void connection.prepare('SELECT ?', done),
  ping: (connection, done) => connection.ping(done),
  'an event of a query': (connection, done) => void connection.query('SELECT 1').on('result', done),
  'rows of a stream': (connection, done) => void connection.query('SELECT 1').stream().on('data', done),
  'the end of a stream': (connection, done) =>
    void connection
      .query('SELECT 1')
      .stream()
      .on('data', () => undefined)
      .on('end', done),
};

/** A pool whose one connection was opened in a scope that has ended; and one to borrow from in callbacks. */
async function pools(t: TestContext, server: TestServer): Promise<{ readonly pool: Pool; readonly other: Pool }> {
  const [pool, other] = [poolOn(t, server, { connectionLimit: 1 }), poolOn(t, server, { connectionLimit: 3 })];
  await autoCloseDb.run(() => take(pool));
  return { pool, other };
}

const inUse = (pool: Pool): number => (pool as ReturnType<typeof poolOn>).mysqlpool.stats().inUse;

eachServer('what mysql2 calls back', (_kind, getServer) => {
  for (const [name, ask] of Object.entries(CALLBACKS)) {
    it(`${name}: borrows in the name of the scope that asked`, async (t) => {
      const { pool, other } = await pools(t, await getServer());
      await autoCloseDb.run(async () => {
        const connection = await take(pool);
        await new Promise<void>((resolve) => ask(connection, () => resolve(void take(other))));
        await until(() => inUse(other) === 1);
      });
      assert.equal(inUse(other), 0, 'given back with the scope');
    });

    it(`${name}: borrows outside of scopes when nobody is in one, whoever opened the connection`, async (t) => {
      const { pool, other } = await pools(t, await getServer());
      const connection = await take(pool);
      const taken = new Promise<PoolConnection>((resolve, reject) => {
        ask(connection, () => void take(other).then(resolve, reject));
      });
      (await taken).release();
      connection.release();
    });
  }

  it('is refused a connection when the scope that asked is over', async (t) => {
    const { pool, other } = await pools(t, await getServer());
    const connection = await take(pool);
    const refused = new Promise((resolve) => {
      autoCloseDb.run(() => {
        connection.query('SELECT SLEEP(0.05)', () => void take(other).catch(resolve));
      });
    });
    assert.equal(((await refused) as { readonly code?: unknown }).code, 'POOL_SCOPE_ENDED');
    connection.release();
  });

  it("is so of the API's raw connection, too", async (t) => {
    const server = await getServer();
    const pool = createPool(server.url(), { maxSize: 3 });
    t.after(() => pool.close({ timeout: 0 }));
    await autoCloseDb.run(() => pool.acquire());
    await autoCloseDb.run(async () => {
      const { connection } = await pool.acquire();
      await new Promise<void>((resolve) => void connection.query('SELECT 1', () => resolve(void pool.acquire())));
      await until(() => pool.stats().inUse === 2);
    });
    await until(() => pool.stats().inUse === 0);
  });
});
