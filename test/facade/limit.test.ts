import assert from 'node:assert/strict';
import { it } from 'node:test';
import { freshDatabase } from '../support/servers/index.js';
import { eachServer } from '../support/servers/shared.js';
import { until } from '../support/until.js';
import { firstOf, poolOn, promisePoolOn } from './support.js';

eachServer('the limit of the drop-in pool', (_kind, getServer) => {
  it('holds, as the server counts', async (t) => {
    const database = await freshDatabase(await getServer());
    t.after(() => database[Symbol.asyncDispose]());
    const pool = promisePoolOn(t, database.url, { connectionLimit: 3 });
    const counted = async (): Promise<number> => {
      const sql = 'SELECT COUNT(*) AS n FROM information_schema.PROCESSLIST WHERE DB = DATABASE()';
      return Number((await firstOf(pool, sql))['n']);
    };
    const works = Array.from({ length: 60 }, async (_, n) => {
      if (n % 3 === 0) return counted();
      const connection = await pool.getConnection();
      await connection.query('SELECT SLEEP(0.002)');
      if (n % 3 === 1) connection.release();
      else connection.destroy();
      return counted();
    });
    const counts = await Promise.all(works);
    // A server on a busy machine counts a connection that was destroyed for a moment longer, while the next is opened.
    assert.ok(Math.max(...counts) <= 4, `up to ${Math.max(...counts)}`);
    assert.ok(counts.filter((count) => count > 3).length <= counts.length / 4, counts.join());
    assert.ok(pool.pool.mysqlpool.stats().size <= 3);
    await until(async () => (await counted()) <= 3);
  });

  it('0 is none', async (t) => {
    const pool = poolOn(t, await getServer(), { connectionLimit: 0 });
    const held = await Promise.all(Array.from({ length: 20 }, () => pool.promise().getConnection()));
    assert.equal(pool.mysqlpool.stats().inUse, 20);
    for (const connection of held) connection.release();
  });
});
