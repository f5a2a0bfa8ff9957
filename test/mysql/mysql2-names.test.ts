/** Methods that users of mysql2 expect, on a pool of `createPool` and on its leases. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import * as mysql2 from 'mysql2';
import { createPool } from 'node-mysqlpool';
import { createPool as createKyselyPool } from 'node-mysqlpool/kysely';
import { eachServer } from '../support/servers/shared.js';
import { databaseFor, one, poolOn } from './support.js';

const nowhere = { host: '127.0.0.1', port: 1 };

it("values and names are written as mysql2's pool writes them, with the options that bear upon it", async (t) => {
  const date = new Date(Date.UTC(2026, 1, 3, 4, 5, 6));
  const values = ["O'Neil\\", 5, null, undefined, date, { a: 1 }, [1, 'x'], Buffer.from('ab'), true];
  for (const options of [{}, { timezone: 'Z' }, { timezone: '+02:00', stringifyObjects: true }] as const) {
    const ours = createPool({ ...nowhere, ...options });
    const theirs = mysql2.createPool({ ...nowhere, ...options });
    t.after(() => ours.close());
    t.after(() => theirs.end());
    for (const value of values) assert.equal(ours.escape(value), theirs.escape(value));
    assert.equal(ours.format('SELECT ?, ??', [values, 'a.b']), theirs.format('SELECT ?, ??', [values, 'a.b']));
    assert.equal(ours.format('SELECT 1'), 'SELECT 1');
    assert.equal(ours.escapeId('a.b'), theirs.escapeId('a.b'));
  }
  const ours = createPool({ ...nowhere, queryFormat: (sql: string, given: unknown) => `${sql} -- ${String(given)}` });
  t.after(() => ours.close());
  assert.equal(ours.format('SELECT 1', 'x'), 'SELECT 1 -- x');
});

it('who waits to be called back is refused, and told where that is', async (t) => {
  const pool = createPool(nowhere);
  t.after(() => pool.close());
  const back = (): void => assert.fail('it was called');
  assert.throws(
    () => pool.getConnection(back as object),
    /getConnection: it takes no callback.*node-mysqlpool\/kysely/s,
  );
  assert.throws(() => pool.end(back as object), /end: it takes no callback/);
  assert.equal(pool.state, 'open');
});

it('end closes, with the options of close', async () => {
  for (const pool of [createPool(nowhere), createKyselyPool(nowhere)]) {
    await assert.rejects(pool.end({ timeuot: 5 } as object), { code: 'POOL_OPTION' });
    await pool.end({ timeout: 5 });
    assert.equal(pool.state, 'closed');
  }
});

eachServer("a loan by mysql2's names", (_kind, getServer) => {
  it('is committed, rolled back, and rolled back when it is given back', async (t) => {
    const { url } = await databaseFor(t, await getServer());
    const pool = poolOn(t, url, { maxSize: 1 });
    const write = async (n: number, end: 'commit' | 'rollback' | undefined): Promise<void> => {
      const lease = await pool.getConnection({ label: 'writer' });
      assert.equal(pool.borrowers().loans[0]!.label, 'writer');
      await lease.beginTransaction();
      await lease.query('INSERT INTO t (id) VALUES (?)', [n]);
      if (end !== undefined) await lease[end]();
      lease.release();
    };
    await write(1, 'commit');
    await write(2, 'rollback');
    await write(4, undefined);
    assert.equal(Number((await one(pool, 'SELECT SUM(id) AS n FROM t'))['n']), 1);
    const lease = await pool.getConnection();
    await lease.beginTransaction();
    // MySQL would silently commit the first transaction.
    await assert.rejects(lease.beginTransaction(), { code: 'MYSQL_TRANSACTION_OPEN' });
    await lease.rollback();
    await lease.beginTransaction();
    lease.release();
    await assert.rejects(lease.commit(), { code: 'POOL_LEASE_ENDED' });
    await assert.rejects(lease.beginTransaction(), { code: 'POOL_LEASE_ENDED' });
    assert.equal((await one(pool, 'SELECT 1 AS n'))['n'], 1);
  });
});
