/** KILL with the connection ids that clients got in their greeting. */
import assert from 'node:assert/strict';
import { it, type TestContext } from 'node:test';
import { Command } from '#internal/wire/index.js';
import type { TestServer } from '../../support/servers/index.js';
import { eachServer } from '../../support/servers/shared.js';
import { until } from '../../support/until.js';
import type { WireClient } from '../../support/wire-client.js';
import { clientOf, gatewayFor, rowsIn, rowsOf, valueOf, type GatewayFor } from '../support.js';
import { errnoIn, errnoOf, lastWord, ownAccount, packetOf, queryFrame, runs } from './support.js';

const numberOf = (client: WireClient): number => client.greeting.threadId;

async function twoOf(t: TestContext, server: TestServer, at: GatewayFor): Promise<[WireClient, WireClient]> {
  return [await clientOf(t, at, server), await clientOf(t, at, server)];
}

const slow = (name: string): string => `SELECT SLEEP(1000) /* ${name} */`;

/** An interrupted SLEEP returns 1 or fails. */
const isInterrupted = (answer: Awaited<ReturnType<WireClient['query']>>, capabilities: number): boolean =>
  errnoIn(answer) === 1317 || rowsIn(answer, capabilities)[0]?.[0] === '1';

async function sleeps(client: WireClient, times: number): Promise<(string | null)[]> {
  const values: (string | null)[] = [];
  while (values.length < times) values.push(await valueOf(client, 'SLEEP(0.001)'));
  return values;
}

