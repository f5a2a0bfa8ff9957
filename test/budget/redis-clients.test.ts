import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { systemClock } from 'node-mysqlpool/pool';
import { redisCoordinator } from '#internal/budget/redis-coordinator.js';
import { RedisServer } from '#support/servers/index.js';
import { freePort } from '#support/servers/server-port.js';
import { until } from '#support/until.js';
import { FakeMember } from './support/fake-member.js';
import { CLIENTS, rawClient, type TestClient } from './support/redis-clients.js';

describe('over a real Redis or Valkey', () => {
  let server: RedisServer;
  let admin: TestClient;
  before(async () => {
    server = await RedisServer.start();
    admin = await CLIENTS['ioredis 5']!(server.port);
  });
  after(async () => {
    await admin?.close();
    await server?.[Symbol.asyncDispose]();
  });

  const member = (id: string, name: string): FakeMember => new FakeMember(systemClock, id, name);

  for (const [name, connect] of Object.entries(CLIENTS)) {
    it(`two processes give way to each other: ${name}`, async () => {
      const client = await connect(server.port);
      const coordinator = redisCoordinator(client.client);
      const fleet = randomUUID();
      const [rich, poor] = [member('rich', fleet), member('poor', fleet)];
      rich.stands({ held: 8, idle: 8 });
      const [first, second] = [coordinator.join(rich), coordinator.join(poor)];
      await until(() => rich.state !== undefined && poor.state !== undefined);
      // Each listens on a connection of its own, as soon as it has heard of the server.
      if (client.canListen) await until(async () => (await admin.listeners(`mysqlpool:{${fleet}}`)) === 2);
      poor.stands({ waiters: 3, demand: 3, refusals: 1 });
      second.changed();
      await until(() => rich.share === 5 && poor.share === 3);
      assert.ok(rich.shed_.includes(3));
      poor.stands({ held: 3, waiters: 0 });
      rich.stands({ held: 5, idle: 5 });
      await until(() => rich.share === undefined && poor.share === undefined);
      await Promise.all([first.close(), second.close()]);
      assert.deepEqual(await admin.lines(`mysqlpool:{${fleet}}`), []);
      await client.close();
      await until(async () => (await admin.listeners(`mysqlpool:{${fleet}}`)) === 0);
    });

    it(`a client that is closed takes nothing away: ${name}`, async () => {
      const client = await connect(server.port);
      const one = member('one', randomUUID());
      one.stands({ held: 4, idle: 4 });
      const coordination = redisCoordinator(client.client).join(one);
      await until(() => one.state?.state === 'ok');
      await client.close();
      coordination.changed();
      await until(() => one.state?.state === 'lost');
      assert.deepEqual([one.share, one.shed_], [undefined, []]);
      await coordination.close();
    });
  }

  it('the server may forget everything', async () => {
    const client = await CLIENTS['redis 6']!(server.port);
    const fleet = randomUUID();
    const one = member('one', fleet);
    const coordination = redisCoordinator(client.client).join(one);
    await until(() => one.state?.state === 'ok');
    await admin.run('FLUSHALL');
    await admin.run('SCRIPT', 'FLUSH');
    coordination.changed();
    await until(async () => (await admin.lines(`mysqlpool:{${fleet}}`)).length === 1);
    assert.ok(one.states.every(({ state }) => state === 'ok'));
    await coordination.close();
    await client.close();
  });

  it('who may not run scripts does without, and is told so once', async () => {
    await admin.run('ACL', 'SETUSER', 'plain', 'on', '>x', '~*', '&*', '+@all', '-eval', '-evalsha');
    const client = await CLIENTS['ioredis 6']!(server.port, { username: 'plain', password: 'x' });
    const [one, two] = [member('one', 'plain'), member('two', 'plain')];
    const warnings: string[] = [];
    const note = (warning: Error): void => void warnings.push(warning.message);
    process.on('warning', note);
    const coordinator = redisCoordinator(client.client);
    const coordinations = [coordinator.join(one), coordinator.join(two)];
    await until(() => one.state?.state === 'lost' && two.state?.state === 'lost');
    await until(() => warnings.length > 0);
    process.off('warning', note);
    assert.equal(warnings.length, 1);
    assert.match(warnings[0]!, /^fleet "plain": Redis cannot be used \(NOPERM/);
    assert.match(one.state?.state === 'lost' ? one.state.why : '', /^NOPERM/);
    await Promise.all(coordinations.map((each) => each.close()));
    await client.close();
  });

  it('a server that freezes, is killed and comes back empty costs nothing but its help', async () => {
    await using own = await RedisServer.start();
    const client = await CLIENTS['redis 6']!(own.port);
    const one = member('one', 'fleet');
    one.stands({ held: 4, idle: 4 });
    const coordination = redisCoordinator(client.client, { learning: 0 }).join(one);
    await until(() => one.state?.state === 'ok');
    await own.freeze();
    await until(() => one.state?.state === 'lost');
    await own.thaw();
    await until(() => one.state?.state === 'ok');
    await own.kill();
    await until(() => one.state?.state === 'lost');
    await own.start();
    await until(() => one.state?.state === 'ok', 20_000);
    assert.deepEqual([one.share, one.shed_], [undefined, []]);
    await coordination.close();
    await client.close();
  });

  it('a cluster, where a fleet is one key', async () => {
    await using own = await RedisServer.start([
      ...['--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1'],
      // The usual one is the port and 10,000 more: somebody's outgoing connection may be there.
      ...['--cluster-port', `${await freePort()}`],
    ]);
    const raw = await CLIENTS['ioredis 5']!(own.port);
    await raw.run('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
    await until(async () => String(await raw.run('CLUSTER', 'INFO')).includes('cluster_state:ok'));
    for (const kind of ['redis 6', 'ioredis 5'] as const) {
      const cluster = await rawClient(kind).cluster(own.port);
      const one = member('one', 'shop');
      const coordination = redisCoordinator(cluster.client).join(one);
      await until(() => one.state?.state === 'ok');
      assert.deepEqual(await raw.lines('mysqlpool:{shop}'), ['one']);
      await coordination.close();
      await cluster.close();
    }
    await raw.close();
  });
});
