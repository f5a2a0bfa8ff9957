import assert from 'node:assert/strict';
import { it } from 'node:test';
import { autoCloseDb, type MysqlLease, type MysqlPool, type Transaction } from 'node-mysqlpool';
import { eachServer } from '../support/servers/shared.js';
import { until } from '../support/until.js';
import { one, poolOn } from './support.js';

/** The ways in which a loan may end; each returns the lease that has ended. */
const ENDS: Readonly<Record<string, (pool: MysqlPool) => Promise<MysqlLease>>> = {
  release: async (pool) => {
    const lease = await pool.acquire();
    lease.release();
    return lease;
  },
  destroy: async (pool) => {
    const lease = await pool.acquire();
    lease.destroy();
    return lease;
  },
  detach: async (pool) => {
    const lease = await pool.acquire();
    lease.detach().destroy();
    return lease;
  },
  'the end of a block': async (pool) => {
    let kept: MysqlLease;
    {
      await using lease = await pool.acquire();
      kept = lease;
    }
    return kept;
  },
  'the end of use': (pool) => pool.use((lease) => lease),
  'the end of a function in autoCloseDb': (pool) => autoCloseDb.run(() => pool.acquire()),
  'the closing of the pool': async (pool) => {
    const lease = await pool.acquire();
    await pool.close({ timeout: 0 });
    return lease;
  },
};

eachServer('a loan that has ended', (_kind, getServer) => {
  for (const [name, end] of Object.entries(ENDS)) {
    it(`by ${name} is refused, whatever it is asked, and giving it back again does nothing`, async (t) => {
      const pool = poolOn(t, await getServer(), { maxSize: 1 });
      const lease = await end(pool);
      const refused = { name: 'LeaseEndedError', code: 'POOL_LEASE_ENDED' };
      assert.equal(lease.active, false);
      assert.throws(() => lease.connection, refused);
      assert.throws(() => lease.detach(), refused);
      assert.throws(() => lease.onReturn(() => undefined), refused);
      await assert.rejects(lease.query('SELECT 1'), refused);
      await assert.rejects(lease.execute('SELECT 1'), refused);
      await assert.rejects(lease.ping(), refused);
      await assert.rejects(
        lease.transaction(() => 'never'),
        refused,
      );
      await assert.rejects(async () => lease.stream('SELECT 1').next(), refused);
      if (pool.state === 'closed') return;
      const next = await pool.acquire();
      lease.release();
      lease.destroy();
      assert.equal((await one(next, 'SELECT 42 AS n'))['n'], 42);
      next.release();
    });
  }

  it('is refused by its transaction, too', async (t) => {
    const pool = poolOn(t, await getServer(), { maxSize: 1 });
    const tx = await pool.transaction(async (given): Promise<Transaction> => given);
    await assert.rejects(tx.query('SELECT 1'), { code: 'MYSQL_TRANSACTION_ENDED' });
    assert.equal(pool.stats().idle, 1);
  });
});

eachServer('a stream that is read by hand', (_kind, getServer) => {
  it('holds its connection until its end, or until it is told to return', async (t) => {
    const pool = poolOn(t, await getServer(), { maxSize: 1 });
    const begun = pool.stream('SELECT 1 UNION ALL SELECT 2');
    assert.equal(pool.stats().inUse, 0, 'nothing is borrowed before it is read');
    await begun.next();
    assert.equal(pool.stats().inUse, 1);
    await begun.next();
    assert.equal(pool.stats().inUse, 1);
    assert.equal((await begun.next()).done, true);
    await until(() => pool.stats().idle === 1);
    const left = pool.stream('SELECT 1 UNION ALL SELECT 2');
    await left.next();
    assert.equal(pool.stats().inUse, 1);
    await left.return();
    await until(() => pool.stats().inUse === 0);
  });
});
