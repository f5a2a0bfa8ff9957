import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { it } from 'node:test';
import { autoCloseDb, type MysqlPool } from 'node-mysqlpool';
import { createPool as createFacadePool } from 'node-mysqlpool/mysql2/promise';
import { eachServer } from '../support/servers/shared.js';
import { until } from '../support/until.js';
import { idOf, one, poolOn, type Rows } from './support.js';

const newName = (): string => `lock_${randomBytes(6).toString('hex')}`;

const first = async (pool: Pick<MysqlPool, 'query'>, sql: string, values?: unknown[]): Promise<unknown> =>
  Object.values((await pool.query<Rows>(sql, values))[0][0]!)[0];
const take = (pool: MysqlPool, name: string, timeout = 0): Promise<unknown> =>
  first(pool, 'SELECT GET_LOCK(?, ?) AS lock_status', [name, timeout]);
const release = (pool: MysqlPool, name: string): Promise<unknown> => first(pool, 'SELECT RELEASE_LOCK(?)', [name]);

eachServer('a named lock that a statement on its own takes', (kind, getServer) => {
  it('is held until another statement on its own releases it, and keeps others out', async (t) => {
    const server = await getServer();
    const name = newName();
    const pool = poolOn(t, server, { maxSize: 3 });
    const other = poolOn(t, server);
    assert.equal(await take(pool, name), 1);
    // Other statements meanwhile, on several connections, do not get the lock's connection.
    const ids = await Promise.all([idOf(pool), idOf(pool), first(pool, 'SELECT SLEEP(0.01)')]);
    const holder = await first(other, 'SELECT IS_USED_LOCK(?)', [name]);
    assert.ok(!ids.includes(Number(holder)));
    assert.equal(await take(other, name), 0);
    assert.equal(await take(pool, name), 0, 'nor has anybody else of the same pool');
    assert.equal(await first(pool, 'SELECT IS_FREE_LOCK(?)', [name]), 0);
    await until(() => pool.stats().inUse === 1);
    const [loan, ...more] = pool.borrowers().loans;
    assert.deepEqual([loan?.label, loan?.recent, more], ['named lock', ['SELECT GET_LOCK(?, ?) AS lock_status'], []]);
    assert.equal(await release(pool, name), 1);
    await until(() => pool.stats().inUse === 0);
    assert.equal(await release(pool, name), null);
    assert.equal(await take(other, name), 1);
    assert.equal(await release(other, name), 1);
    await until(() => other.stats().inUse === 0);
  });

  it('is found again among several, in whatever way it is named, and by prepared statements', async (t) => {
    const pool = poolOn(t, await getServer(), { maxSize: 4 });
    const name = newName();
    const [literal, prepared, computed] = [`${name}_l`, `${name}_p`, `${name}_c`];
    assert.equal(await first(pool, `DO GET_LOCK('${literal}', 0)`).catch(() => 'no rows'), 'no rows');
    const execute = async (sql: string, values: string[]): Promise<unknown> =>
      Object.values((await pool.execute<Rows>(sql, values))[0][0]!)[0];
    assert.equal(await execute('SELECT GET_LOCK(?, 0) AS a;', [prepared]), 1);
    assert.equal(await first(pool, `SELECT IF(GET_LOCK(CONCAT('${name}', ?), 0) = 1, 'got', '') AS b`, ['_c']), 'got');
    await until(() => pool.borrowers().loans.filter(({ label }) => label === 'named lock').length === 3);
    assert.equal(await execute('SELECT RELEASE_LOCK(?)', [prepared]), 1);
    assert.equal(await first(pool, `SELECT RELEASE_LOCK('${computed}')`), 1);
    assert.equal(await release(pool, literal), 1);
    await until(() => pool.stats().inUse === 0);
  });

  it('may be two in one statement, which are released one by one, or all at once', async (t) => {
    const pool = poolOn(t, await getServer());
    const [a, b] = [newName(), newName()];
    const both = `SELECT GET_LOCK('${a}', 0) AS a, GET_LOCK('${b}', 0) AS b`;
    assert.deepEqual({ ...(await one(pool, both)) }, { a: 1, b: 1 });
    assert.equal(await release(pool, a), 1);
    assert.equal(await first(pool, 'SELECT IS_FREE_LOCK(?)', [a]), 1);
    assert.equal(pool.stats().inUse, 1);
    assert.equal(await first(pool, 'SELECT IS_FREE_LOCK(?)', [b]), 0);
    assert.equal(await take(pool, a), 1);
    assert.ok(Number(await first(pool, 'SELECT RELEASE_ALL_LOCKS()')) >= 1);
    await until(() => pool.stats().inUse === 0);
    for (const name of [a, b]) assert.equal(await first(pool, 'SELECT IS_FREE_LOCK(?)', [name]), 1);
  });

  it('sets nothing aside when it was not had, or was refused', async (t) => {
    const server = await getServer();
    const name = newName();
    const pool = poolOn(t, server);
    const other = poolOn(t, server);
    assert.equal(await take(other, name), 1);
    assert.equal(await take(pool, name), 0);
    await assert.rejects(first(pool, 'SELECT GET_LOCK(?, 0), nothing FROM nowhere', [name]));
    await until(() => pool.stats().inUse === 0);
    await release(other, name);
  });

  for (const maxSize of [1, 2])
    it(`has a pool of ${maxSize} serve others when nothing else is left, and keeps the lock`, async (t) => {
      const server = await getServer();
      const pool = poolOn(t, server, { maxSize, acquireTimeout: 5_000 });
      const other = poolOn(t, server);
      const names = Array.from({ length: maxSize }, newName);
      for (const name of names) assert.equal(await take(pool, name), 1);
      await pool.query('SET sql_mode = DEFAULT');
      await pool.query('START TRANSACTION');
      await pool.transaction(async (tx) => void (await tx.query('SELECT 1')));
      for (const name of names) assert.equal(await take(other, name), 0, 'still held');
      if (maxSize === 1) await assert.rejects(take(pool, names[0]!), { code: 'MYSQL_NAMED_LOCK_HELD' });
      for (const name of names) assert.equal(await release(pool, name), 1);
      for (const name of names) assert.equal(await take(other, name), 1);
      await first(other, 'SELECT RELEASE_ALL_LOCKS()');
      await until(() => pool.stats().inUse === 0);
    });

  it('gives a connection to who waits for one while it holds the others', async (t) => {
    const server = await getServer();
    const pool = poolOn(t, server, { maxSize: 2, acquireTimeout: 10_000 });
    const other = poolOn(t, server);
    const [a, b] = [newName(), newName()];
    for (const name of [a, b]) assert.equal(await take(pool, name), 1);
    await pool.transaction(async (tx) => {
      await tx.query('SELECT 1');
      assert.equal(await first(pool, 'SELECT 1'), 1);
    });
    for (const name of [a, b]) assert.equal(await take(other, name), 0, 'still held');
    // Both connections have served other statements by now, and either may get the statement that releases the other's
    // lock.
    const released = await Promise.all([a, b, a, b].map((name) => release(pool, name)));
    assert.deepEqual(released, [1, 1, null, null]);
    for (const name of [a, b]) assert.equal(await take(other, name), 1);
    await first(other, 'SELECT RELEASE_ALL_LOCKS()');
    await until(() => pool.stats().inUse === 0);
  });

  it('is released when the connection that serves somebody meanwhile comes back, and not in the middle of their loan', async (t) => {
    const server = await getServer();
    const pool = poolOn(t, server, { maxSize: 1, acquireTimeout: 10_000 });
    const other = poolOn(t, server);
    const name = newName();
    assert.equal(await take(pool, name), 1);
    const lease = await pool.acquire();
    assert.equal(await first(other, 'SELECT IS_USED_LOCK(?)', [name]), await idOf(lease));
    // Makes room for the statement and for others.
    pool.resize({ maxSize: 3 });
    await pool.warmUp(3);
    let released: unknown;
    const releasing = release(pool, name).then((answer) => (released = answer));
    await until(() => pool.stats().inUse === 2);
    for (let round = 0; round < 3; round++) await one(lease, 'SELECT 1');
    assert.deepEqual([released, await take(other, name)], [undefined, 0]);
    lease.release();
    assert.equal(await releasing, 1);
    assert.equal(await take(other, name), 1);
    await release(other, name);
    await until(() => pool.stats().inUse === 0);
  });

  it('is lost, and told to be, when the last connection there is needs a full reset', async (t) => {
    const server = await getServer();
    const pool = poolOn(t, server, { maxSize: 1 });
    const name = newName();
    const told: string[] = [];
    const hear = (warning: Error): void => void told.push(warning.message);
    process.on('warning', hear);
    t.after(() => process.off('warning', hear));
    assert.equal(await take(pool, name), 1);
    await pool.use((lease) => lease.query('SET @x = 1'));
    assert.equal(await first(pool, 'SELECT IS_FREE_LOCK(?)', [name]), 1);
    assert.equal(await release(pool, name), null);
    assert.equal(pool.stats().inUse, 0);
    // The warning comes once per process, so that only the first kind of server sees it.
    if (kind === 'mariadb') assert.match(told.join('\n'), /a named lock is lost: .*raise maxSize/);
  });

  it('is not granted a second time to a loan on the connection that keeps it', async (t) => {
    const server = await getServer();
    const pool = poolOn(t, server, { maxSize: 1 });
    const other = poolOn(t, server);
    const [a, b] = [newName(), newName()];
    const refused = { code: 'MYSQL_NAMED_LOCK_HELD' };
    assert.equal(await take(pool, a), 1);
    await pool.use(async (lease) => {
      const [before, , after] = await Promise.all([
        first(lease, 'SELECT @@last_insert_id + 1'),
        assert.rejects(lease.query('SELECT GET_LOCK(?, 0)', [a]), refused),
        first(lease, 'SELECT 2'),
      ]);
      assert.deepEqual([before, after], [1, 2]);
      await assert.rejects(
        lease.execute('SELECT GET_LOCK(?, ?)', [kind === 'mysql' ? a.toUpperCase() : a, 0]),
        refused,
      );
      await assert.rejects(lease.query(`DO GET_LOCK('${b}', 0), GET_LOCK('${a}', 0)`), refused);
    });
    assert.equal(await take(other, a), 0, 'still held');
    assert.equal(await release(pool, a), 1);
    // A lock that a loan itself has taken can be taken again by the same loan.
    await pool.use(async (lease) => {
      for (let i = 0; i < 2; i++) assert.equal(await first(lease, 'SELECT GET_LOCK(?, 0)', [b]), 1);
    });
    await until(() => pool.stats().inUse === 0);
  });

  it('is told to be lost when its connection is replaced or dies', async (t) => {
    const pool = poolOn(t, await getServer(), { maxSize: 1 });
    const told: string[] = [];
    const hear = (warning: Error): void => void told.push(warning.message);
    process.on('warning', hear);
    t.after(() => process.off('warning', hear));
    const name = newName();
    assert.equal(await take(pool, name), 1);
    const id = await idOf(pool);
    pool.evict();
    await until(() => pool.stats().idle === 0);
    assert.notEqual(await idOf(pool), id);
    assert.equal(await release(pool, name), null);
    // The warning comes once per process, so that only the first kind of server sees it.
    if (kind === 'mariadb')
      await until(() => /a named lock is lost: its connection was replaced/.test(told.join('\n')));
  });

  it('is released by a statement that releases those of one connection only', async (t) => {
    const pool = poolOn(t, await getServer(), { maxSize: 3 });
    const [a, b] = [newName(), newName()];
    for (const name of [a, b]) assert.equal(await take(pool, name), 1);
    for (const verb of ['SELECT', 'DO'])
      await assert.rejects(pool.query(`${verb} RELEASE_LOCK(?), RELEASE_LOCK(?)`, [a, b]), {
        code: 'MYSQL_NAMED_LOCK_HELD',
        message: /release each by its own statement/,
      });
    assert.deepEqual([await release(pool, a), await release(pool, b)], [1, 1]);
    await until(() => pool.stats().inUse === 0);
  });

  it('goes with the loan or the scope that takes it, as ever', async (t) => {
    const server = await getServer();
    const pool = poolOn(t, server, { maxSize: 2 });
    const isFree = (name: string): Promise<unknown> =>
      until(async () => (await first(pool, 'SELECT IS_FREE_LOCK(?)', [name])) === 1);
    const [a, b, c] = [newName(), newName(), newName()];
    await pool.use((lease) => lease.query('SELECT GET_LOCK(?, 0)', [a]));
    await isFree(a);
    await autoCloseDb.run(async () => {
      assert.equal(await take(pool, b), 1);
      assert.equal(await first(pool, 'SELECT IS_FREE_LOCK(?)', [b]), 0);
    });
    await isFree(b);
    await autoCloseDb.run(
      async () => {
        assert.equal(await take(pool, c), 1);
        assert.equal(await first(pool, 'SELECT IS_USED_LOCK(?) = CONNECTION_ID()', [c]), 1);
        assert.equal(await release(pool, c), 1);
      },
      { oneConnection: true },
    );
    assert.equal(pool.stats().inUse, 0);
  });

  it('belongs to the loan when its borrower goes on with it', async (t) => {
    const server = await getServer();
    const pool = createFacadePool(server.url());
    t.after(() => pool.end());
    const other = poolOn(t, server);
    const name = newName();
    const connection = await pool.getConnection();
    await connection.query('SELECT GET_LOCK(?, 0)', [name]);
    await connection.query('SELECT 1');
    connection.release();
    await until(async () => (await first(other, 'SELECT IS_FREE_LOCK(?)', [name])) === 1);
    // A lock taken by a statement of the drop-in pool itself is kept.
    await pool.query('SELECT GET_LOCK(?, 0)', [name]);
    await pool.execute('SELECT 1');
    assert.equal(await first(other, 'SELECT IS_FREE_LOCK(?)', [name]), 0);
    const [[row]] = (await pool.execute('SELECT RELEASE_LOCK(?) AS ok', [name])) as unknown as [[{ ok: number }]];
    assert.equal(row.ok, 1);
  });

  it('is in no hands of the next borrower, by whatever name it cannot be found again', async (t) => {
    const pool = poolOn(t, await getServer(), { maxSize: 1 });
    const name = newName();
    const taken: (() => Promise<unknown>)[] = [
      () => pool.query(`SELECT GET_LOCK(CONCAT('${name}', RAND()), 0)`),
      () => pool.query(`SELECT GET_LOCK(CONCAT(n, RAND()), 0) FROM (SELECT '${name}' AS n UNION SELECT 'b') AS t`),
      () => pool.query(`SELECT RELEASE_LOCK(IF(GET_LOCK('${name}', 0), 'b', ''))`),
      () => pool.query(`SELECT GET_LOCK(CONCAT('${name}', GET_LOCK('b', 0)), 0)`),
      () => pool.execute('SELECT GET_LOCK(?, 0)', [{ name } as never]),
      // MariaDB accepts only strings as names of locks.
      ...(kind === 'mysql'
        ? [
            () => pool.execute('SELECT GET_LOCK(?, 0)', [new Date()]),
            () => pool.execute('SELECT GET_LOCK(?, 0)', [1e20]),
            () => pool.query('SELECT GET_LOCK(UUID(), 0)'),
          ]
        : []),
    ];
    for (const take of taken) {
      await take();
      await pool.use(async (lease) => {
        const [rows] = await lease.query<Rows>('SELECT RELEASE_ALL_LOCKS() AS locks');
        assert.equal(Number(rows[0]!['locks']), 0, String(take));
      });
    }
  });

  it('is not looked for by a name that its own statement alone can say', async (t) => {
    const pool = poolOn(t, await getServer(), { maxSize: 3 });
    const [a, b] = [newName(), newName()];
    for (const name of [a, b]) assert.equal(await take(pool, name), 1);
    const released = await first(pool, `SELECT RELEASE_LOCK(n) FROM (SELECT '${a}' AS n) AS t`);
    assert.equal(released, 0, 'another session has it');
    for (const name of [a, b]) assert.equal(await release(pool, name), 1);
  });

  it('stays while a scope goes on whose statements share one connection', async (t) => {
    const server = await getServer();
    const pool = poolOn(t, server, { maxSize: 2, contextLocal: true });
    const other = poolOn(t, server);
    const name = newName();
    await autoCloseDb.run(async () => {
      assert.equal(await take(pool, name), 1);
      await pool.query('SELECT 1');
      await pool.query('SET @x = 1');
      assert.equal(await take(other, name), 0);
      assert.equal(await release(pool, name), 1);
      assert.equal(await take(other, name), 1);
    });
    await first(other, 'SELECT RELEASE_ALL_LOCKS()');
    assert.equal(pool.stats().inUse, 0);
    assert.equal(await first(pool, 'SELECT @x'), null);
  });

  it('lets the pool serve who waits when it resumes, shrinks, or is drained', async (t) => {
    const server = await getServer();
    const held = async (maxSize: number): Promise<MysqlPool> => {
      const pool = poolOn(t, server, { maxSize, acquireTimeout: 5_000 });
      assert.equal(await take(pool, newName()), 1);
      await until(() => pool.borrowers().loans[0]?.label === 'named lock');
      return pool;
    };
    const resumed = await held(1);
    resumed.suspend();
    const late = first(resumed, 'SELECT 1');
    await until(() => resumed.stats().waiters === 1);
    await new Promise((resolve) => setImmediate(resolve));
    resumed.resume();
    assert.equal(await late, 1);

    const shrunk = await held(2);
    const lease = await shrunk.acquire();
    const waiting = first(shrunk, 'SELECT 2');
    await until(() => shrunk.stats().waiters === 1);
    shrunk.resize({ maxSize: 1 });
    lease.release();
    assert.equal(await waiting, 2);

    const drained = await held(1);
    const end = drained.drain();
    assert.equal(await first(drained, 'SELECT 3'), 3);
    await end;
  });

  it('frees its place when its connection is lost, or the pool is closed', async (t) => {
    const server = await getServer();
    const pool = poolOn(t, server, { maxSize: 2 });
    const [a, b] = [newName(), newName()];
    assert.equal(await take(pool, a), 1);
    await server.admin(`KILL ${Number(await first(pool, 'SELECT IS_USED_LOCK(?)', [a]))}`);
    await until(() => pool.stats().inUse === 0);
    // The server may take a moment to end a session and release its locks after it has closed the connection.
    await until(async () => (await release(pool, a)) === null);
    assert.equal(await take(pool, b), 1);
    const before = performance.now();
    await pool.close();
    assert.ok(performance.now() - before < 5_000, 'it is not waited for');
    const other = poolOn(t, server);
    await until(async () => (await first(other, 'SELECT IS_FREE_LOCK(?)', [b])) === 1);
  });
});
