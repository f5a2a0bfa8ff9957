/** A detached connection counts towards the limits until its socket is closed. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { MaxTotal, type MysqlConnection } from 'node-mysqlpool';
import { eachServer } from '../support/servers/shared.js';
import { accountFor, poolOn } from './support.js';

eachServer('a detached connection', (_kind, getServer) => {
  const ends: Record<string, (connection: MysqlConnection) => unknown> = {
    'its new owner ends it': (connection) => connection.end(),
    'its new owner destroys it': (connection) => connection.destroy(),
    'the server kills it': async ({ threadId }) => (await getServer()).admin(`KILL ${threadId}`),
  };
  for (const [name, end] of Object.entries(ends)) {
    it(`counts towards a limit over several pools until ${name}`, async (t) => {
      const server = await getServer();
      const user = await accountFor(t, server, 'pw');
      const permits = new MaxTotal(2);
      const options = { host: server.host, port: server.port, user, password: 'pw', permits };
      const first = poolOn(t, server, { ...options, name: 'first' });
      const second = poolOn(t, server, { ...options, name: 'second' });
      const taken = [(await first.acquire()).detach(), (await first.acquire()).detach()];
      t.after(() => taken.forEach((connection) => connection.destroy()));
      assert.equal(first.stats().size, 0, 'in the pool itself their places are free');
      for (const pool of [first, second]) {
        await assert.rejects(pool.acquire({ timeout: 0 }), { code: 'POOL_ACQUIRE_TIMEOUT', message: /2\/2/ });
      }
      assert.deepEqual([permits.stats().held, await server.connections(user)], [2, 2]);
      const waits = second.acquire();
      await end(taken[0]!);
      const lease = await waits;
      assert.equal(permits.stats().held, 2);
      lease.release();
    });
  }

  it('that is dead already counts no longer', async (t) => {
    const permits = new MaxTotal(1);
    const pool = poolOn(t, await getServer(), { permits });
    const lease = await pool.acquire();
    lease.connection.destroy();
    lease.detach();
    (await pool.acquire()).release();
  });
});
