/** State that no reset clears, and state changes whose order matters. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { it, type TestContext } from 'node:test';
import type { MysqlLease, MysqlPool } from 'node-mysqlpool';
import type { FreshDatabase, TestServer } from '../support/servers/index.js';
import { eachServer } from '../support/servers/shared.js';
import { accountFor, databaseFor, idOf, nextEvent, one, poolOn } from './support.js';

const PASSWORD = 'l3ft';

/** Records the reasons for which connections are closed. */
function closedOf(pool: MysqlPool): string[] {
  const reasons: string[] = [];
  pool.on('closed', ({ reason }) => reasons.push(reason));
  return reasons;
}

async function roleFor(
  t: TestContext,
  server: TestServer,
  database: FreshDatabase,
): Promise<readonly [user: string, role: string]> {
  const user = await accountFor(t, server, PASSWORD);
  const role = `r_${randomBytes(6).toString('hex')}`;
  await server.admin(`CREATE ROLE ${role}`);
  t.after(() => server.admin(`DROP ROLE ${role}`));
  await server.admin(`GRANT ALL ON ${database.name}.* TO '${user}'@'%'`);
  await server.admin(`GRANT ${role} TO '${user}'@'%'`);
  await server.admin(`CREATE PROCEDURE ${database.name}.p() SQL SECURITY INVOKER SET ROLE ${role}`);
  return [user, role];
}

eachServer('what no reset takes back', (kind, getServer) => {
  it('a default database, where there was none', async (t) => {
    const { host, port, user, password } = await getServer();
    const pool = poolOn(t, `mysql://${user}@${host}:${port}`, { password, maxSize: 1 });
    const closed = closedOf(pool);
    // With the schema tracker, and without it.
    for (const said of [[], ['SET session_track_schema = 0']]) {
      await pool.use(async (lease) => {
        for (const sql of [...said, 'USE information_schema']) await lease.query(sql);
      });
      assert.equal((await one(pool, 'SELECT DATABASE() AS db'))['db'], null);
    }
    assert.deepEqual(closed, ['unclean', 'unclean']);
  });

  const roleOf = async (from: MysqlPool | MysqlLease): Promise<unknown> =>
    (await one(from, 'SELECT CURRENT_ROLE() AS role'))['role'];

  for (const reset of ['auto', 'session'] as const) {
    it(`a role, however it was taken (${reset})`, async (t) => {
      const server = await getServer();
      const database = await databaseFor(t, server);
      const [user, role] = await roleFor(t, server, database);
      const pool = poolOn(t, database.url, { user, password: PASSWORD, maxSize: 1, reset });
      const first = await roleOf(pool);
      for (const said of [
        ['CALL p()'],
        [`PREPARE s FROM 'SET ROLE ${role}'`, 'EXECUTE s'],
        [`SET ROLE ${role}`],
        [`SET /*!50000 ROLE*/ ${role}`],
        ...(kind === 'mariadb' ? [[`EXECUTE IMMEDIATE 'SET ROLE ${role}'`]] : []),
      ]) {
        await pool.use(async (lease) => {
          for (const sql of said) await lease.query(sql);
          assert.match(String(await roleOf(lease)), new RegExp(role), said.join('; '));
        });
        assert.equal(await roleOf(pool), first, said.join('; '));
      }
    });
  }

  it('keeps a connection after a procedure that leaves the role as it was', async (t) => {
    const database = await databaseFor(t, await getServer());
    const pool = poolOn(t, database.url, { maxSize: 1 });
    await pool.query('CREATE PROCEDURE q() SET @left = 1');
    const id = await idOf(pool);
    await pool.query('CALL q()');
    assert.equal((await one(pool, 'SELECT @left AS was'))['was'], null);
    assert.equal(await idOf(pool), id);
  });

  const said = (id: string): Record<string, readonly string[]> => ({
    begun: [`XA START '${id}'`, 'INSERT INTO t VALUES (1, 1)'],
    ended: [`XA START '${id}'`, 'INSERT INTO t VALUES (1, 1)', `XA END '${id}'`],
    prepared: [`XA START '${id}'`, 'INSERT INTO t VALUES (1, 1)', `XA END '${id}'`, `XA PREPARE '${id}'`],
  });
  for (const how of Object.keys(said(''))) {
    it(`a distributed transaction that was only ${how}`, async (t) => {
      const server = await getServer();
      const database = await databaseFor(t, server);
      const { rollback } = { rollback: (id: string) => server.admin(`XA ROLLBACK '${id}'`).catch(() => undefined) };
      for (const reset of ['auto', 'session', 'rollback', 'commit'] as const) {
        const id = `${database.name}_${reset}`.slice(-60);
        const pool = poolOn(t, database.url, { maxSize: 1, reset });
        await pool.use(async (lease) => {
          for (const sql of said(id)[how]!) await lease.query(sql);
        });
        await pool.query('INSERT INTO t VALUES (7, 7)');
        await pool.query('DELETE FROM t WHERE id = 7');
        await pool.close();
        await rollback(id);
      }
    });
  }
});

