/** Several accounts of one gateway whose common limit is lower than the sum of their own limits. */
import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { it, type TestContext } from 'node:test';
import type { AcquireTimeoutError } from 'node-mysqlpool/pool';
import { ASKED, Capability } from '#internal/wire/index.js';
import type { ServerRefusal, WireClient } from '../support/wire-client.js';
import { eachServer } from '../support/servers/shared.js';
import { ownAccount } from './faults/support.js';
import { clientOf, gatewayFor, rowsOf, valueOf, type GatewayFor } from './support.js';

/** Each client runs `times` transactions, all clients concurrently. */
async function takeTurns(clients: readonly WireClient[], times: number): Promise<void> {
  const lives = clients.map(async (client) => {
    for (let n = 0; n < times; n++) {
      await rowsOf(client, 'BEGIN');
      assert.equal(await valueOf(client, String(n)), String(n));
      await rowsOf(client, 'COMMIT');
      // The client has warnings now, which its next statement may ask for.
      await rowsOf(client, "SELECT CAST('x' AS SIGNED)");
    }
  });
  await Promise.all(lives);
}

const sizeOf = ({ gateway }: GatewayFor): number => gateway.pools.reduce((sum, pool) => sum + pool.stats().size, 0);

eachServer('accounts that share a limit', (_kind, getServer) => {
  async function accounts(t: TestContext, count: number): Promise<Awaited<ReturnType<typeof ownAccount>>[]> {
    const all = [];
    for (let n = 0; n < count; n++) all.push(await ownAccount(t, await getServer()));
    return all;
  }

  for (const [name, options] of [
    ['in rotation', { mode: 'rotate', maxSize: 3, maxTotal: 2 }],
    ['one session for all of them', { maxSize: 3, maxTotal: 1 }],
    ['each of which keeps a reserve', { pool: { maxSize: 3, minIdle: 3 }, maxTotal: 3 }],
  ] as const) {
    it(`all come in and have their turns: ${name}`, async (t) => {
      const users = await accounts(t, 3);
      const at = await gatewayFor(t, users[0]!, options);
      const clients: WireClient[] = [];
      for (const user of users) {
        const client = await clientOf(t, at, user, { database: user.database });
        clients.push(client);
        await takeTurns(clients, 3);
        assert.ok(sizeOf(at) <= options.maxTotal, `${sizeOf(at)} sessions`);
      }
    });
  }

  it('take nothing from each other where there is no limit over all of them', async (t) => {
    const users = await accounts(t, 2);
    const at = await gatewayFor(t, users[0]!, { pool: { maxSize: 1, acquireTimeout: 1_000 } });
    for (const user of users) await rowsOf(await clientOf(t, at, user), 'BEGIN');
    assert.deepEqual(
      at.gateway.pools.map((pool) => pool.stats().inUse),
      [1, 1],
    );
  });

  it('in rotation also logins of one user that are apart have as many sessions each as there may be', async (t) => {
    const [user] = await accounts(t, 1);
    const at = await gatewayFor(t, user!, { mode: 'rotate', maxSize: 2 });
    for (const flags of [0, Capability.FOUND_ROWS])
      await rowsOf(await clientOf(t, at, user!, { capabilities: (ASKED | flags) >>> 0 }), 'SELECT 1');
    assert.deepEqual(
      at.gateway.pools.map((pool) => pool.stats().size),
      [2, 2],
    );
  });

  it('in rotation a first login waits for no more sessions than there may be', async (t) => {
    const users = await accounts(t, 2);
    const at = await gatewayFor(t, users[0]!, { mode: 'rotate', maxSize: 5, maxTotal: 3 });
    const waited: number[] = [];
    const hear = (message: unknown): void =>
      void waited.push((message as { readonly error: AcquireTimeoutError }).error.waited);
    subscribe('mysqlpool:acquireFailed', hear);
    t.after(() => unsubscribe('mysqlpool:acquireFailed', hear));
    await clientOf(t, at, users[0]!);
    assert.equal(sizeOf(at), 3);
    await clientOf(t, at, users[1]!);
    assert.deepEqual(waited, [0, 0], 'asked for once more than there are, and told at once');
  });

  it('who comes when others keep all of it is told so, and comes in when they have gone', async (t) => {
    const [holder, other] = await accounts(t, 2);
    const at = await gatewayFor(t, holder!, { maxSize: 2, maxTotal: 2, loginTimeout: 300 });
    const holders = [await clientOf(t, at, holder!), await clientOf(t, at, holder!)];
    for (const client of holders) await rowsOf(client, 'BEGIN');
    await assert.rejects(clientOf(t, at, other!), (error: ServerRefusal) => {
      assert.deepEqual([error.packet.errno, error.packet.sqlState], [1040, '08004']);
      assert.match(
        error.message,
        /: login: no connection within 300 ms \(waiting for the limit over all pools, 2\/2\)/,
      );
      return true;
    });
    holders[0]!.destroy();
    assert.equal(await valueOf(await clientOf(t, at, other!), '1'), '1');
  });

  it('what a session was opened with is right, and need not be checked while all is taken', async (t) => {
    const [user] = await accounts(t, 1);
    const at = await gatewayFor(t, user!, { maxSize: 2 });
    const confirmed: string[] = [];
    const { credentials } = at.gateway;
    const confirm = credentials.confirmed.bind(credentials);
    credentials.confirmed = (name, password) => {
      confirmed.push(name);
      confirm(name, password);
    };
    const first = await clientOf(t, at, user!);
    await rowsOf(first, 'BEGIN');
    assert.deepEqual(confirmed, [user!.user]);
    const second = await clientOf(t, at, user!);
    await rowsOf(second, 'BEGIN');
    assert.deepEqual(confirmed, [user!.user, user!.user]);
    await clientOf(t, at, user!);
  });
});
