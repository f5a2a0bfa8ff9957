/** A statement that has waited too long for a lock (error 1205): what the server has left of the transaction. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createPool, type MysqlPool, type Transaction } from 'node-mysqlpool';
import { startServer, SERVER_KINDS } from '../support/servers/index.js';
import { eachServer } from '../support/servers/shared.js';
import { add, caught, ids, LOST, poolWithTwo } from './transaction-support.js';

eachServer('a lock wait time-out', (_kind, getServer) => {
  it('leaves the transaction open, which is rolled back and tried again', async (t) => {
    const pool = await poolWithTwo(t, await getServer());
    const holder = await pool.acquire();
    await holder.query('BEGIN');
    await holder.query("UPDATE t SET v = 'held' WHERE id = 1");
    let attempts = 0;
    await pool.transaction(
      async (tx) => {
        await add(tx, 11);
        if (++attempts === 2) await holder.query('ROLLBACK');
        await tx.query('SET SESSION innodb_lock_wait_timeout = 1');
        await tx.query("UPDATE t SET v = 'mine' WHERE id = 1");
      },
      { retry: 1 },
    );
    holder.release();
    assert.deepEqual([attempts, await ids(pool)], [2, [11]]);
  });
});

for (const kind of SERVER_KINDS) {
  describe(`a transaction whose failed statement takes all of it along (${kind})`, () => {
    it('is lost, and run again, as far as the settings of the server make it so', async (t) => {
      const variables: Record<string, string | number> = {
        innodb_rollback_on_timeout: 'ON',
        innodb_lock_wait_timeout: 1,
      };
      if (kind === 'mariadb') variables['innodb_snapshot_isolation'] = 'ON';
      const server = await startServer(kind, { variables });
      t.after(() => server[Symbol.asyncDispose]());
      await server.admin('CREATE DATABASE shop');
      await server.admin('CREATE TABLE shop.t (id INT PRIMARY KEY, v VARCHAR(50)) ENGINE=InnoDB');
      await server.admin("INSERT INTO shop.t VALUES (1, '')");
      const pool = createPool(server.url('shop'), { maxSize: 3 });
      t.after(() => pool.close({ timeout: 0 }));
      await waitsTooLong(pool);
      if (kind === 'mariadb') await readsWhatWasChanged(pool);
    });
  });
}

/** Error 1205 (lock wait time-out), which rolls back the whole transaction with the settings used here. */
async function waitsTooLong(pool: MysqlPool): Promise<void> {
  const holder = await pool.acquire();
  const lock = async (): Promise<void> => {
    await holder.query('BEGIN');
    await holder.query("UPDATE t SET v = 'held' WHERE id = 1");
  };
  await lock();
  const swallows = async (tx: Transaction): Promise<void> => {
    await add(tx, 11);
    const error = await caught(tx.query("UPDATE t SET v = '' WHERE id = 1"));
    assert.equal(error.errno, 1205);
    await assert.rejects(add(tx, 12), { code: LOST.code, cause: error, statement: 'UPDATE t SET v = ? WHERE id = ?' });
    await assert.rejects(
      tx.transaction((inner) => add(inner, 13)),
      LOST,
    );
  };
  await assert.rejects(pool.transaction(swallows), { errno: 1205 });
  const nested = async (tx: Transaction): Promise<void> => {
    await add(tx, 11);
    await caught(tx.transaction((inner) => inner.query("UPDATE t SET v = '' WHERE id = 1")));
    await add(tx, 12).catch(() => undefined);
  };
  await assert.rejects(pool.transaction(nested), { errno: 1205 });
  assert.deepEqual(await ids(pool), []);
  let attempts = 0;
  const retried = async (tx: Transaction): Promise<void> => {
    await add(tx, 11);
    const updating = tx.query("UPDATE t SET v = 'mine' WHERE id = 1");
    if (++attempts === 2) await holder.query('ROLLBACK');
    await updating;
  };
  await pool.transaction(retried, { retry: 1 });
  holder.release();
  assert.deepEqual([attempts, await ids(pool)], [2, [11]]);
  await pool.query('DELETE FROM t WHERE id > 10');
}

/** Error 1020: with snapshot isolation, a row that was changed since the transaction's first read cannot be updated. */
async function readsWhatWasChanged(pool: MysqlPool): Promise<void> {
  const work = async (tx: Transaction, id: number): Promise<void> => {
    await add(tx, id);
    await tx.query('SELECT * FROM t');
    if (id === 11) await pool.query("UPDATE t SET v = CONCAT(v, '!') WHERE id = 1");
    await tx.query("UPDATE t SET v = 'mine' WHERE id = 1");
  };
  const swallows = async (tx: Transaction): Promise<void> => {
    const error = await caught(work(tx, 11));
    assert.equal(error.errno, 1020);
    await add(tx, 12);
  };
  await assert.rejects(pool.transaction(swallows), { code: LOST.code });
  assert.deepEqual(await ids(pool), []);
  let id = 10;
  await pool.transaction((tx) => work(tx, ++id), { retry: 1 });
  assert.deepEqual(await ids(pool), [12]);
}