eachServer('KILL through a gateway', (kind, getServer) => {
  it('stops a statement: as text, with other clients’ statements untouched, and the connection lives on', async (t) => {
    const server = await ownAccount(t, await getServer());
    const at = await gatewayFor(t, server, { maxSize: 3 });
    const [victim, killer] = await twoOf(t, server, at);
    const bystander = await clientOf(t, at, server);
    bystander.send(queryFrame(slow('bystander')));
    const started = victim.query(slow('victim'));
    await runs(server, /victim/);
    await runs(server, /bystander/);
    assert.equal(await errnoOf(killer, `KILL QUERY ${numberOf(victim)}`), 0);
    assert.equal(isInterrupted(await started, victim.capabilities), true);
    assert.equal(await valueOf(victim, '1'), '1');
    await runs(server, /bystander/);
    assert.equal(await errnoOf(killer, `KILL ${numberOf(bystander)}`), 0);
    await bystander.closed;
    await runs(server, /bystander/, false);
  });

  it('stops the statement also when every backend is taken, and a client that waits in line', async (t) => {
    const server = await ownAccount(t, await getServer());
    const at = await gatewayFor(t, server, { maxSize: 1 });
    const [victim, killer] = await twoOf(t, server, at);
    const waiting = await clientOf(t, at, server);
    victim.send(queryFrame(slow('victim')));
    await runs(server, /victim/);
    const inLine = waiting.query('SELECT 1');
    await until(() => at.gateway.pools[0]!.stats().waiters === 1);
    assert.equal(await errnoOf(killer, `KILL QUERY ${numberOf(waiting)}`), 0);
    assert.equal(errnoIn(await inLine), 1317);
    assert.equal(await errnoOf(killer, `KILL QUERY ${numberOf(victim)}`), 0);
    // There is no room for another connection that could send KILL, so that the victim's own connection is closed.
    await lastWord(victim);
    await runs(server, /victim/, false);
    assert.equal(await valueOf(waiting, '2'), '2');
  });

  it('ends a client by COM_PROCESS_KILL and by KILL CONNECTION, in a transaction too', async (t) => {
    const server = await ownAccount(t, await getServer());
    const at = await gatewayFor(t, server);
    const [victim, killer] = await twoOf(t, server, at);
    await rowsOf(victim, `UPDATE ${server.user}.t SET v = 0`);
    await rowsOf(victim, 'BEGIN');
    await rowsOf(victim, `UPDATE ${server.user}.t SET v = 9`);
    assert.equal(await errnoOf(killer, `KILL CONNECTION ${numberOf(victim)}`), 0);
    await victim.closed;
    assert.deepEqual(await rowsOf(killer, `SELECT MAX(v) FROM ${server.user}.t FOR UPDATE`), [['0']]);
    const other = await clientOf(t, at, server);
    const id = Buffer.alloc(4);
    id.writeUInt32LE(numberOf(other));
    assert.equal(errnoIn(await killer.command(packetOf(Command.PROCESS_KILL, id))), 0);
    await other.closed;
  });

  it('does not take the number of one of the server’s sessions for a client', async (t) => {
    const server = await ownAccount(t, await getServer());
    const at = await gatewayFor(t, server);
    const [victim, killer] = await twoOf(t, server, at);
    const direct = await clientOf(t, server, server);
    const number = Number(await valueOf(direct, 'CONNECTION_ID()'));
    for (const client of [victim, killer])
      assert.ok(numberOf(client) > number + 1_000_000 && numberOf(client) < 2 ** 31);
    assert.equal(await errnoOf(killer, `KILL ${number}`), 0);
    await direct.closed;
    assert.equal(await valueOf(victim, '1'), '1');
  });

  it('answers for oneself, for nobody and for another user as the server does', async (t) => {
    const server = await ownAccount(t, await getServer());
    const stranger = await ownAccount(t, server);
    const at = await gatewayFor(t, server);
    const own = async (where: { host: string; port: number }, what: string): Promise<number[]> => {
      const client = await clientOf(t, where, server);
      client.send(queryFrame(`KILL ${what} ${numberOf(client)}`));
      const answer = await client.next().then((packet) => errnoIn([packet]));
      const goesOn = await errnoOf(client, 'SELECT 1').catch(() => -1);
      return [answer, goesOn];
    };
    for (const what of ['QUERY', 'CONNECTION', ''])
      assert.deepEqual(await own(at, what), await own(server, what), what);
    const client = await clientOf(t, at, server);
    const other = await clientOf(t, at, stranger);
    for (const what of ['QUERY', 'CONNECTION']) {
      assert.equal(await errnoOf(client, `KILL ${what} 123456789`), 1094);
      assert.equal(await errnoOf(client, `KILL ${what} ${numberOf(other)}`), 1095);
    }
    assert.equal(await valueOf(other, '1'), '1');
  });

  it('ends those of other users for whom the server lets end them', async (t) => {
    const server = await ownAccount(t, await getServer());
    const stranger = await ownAccount(t, server);
    const may = kind === 'mysql' ? 'CONNECTION_ADMIN' : 'CONNECTION ADMIN';
    await server.admin(`GRANT ${may} ON *.* TO '${server.user}'@'%'`);
    const at = await gatewayFor(t, server);
    const killer = await clientOf(t, at, server);
    const victim = await clientOf(t, at, stranger);
    const started = victim.query(slow('victim of another'));
    await runs(stranger, /victim of another/);
    assert.equal(await errnoOf(killer, `KILL QUERY ${numberOf(victim)}`), 0);
    assert.equal(isInterrupted(await started, victim.capabilities), true);
    assert.equal(await errnoOf(victim, `KILL ${numberOf(killer)}`), 1095);
    assert.equal(await errnoOf(killer, `KILL ${numberOf(victim)}`), 0);
    await victim.closed;
    if (kind === 'mariadb') return;
    // Only a user with SYSTEM_USER may kill the sessions of another such user.
    await server.admin(`GRANT SYSTEM_USER ON *.* TO '${stranger.user}'@'%'`);
    const system = await clientOf(t, at, stranger);
    assert.equal(await errnoOf(killer, `KILL ${numberOf(system)}`), 1095);
    assert.equal(await valueOf(system, '1'), '1');
  });

  it('never hits the next statement on that backend', async (t) => {
    const server = await ownAccount(t, await getServer());
    const at = await gatewayFor(t, server, { maxSize: 2 });
    const [victim, killer] = await twoOf(t, server, at);
    const next = await clientOf(t, at, server);
    for (let round = 0; round < 40; round++) {
      // A statement that ends by itself at about the same time.
      const short = victim.query(`SELECT SLEEP(0.00${round % 5})`);
      const killed = errnoOf(killer, `KILL QUERY ${numberOf(victim)}`);
      const others = sleeps(next, 3);
      await short;
      assert.deepEqual(await sleeps(victim, 1), ['0']);
      assert.equal(await killed, 0);
      assert.deepEqual(await others, ['0', '0', '0']);
    }
  });

  it('never hits the next client when the killed one has gone', async (t) => {
    const server = await ownAccount(t, await getServer());
    const at = await gatewayFor(t, server, { maxSize: 2 });
    const [killer, next] = await twoOf(t, server, at);
    for (let round = 0; round < 20; round++) {
      const victim = await clientOf(t, at, server);
      const short = victim.query('DO 1');
      const killed = errnoOf(killer, `KILL QUERY ${numberOf(victim)}`);
      await short;
      victim.destroy();
      assert.deepEqual(await sleeps(next, 3), ['0', '0', '0']);
      await killed;
    }
  });
});