eachServer('what is said without waiting', (_kind, getServer) => {
  it('counts in the order of the answers', async (t) => {
    const database = await databaseFor(t, await getServer());
    const pool = poolOn(t, database.url, { maxSize: 1 });
    let evicted = 0;
    pool.on('evicted', () => evicted++);
    for (const last of ['SET TRANSACTION READ ONLY', 'SET TRANSACTION ISOLATION LEVEL SERIALIZABLE']) {
      await pool.use((lease) => Promise.all(['BEGIN', 'COMMIT', last].map((sql) => lease.query(sql))));
      await pool.query('INSERT INTO t VALUES (1, 1)');
      await pool.query('DELETE FROM t');
    }
    assert.equal(evicted, 0);
  });

  it('makes nothing of a write that its own borrower has forbidden', async (t) => {
    const database = await databaseFor(t, await getServer());
    const pool = poolOn(t, database.url, { maxSize: 1 });
    let evicted = 0;
    pool.on('evicted', () => evicted++);
    const refused = { errno: 1792 };
    await pool.use(async (lease) => {
      await lease.query('SET TRANSACTION READ ONLY');
      await assert.rejects(lease.query('INSERT INTO t VALUES (1, 1)'), refused);
    });
    await pool.use(async (lease) => {
      await lease.query('START TRANSACTION READ ONLY');
      await assert.rejects(lease.query('INSERT INTO t VALUES (1, 1)'), refused);
    });
    assert.equal(evicted, 0);
  });

  it('leaves the wish to read only with the borrower who had it', async (t) => {
    const database = await databaseFor(t, await getServer());
    const pool = poolOn(t, database.url, { maxSize: 1, reset: 'none' });
    await pool.use(async (lease) => {
      await lease.query('START TRANSACTION READ ONLY');
      await lease.query('COMMIT');
    });
    let evicted = 0;
    pool.on('evicted', () => evicted++);
    await pool.use(async (lease) => {
      await lease.query('SELECT 1 INTO @ignored');
      await assert.rejects(lease.query("SIGNAL SQLSTATE '25006' SET MYSQL_ERRNO = 1792, MESSAGE_TEXT = 'read only'"), {
        errno: 1792,
      });
    });
    assert.equal(evicted, 1);
  });
});

eachServer('a connection that its borrower has ended', (_kind, getServer) => {
  const ways: Record<string, (lease: MysqlLease) => unknown> = {
    'by end': (lease) => lease.connection.end(),
    'by end, promised': (lease) =>
      void lease.connection
        .promise()
        .end()
        .catch(() => undefined),
    'by destroy': (lease) => lease.connection.destroy(),
    'by its socket': (lease) => (lease.connection as unknown as { stream: { destroy(): void } }).stream.destroy(),
    'by the end of its socket': (lease) => (lease.connection as unknown as { stream: { end(): void } }).stream.end(),
  };
  for (const [way, end] of Object.entries(ways)) {
    it(`${way} is lent to nobody`, async (t) => {
      const pool = poolOn(t, await getServer(), { maxSize: 1, ping: 'never' });
      for (const reset of ['auto', 'none'] as const) {
        const other = poolOn(t, await getServer(), { maxSize: 1, ping: 'never', reset });
        for (const each of [pool, other]) {
          const closed = nextEvent(each, 'closed') as Promise<{ reason: string; cause: Error }>;
          const lease = await each.acquire();
          const waiting = Array.from({ length: 3 }, () => each.query('SELECT 1'));
          end(lease);
          lease.release();
          await Promise.all(waiting);
          const { reason, cause } = await closed;
          assert.deepEqual(
            [reason, cause.message],
            ['unclean', 'shop: the connection cannot be lent again: it was ended by its borrower'],
          );
        }
      }
    });
  }

  const said = ['COMMIT RELEASE', 'BEGIN; ROLLBACK RELEASE', 'KILL CONNECTION_ID()'];
  for (const sql of said) {
    it(`by saying ${sql} is lent to nobody`, async (t) => {
      const pool = poolOn(t, await getServer(), { maxSize: 1, ping: 'never', multipleStatements: true });
      for (let times = 0; times < 5; times++) {
        const lease = await pool.acquire();
        const waiting = pool.query('SELECT 1');
        await lease.query(sql).catch(() => undefined);
        lease.release();
        await waiting;
      }
    });
  }

  it('of its listeners does not end the process when it dies later', async (t) => {
    const server = await getServer();
    const pool = poolOn(t, server, { maxSize: 1 });
    const closed = closedOf(pool);
    const id = await pool.use(async (lease) => {
      lease.connection.removeAllListeners();
      return idOf(lease);
    });
    await server.admin(`KILL ${id}`);
    await pool.query('SELECT 1').catch(() => undefined);
    await pool.query('SELECT 1');
    assert.equal(closed.length, 1);
  });
});
