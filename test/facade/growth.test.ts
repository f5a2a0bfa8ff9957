import assert from 'node:assert/strict';
import type { EventEmitter } from 'node:events';
import { it } from 'node:test';
import type { Pool, PoolConnection } from 'mysql2';
import { collectUntil } from '../support/garbage.js';
import { assertNoGrowth } from '../support/growth.js';
import { eachServer } from '../support/servers/shared.js';
import { until } from '../support/until.js';
import { first, poolOn, promisePoolOn, take } from './support.js';

const connectionsIn = (pool: Pool): object[] => [
  ...(pool as unknown as { readonly _allConnections: Iterable<object> })._allConnections,
];

/** How many listeners there are, by event. */
const listenersOf = (emitter: EventEmitter): Record<string, number> =>
  Object.fromEntries(emitter.eventNames().map((name) => [String(name), emitter.listenerCount(name)]));

eachServer('what the drop-in pool keeps', (_kind, getServer) => {
  it('of loans is nothing: neither what their borrowers listened to, nor what streams and promises did', async (t) => {
    const pool = promisePoolOn(t, await getServer(), { connectionLimit: 1 });
    let connection!: PoolConnection;
    const round = async (): Promise<void> => {
      connection = await take(pool.pool);
      for (const event of ['error', 'end', 'drain', 'close']) connection.on(event, () => undefined);
      const rows = connection.query('SELECT 1').stream();
      await new Promise((resolve) => rows.on('data', () => undefined).on('end', resolve));
      connection.release();
      const promised = await pool.getConnection();
      promised.on('error', () => undefined);
      await promised.query('SELECT 1');
      promised.release();
    };
    await assertNoGrowth(round, () => listenersOf(connection));
  });

  it('of its own events is nothing', async (t) => {
    const pool = poolOn(t, await getServer(), { connectionLimit: 1 });
    const round = async (): Promise<void> => {
      assert.equal((await first(pool, 'SELECT 1 AS n'))['n'], 1);
      await pool.promise().execute('SELECT 1');
      (await pool.promise().getConnection()).release();
    };
    await assertNoGrowth(round, () => listenersOf(pool));
  });

  it('of connections is those that are open', async (t) => {
    const pool = poolOn(t, await getServer(), { connectionLimit: 2 });
    let seen = 0;
    let collected = 0;
    const registry = new FinalizationRegistry(() => void collected++);
    const watch = (connection: object): void => {
      seen++;
      registry.register(connection, undefined);
    };
    const round = async (): Promise<void> => {
      const [one, two] = [await take(pool), await take(pool)];
      watch(one);
      watch(two);
      one.destroy();
      two.release();
      pool.mysqlpool.evict();
      await until(() => pool.mysqlpool.stats().size === 0 && connectionsIn(pool).length === 0);
    };
    await assertNoGrowth(round, () => ({ all: connectionsIn(pool).length }), 10);
    (await take(pool)).release();
    assert.equal(connectionsIn(pool).length, 1);
    assert.ok(await collectUntil(() => collected === seen), `${collected} of ${seen} closed ones are garbage`);
  });
});
