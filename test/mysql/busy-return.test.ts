import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { MysqlConnection, MysqlLease, MysqlPool } from 'node-mysqlpool';
import { RESET_MODES } from 'node-mysqlpool/pool';
import { eachServer } from '../support/servers/shared.js';
import { accountFor, databaseFor, gone, idOf, nextEvent, one, poolOn, runs } from './support.js';

const MANY =
  'SELECT a.COLUMN_NAME, b.COLUMN_NAME AS other FROM information_schema.COLUMNS a, information_schema.COLUMNS b';

eachServer('a connection that is busy when it comes back', (_kind, getServer) => {
  const cases: Record<string, (lease: MysqlLease) => unknown> = {
    'with a statement running': (lease) => lease.query('SELECT SLEEP(60)').catch(() => undefined),
    'with rows unread': async (lease) => {
      const rows = lease.connection.query(MANY).stream();
      rows.on('error', () => undefined);
      await new Promise((resolve) => rows.once('readable', resolve));
    },
    'with an iterator left standing': async (lease) => {
      const rows = lease.stream(MANY);
      assert.ok((await rows.next()).value);
    },
    'while it is paused': (lease) => lease.connection.pause(),
    'with its user changed': (lease) => lease.connection.promise().changeUser({}),
  };
  for (const [name, work] of Object.entries(cases)) {
    it(`is replaced: ${name}`, async (t) => {
      const server = await getServer();
      for (const reset of RESET_MODES) {
        const pool = poolOn(t, server, { reset, maxSize: 1 });
        const closed = nextEvent(pool, 'closed');
        const lease = await pool.acquire();
        const id = await idOf(lease);
        // Not awaited if the work cannot end.
        if (name !== 'with a statement running') await work(lease);
        else void work(lease);
        lease.release();
        assert.notEqual(await idOf(pool), id, reset);
        const { reason, cause } = (await closed) as { reason: string; cause: { code: string; message: string } };
        assert.deepEqual([reason, cause.code], ['unclean', 'MYSQL_UNCLEAN']);
        const why =
          name === 'with its user changed'
            ? 'its user or its role was changed'
            : 'a command was still running, or rows were unread';
        assert.equal(cause.message, `shop: the connection cannot be lent again: ${why}`);
      }
    });
  }

  it('does not go on running on the server for longer than a statement can', async (t) => {
    const server = await getServer();
    const pool = poolOn(t, server, { maxSize: 1 });
    const lease = await pool.acquire();
    const running = lease.query('SELECT SLEEP(1), "left running"');
    await runs(server, 'left running');
    lease.release();
    await assert.rejects(running, (error: { code: string; message: string; cause: { code: string } }) => {
      assert.deepEqual([error.code, error.cause.code], ['POOL_LEASE_ENDED', 'PROTOCOL_CONNECTION_LOST']);
      assert.match(
        error.message,
        /^shop: loan \d+ has ended; await what runs before you give it back: Connection lost/,
      );
      return true;
    });
    assert.equal((await one(pool, 'SELECT 1 AS n'))['n'], 1);
    await gone(server, 'left running');
  });

  it('is kept when the answer is being handled in that very moment, and cleaned of what came before', async (t) => {
    const pool = poolOn(t, await getServer(), { maxSize: 1 });
    const events: unknown[] = [];
    pool.on('closed', (event) => events.push(event));
    pool.on('cleaned', ({ kind }) => events.push(kind));
    for (const [before, kind] of [
      ['SELECT 1', 'none'],
      ['SET @left = 1', 'reset'],
      ['BEGIN', 'rollback'],
    ] as const) {
      const lease = await pool.acquire();
      await lease.query(before);
      await new Promise<void>((resolve) => {
        // For an error, mysql2 calls back before it removes the command from its queue.
        lease.connection.query('SELECT * FROM nowhere.nothing', (error: unknown) => {
          assert.ok(error);
          lease.release();
          resolve();
        });
      });
      assert.equal((await one(pool, 'SELECT @left AS was'))['was'], null);
      assert.deepEqual(events.splice(0), [kind]);
    }
  });

  it("goes without its borrower's listeners", async (t) => {
    const pool = poolOn(t, await getServer(), { maxSize: 1 });
    const counts = (lease: MysqlLease): number[] =>
      ['error', 'end', 'warn', 'drain'].map((event) => lease.connection.listenerCount(event));
    const before = await pool.use(counts);
    for (let round = 0; round < 20; round++) {
      await pool.use((lease) => {
        lease.connection.on('error', () => undefined);
        lease.connection.once('end', () => undefined);
        lease.connection.promise().on('error', () => undefined);
      });
    }
    assert.deepEqual(await pool.use(counts), before);
    assert.equal(pool.stats().total.opened, 1);
  });

  it('is cleaned of a transaction that was begun without waiting for the answer', async (t) => {
    const database = await databaseFor(t, await getServer());
    const pool = poolOn(t, database.url, { maxSize: 1 });
    const lease = await pool.acquire();
    const begun = lease.query('BEGIN');
    await lease.query("INSERT INTO t VALUES (1, 'open')");
    lease.release();
    await begun;
    assert.equal((await one(pool, 'SELECT COUNT(*) AS n FROM t'))['n'], 0);
    assert.equal(pool.stats().total.opened, 1);
  });

  it('is replaced when its role was changed, which no reset takes back, unless the hook has done so', async (t) => {
    const server = await getServer();
    const user = await accountFor(t, server, 'pw');
    await server.admin(`CREATE ROLE r_${user}`);
    t.after(() => server.admin(`DROP ROLE r_${user}`));
    await server.admin(`GRANT r_${user} TO '${user}'@'%'`);
    const role = (pool: MysqlPool): Promise<unknown> =>
      one(pool, 'SELECT CURRENT_ROLE() AS r').then(({ r }) => r as unknown);
    for (const reset of ['auto', 'session'] as const) {
      const pool = poolOn(t, server, { user, password: 'pw', maxSize: 1, reset });
      const first = await role(pool);
      for (const sql of [`SET ROLE r_${user}`, `EXECUTE IMMEDIATE 'SET ROLE r_${user}'`]) {
        await pool.query(sql).catch(() => undefined);
        assert.equal(await role(pool), first, sql);
      }
      const onConnect = (connection: MysqlConnection): unknown => connection.promise().query(`SET ROLE r_${user}`);
      const hooked = poolOn(t, server, { user, password: 'pw', maxSize: 1, reset, onConnect });
      const own = await role(hooked);
      await hooked.query('SET @a = 1');
      assert.deepEqual([await role(hooked), hooked.stats().total.opened], [own, 1]);
      assert.notEqual(own, first);
    }
  });
});
