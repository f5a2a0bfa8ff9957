import assert from 'node:assert/strict';
import { it } from 'node:test';
import { eachServer } from '../support/servers/shared.js';
import { until } from '../support/until.js';
import { databaseFor, one, poolOn } from './support.js';

const LOANS = 30;

eachServer('closing a pool', (_kind, getServer) => {
  it('lets every transaction that has begun commit, and turns away those that come later', async (t) => {
    const server = await getServer();
    const database = await databaseFor(t, server);
    const pool = poolOn(t, database.url, { maxSize: LOANS, maxConnecting: 10 });
    const outcomes = Array.from({ length: LOANS }, (_, id) =>
      pool.transaction(async (tx) => {
        await tx.query('INSERT INTO t VALUES (?, ?)', [id, 'x']);
        await until(() => pool.state !== 'open');
        await tx.query('UPDATE t SET v = ? WHERE id = ?', ['y', id]);
      }),
    );
    await until(() => pool.stats().inUse === LOANS);
    const closed = pool.close();
    await assert.rejects(
      pool.transaction(() => undefined),
      { code: 'POOL_CLOSED' },
    );
    await Promise.all(outcomes);
    await closed;
    assert.equal(pool.stats().size, 0);
    const other = poolOn(t, database.url, { maxSize: 1 });
    assert.equal((await one(other, "SELECT COUNT(*) AS n FROM t WHERE v = 'y'"))['n'], LOANS);
  });
});
