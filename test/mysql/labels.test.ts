import assert from 'node:assert/strict';
import { it } from 'node:test';
import { autoCloseDb } from 'node-mysqlpool';
import { createPool as createFacadePool } from 'node-mysqlpool/mysql2/promise';
import { eachServer } from '../support/servers/shared.js';
import { poolOn } from './support.js';

eachServer('labels of loans', (_, getServer) => {
  it('are taken by everything that borrows', async (t) => {
    const pool = poolOn(t, await getServer());
    const told: (string | undefined)[] = [];
    pool.on('acquired', ({ label }) => told.push(label));
    await pool.query('SELECT 1', undefined, { label: 'query' });
    await pool.execute('SELECT ?', [1], { label: 'execute', timeout: 5_000 });
    for await (const row of pool.stream('SELECT 1 AS n', undefined, { label: 'stream' })) assert.ok(row);
    await pool.transaction((tx) => tx.query('SELECT 1'), { label: 'transaction', readOnly: true });
    await pool.use((lease) => lease.query('SELECT 1'), { label: 'use' });
    await autoCloseDb.label('upload').run(() => pool.query('SELECT 1'));
    assert.deepEqual(told, ['query', 'execute', 'stream', 'transaction', 'use', 'upload']);
    assert.equal(pool.stats().total.acquired, told.length);
  });

  it('that are no text are refused', async (t) => {
    const pool = poolOn(t, await getServer());
    const bad = { label: 7 as unknown as string };
    const refusal = { code: 'POOL_OPTION', option: 'label', message: 'shop: option "label": expected a text, got 7' };
    await assert.rejects(pool.query('SELECT 1', undefined, bad), refusal);
    await assert.rejects(pool.execute('SELECT 1', undefined, bad), refusal);
    await assert.rejects(pool.stream('SELECT 1', undefined, bad).next(), refusal);
    await assert.rejects(
      pool.transaction(() => undefined, bad),
      refusal,
    );
  });

  it('are mysql2 for a pool with its interface', async (t) => {
    const pool = createFacadePool({ uri: (await getServer()).url() });
    t.after(() => pool.end());
    const told: (string | undefined)[] = [];
    pool.pool.mysqlpool.on('acquired', ({ label }) => told.push(label));
    await pool.query('SELECT 1');
    await autoCloseDb.label('upload').run(() => pool.query('SELECT 1'));
    assert.deepEqual(told, ['mysql2', 'upload (mysql2)']);
  });
});
