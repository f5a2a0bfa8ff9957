/**
 * The server's limit for the prepared statements of all clients. It is a global variable, so that the test starts its
 * own servers.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { mostPrepared } from '#internal/mysql/statement-cache.js';
import { SERVER_KINDS, startServer, type TestServer } from '../support/servers/index.js';
import { poolOn, type Rows } from './support.js';

for (const kind of SERVER_KINDS) {
  describe(`a server that keeps no more prepared statements (${kind})`, () => {
    let server: TestServer;
    before(async () => {
      server = await startServer(kind);
      await server.admin('SET GLOBAL max_prepared_stmt_count = 20');
    });
    after(async () => {
      await server[Symbol.asyncDispose]();
    });

    it('is given back the oldest, and asked again', async (t) => {
      const pool = poolOn(t, server, { maxSize: 1 });
      for (let round = 0; round < 2; round++) {
        for (let n = 0; n < 50; n++) {
          const [rows] = await pool.execute<Rows>(`SELECT ? + ${n} AS n`, [1]);
          assert.equal(Number(rows[0]!['n']), n + 1);
        }
      }
      // Also for many concurrent executions.
      const all = await pool.use((lease) =>
        Promise.all(Array.from({ length: 60 }, (_, n) => lease.execute<Rows>(`SELECT ? + ${n + 100} AS n`, [1]))),
      );
      assert.deepEqual(
        all.map(([rows]) => Number(rows[0]!['n'])),
        Array.from({ length: 60 }, (_, n) => n + 101),
      );
      assert.equal(pool.stats().total.opened, 1);
    });

    it('refuses whoever has none to give back', async (t) => {
      const greedy = poolOn(t, server, { maxSize: 1 });
      await greedy.use(async (lease) => {
        for (let n = 0; n < 20; n++) await lease.execute(`SELECT ? + ${n} AS n`, [1]);
        await assert.rejects(poolOn(t, server, { maxSize: 1 }).execute('SELECT ? AS n', [1]), { errno: 1461 });
      });
    });
  });
}

describe('how many prepared statements a connection keeps', () => {
  it('is 256, or what a server keeps for a pool of that size alone', () => {
    assert.deepEqual([1, 10, 63, 64, 100, 1_000, 5_000].map(mostPrepared), [256, 256, 256, 255, 163, 16, 16]);
  });

  it('is what the option says where it says something', async (t) => {
    const { splitOptions } = await import('#internal/api/options.js');
    assert.equal(splitOptions({ host: 'localhost', maxPreparedStatements: 7 }).driver.maxPreparedStatements, 7);
    assert.ok(t.name);
  });
});
