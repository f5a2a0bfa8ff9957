import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { SERVER_KINDS, startOwnServer, type OwnServer } from '../support/servers/index.js';
import { until } from '../support/until.js';
import { accountFor, databaseFor, idOf, one, poolOn } from './support.js';

for (const kind of SERVER_KINDS) {
  describe(`a server that has become read-only (${kind})`, () => {
    let server: OwnServer;
    before(async () => {
      server = await startOwnServer(kind);
    });
    after(() => server[Symbol.asyncDispose]());

    it('has every connection replaced, the one that found out included', async (t) => {
      const database = await databaseFor(t, server);
      // A new account, since some privileges let an account write in spite of read_only.
      const user = await accountFor(t, server, 'pw');
      await server.admin(`GRANT ALL ON ${database.name}.* TO '${user}'@'%'`);
      const pool = poolOn(t, database.url, { user, password: 'pw', maxSize: 3 });
      await pool.warmUp(3);
      let evicted = 0;
      pool.on('evicted', () => evicted++);
      const lease = await pool.acquire();
      const id = await idOf(lease);
      await server.admin('SET GLOBAL read_only = 1');
      t.after(() => server.admin('SET GLOBAL read_only = 0'));
      await assert.rejects(lease.query("INSERT INTO t VALUES (1, 'x')"), { errno: 1290 });
      assert.equal(evicted, 1);
      lease.release();
      assert.notEqual(await idOf(pool), id);
      // A connection counts as closed once the server has closed it after COM_QUIT, which may take longer than a dial.
      const { closing, total } = pool.stats();
      assert.equal(closing + total.closed, 3);
      await until(() => pool.stats().total.closed === 3);
      await server.admin('SET GLOBAL read_only = 0');
      await pool.query("INSERT INTO t VALUES (1, 'x')");
    });

    it('while a transaction is open has its COMMIT refused: nothing is committed, and that is certain', async (t) => {
      const database = await databaseFor(t, server);
      const user = await accountFor(t, server, 'pw');
      await server.admin(`GRANT ALL ON ${database.name}.* TO '${user}'@'%'`);
      const pool = poolOn(t, database.url, { user, password: 'pw', maxSize: 1 });
      t.after(() => server.admin('SET GLOBAL read_only = 0'));
      const running = pool.transaction(async (tx) => {
        await tx.query("INSERT INTO t VALUES (2, 'x')");
        await server.admin('SET GLOBAL read_only = 1');
      });
      await assert.rejects(running, { errno: 1290 });
      await server.admin('SET GLOBAL read_only = 0');
      assert.equal((await one(pool, 'SELECT COUNT(*) AS n FROM t'))['n'], 0);
      await pool.transaction((tx) => tx.query("INSERT INTO t VALUES (2, 'y')"));
      assert.deepEqual({ ...(await one(pool, 'SELECT v FROM t')) }, { v: 'y' });
    });
  });
}
