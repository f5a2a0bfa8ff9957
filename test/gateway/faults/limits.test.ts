/** The limits for clients, waiters and sessions, and the order in which waiters are served. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { decodeError, isError } from '#internal/wire/index.js';
import { eachServer } from '../../support/servers/shared.js';
import { ServerRefusal } from '../../support/wire-client.js';
import { until } from '../../support/until.js';
import { clientOf, gatewayFor, rowsOf, valueOf } from '../support.js';
import { ownAccount, packetOf, runningOf } from './support.js';
import { Command } from '#internal/wire/index.js';

eachServer('the limits of a gateway', (_kind, getServer) => {
  it('tells who waits too long with whom it stands in line; the connection goes on', async (t) => {
    const server = await ownAccount(t, await getServer());
    const at = await gatewayFor(t, server, { pool: { maxSize: 1, acquireTimeout: 400, maxWaiters: 1 } });
    const [holder, waiter, third] = [
      await clientOf(t, at, server),
      await clientOf(t, at, server),
      await clientOf(t, at, server),
    ];
    await rowsOf(holder!, 'BEGIN');
    const answer = waiter!.query('SELECT 1');
    await until(() => at.gateway.pools[0]!.stats().waiters === 1);
    const full = (await third!.query('SELECT 1'))[0]!.payload;
    assert.equal(isError(full) && decodeError(full).errno, 1040);
    const { payload } = (await answer)[0]!;
    const { errno, sqlState, message } = decodeError(payload);
    assert.deepEqual([errno, sqlState], [1040, '08004']);
    assert.match(message, /within \d+ ms .*size 1\/1, idle 0, in use 1.*last BEGIN/);
    await rowsOf(holder!, 'COMMIT');
    assert.equal(await valueOf(waiter!, '2'), '2');
    assert.equal(await valueOf(third!, '3'), '3');
  });

  it('lets in no more clients than it may, and again when one has gone', async (t) => {
    const server = await ownAccount(t, await getServer());
    const at = await gatewayFor(t, server, { maxClients: 2 });
    const first = await clientOf(t, at, server);
    await clientOf(t, at, server);
    const refused = (error: unknown): boolean => error instanceof ServerRefusal && error.packet.errno === 1040;
    await assert.rejects(clientOf(t, at, server), refused);
    first.destroy();
    await until(() => at.gateway.clients.size === 1);
    await clientOf(t, at, server);
  });

  it('serves who comes first first', async (t) => {
    const server = await ownAccount(t, await getServer());
    const at = await gatewayFor(t, server, { maxSize: 1 });
    const holder = await clientOf(t, at, server);
    const clients = [];
    for (let n = 0; n < 8; n++) clients.push(await clientOf(t, at, server));
    await rowsOf(holder, 'BEGIN');
    const served: number[] = [];
    const asked: Promise<unknown>[] = [];
    for (const [n, client] of clients.entries()) {
      asked.push(valueOf(client, '1').then(() => served.push(n)));
      await until(() => at.gateway.pools[0]!.stats().waiters === n + 1);
    }
    await rowsOf(holder, 'COMMIT');
    await Promise.all(asked);
    assert.deepEqual(served, [0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it('never has more sessions at the server than it may: 30 clients on 4, logins and passwords included', async (t) => {
    // The server enforces the limit too: it would refuse a fifth session.
    const server = await ownAccount(t, await getServer(), 'WITH MAX_USER_CONNECTIONS 4');
    const at = await gatewayFor(t, server, { maxSize: 4 });
    const counts: number[] = [];
    const refusals: string[] = [];
    let isOver = false;
    const watch = (async () => {
      while (!isOver) counts.push((await runningOf(server)).length);
    })();
    const lives = Array.from({ length: 30 }, async (_, n) => {
      const wrong = n % 10 === 0;
      const login = clientOf(t, at, server, { database: server.user, ...(wrong ? { password: 'wrong' } : {}) });
      if (wrong) return assert.rejects(login, (error: ServerRefusal) => error.packet.errno === 1045);
      const client = await login;
      for (let round = 0; round < 4; round++) {
        if (n % 3 === 0) await rowsOf(client, 'BEGIN');
        await rowsOf(client, `SELECT SLEEP(0.002), ${n}`).catch((error: Error) => refusals.push(error.message));
        if (n % 3 === 0) await rowsOf(client, n % 2 === 0 ? 'COMMIT' : 'ROLLBACK');
        if (n % 7 === 0) await client.command(packetOf(Command.RESET_CONNECTION));
      }
      client.destroy();
      return undefined;
    });
    try {
      await Promise.all(lives);
    } finally {
      // Otherwise `watch` would run for ever.
      isOver = true;
      await watch;
    }
    assert.deepEqual(refusals, []);
    assert.ok(counts.length > 0 && Math.max(...counts) <= 4, `${Math.max(...counts)} sessions`);
  });

  it('lets clients in although all backends are kept for what others might ask next', async (t) => {
    const server = await ownAccount(t, await getServer());
    const at = await gatewayFor(t, server, { maxSize: 1, maxTotal: 1 });
    const first = await clientOf(t, at, server);
    // The client has warnings now, which its next statement may ask for.
    await rowsOf(first, "SELECT CAST('x' AS SIGNED)");
    const second = await clientOf(t, at, server, { database: server.user });
    await rowsOf(second, "SELECT CAST('x' AS SIGNED)");
    const found = await clientOf(t, at, server, { capabilities: second.capabilities | 2 });
    await rowsOf(found, "SELECT CAST('x' AS SIGNED)");
    // With another password, the gateway asks the server.
    await assert.rejects(
      clientOf(t, at, server, { password: 'wrong' }),
      (error: ServerRefusal) => error.packet.errno === 1045,
    );
    await rowsOf(first, "SELECT CAST('x' AS SIGNED)");
    const stranger = await ownAccount(t, server);
    assert.equal(await valueOf(await clientOf(t, at, stranger), '1'), '1');
    assert.equal(await valueOf(first, '1'), '1');
  });
});
