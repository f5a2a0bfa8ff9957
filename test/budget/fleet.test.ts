import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MaxTotal } from 'node-mysqlpool';
import type { PermitHolder } from 'node-mysqlpool/pool';
import { Fleet } from '#internal/budget/index.js';
import { resolveFleet } from '#internal/budget/fleet-options.js';
import { MysqlCoordinator } from '#internal/budget/high-water.js';
import { NestedPermits } from '#internal/budget/nested-permits.js';
import { FakeClock } from '../pool/support/fake-clock.js';
import { watch } from '../pool/support/outcome.js';
import { denialsConformance } from './denials-conformance.js';
import { permitsConformance, type IssuerUnderTest } from './permits-conformance.js';
import { FakeAccount, type FleetLease, type FleetProcess } from './support/fake-account.js';
import { PortPool } from './support/port-pool.js';

const fleetUnderTest = (limit: number): IssuerUnderTest => {
  const clock = new FakeClock();
  const fleet = new Fleet(resolveFleet({ cap: 'slots', limit })!, { clock });
  return { permits: fleet, advance: (ms) => clock.advance(ms), admitted: () => fleet.admitted(0) };
};
const nested = (inner: number, outer: number): IssuerUnderTest => {
  const clock = new FakeClock();
  const permits = new NestedPermits(new MaxTotal(inner, { clock }), new MaxTotal(outer, { clock }));
  return { permits, advance: (ms) => clock.advance(ms) };
};

permitsConformance('a fleet', fleetUnderTest);
denialsConformance('a fleet', fleetUnderTest);
permitsConformance('a limit inside a wider one', (limit) => nested(limit, limit + 3));
denialsConformance('a limit inside a wider one', (limit) => nested(limit, limit + 3));

async function take(account: FakeAccount, { pool }: FleetProcess, count: number): Promise<FleetLease[]> {
  const asked = Array.from({ length: count }, () => pool.acquire());
  const all = watch(Promise.all(asked));
  for (let i = 0; i < 200 && all.state === 'pending'; i++) await account.clock.advance(10);
  return all.value;
}

const close = async (account: FakeAccount, ...processes: FleetProcess[]): Promise<void> => {
  const all = processes.flatMap(({ pools }) => pools.map((pool) => pool.close({ timeout: 0 })));
  const closed = watch(Promise.all(all));
  for (let i = 0; i < 100 && closed.state === 'pending'; i++) await account.clock.advance(100);
  void closed.value;
  assert.equal(account.sessions.size, 0);
  assert.deepEqual(account.clock.timers(), [], 'no timer is left');
};

describe('the limit of an account', () => {
  it('is found with the first connection', async () => {
    const account = new FakeAccount(7);
    const a = account.process({});
    assert.equal(a.fleet.stats().limit, undefined);
    (await take(account, a, 1))[0]!.release();
    assert.equal(a.fleet.stats().limit, 7);
    await close(account, a);
  });

  it('is followed up and down', async () => {
    const account = new FakeAccount(2);
    const a = account.process({}, { maxSize: 20 });
    const leases = await take(account, a, 2);
    const more = watch(a.pool.acquire());
    await account.clock.advance(1_000);
    assert.equal(more.state, 'pending');
    account.limit = 5;
    await account.clock.advance(1_100);
    assert.equal(more.state, 'resolved', 'a process that has all there is asks for one more from time to time');
    assert.equal(a.fleet.stats().limit, 5);
    account.limit = 2;
    leases[0]!.destroy();
    const late = watch(a.pool.acquire());
    await account.clock.advance(100);
    assert.equal(a.fleet.stats().limit, 2, 'the refusal tells it');
    assert.deepEqual([account.sessions.size, late.state], [2, 'pending'], 'nobody is cut off');
    more.value.release();
    await account.clock.advance(100);
    assert.equal(late.state, 'resolved');
  });

  it('is asked for no more than once a second by a process that has all there is', async () => {
    const account = new FakeAccount(2);
    const a = account.process({}, { maxSize: 20 }, { maxSize: 20 });
    await take(account, a, 2);
    for (const pool of a.pools) watch(pool.acquire());
    await account.clock.advance(10_000);
    assert.ok(account.refused.length >= 5 && account.refused.length <= 10, `${account.refused.length} in 10 s`);
    await account.clock.advance(account.loginTakes);
    assert.equal(a.fleet.stats().held, 2);
    await close(account, a);
  });

  it('is followed by a process that opens nothing, as soon as it counts', async () => {
    const account = new FakeAccount(6);
    const mysql = { coordinator: new MysqlCoordinator() };
    const [a, b] = [account.process(mysql), account.process(mysql)];
    for (const lease of await take(account, a, 4)) lease.release();
    account.limit = 2;
    const late = watch(b.pool.acquire());
    await account.clock.advance(5_000);
    assert.equal(late.state, 'resolved', 'those that lie idle are too many now');
    assert.equal(a.fleet.stats().limit, 2);
    assert.ok(account.sessions.size <= 2);
    // More again: whoever waits for its own part of the limit hears of it without a login.
    account.limit = 8;
    const rest = await take(account, a, 5);
    assert.equal(a.fleet.stats().limit, 8);
    for (const lease of rest) lease.release();
    await close(account, a, b);
  });

  it('turns away at once who has no time, and tells what is full', async () => {
    const account = new FakeAccount(1);
    const [a, b] = [account.process({}), account.process({})];
    await take(account, a, 1);
    for (const wait of [0, 2_000]) {
      await account.clock.advance(wait);
      const now = watch(b.pool.acquire({ timeout: 0 }));
      await account.clock.advance(50);
      assert.match(now.error.message, /waiting for the limit of the fleet, 1\/1/);
    }
    await close(account, a, b);
  });

  it('makes callers wait, each in its place, and no error', async () => {
    const account = new FakeAccount(3);
    const [a, b] = [account.process({}), account.process({})];
    const held = await take(account, a, 3);
    const order: number[] = [];
    const waiting = [0, 1, 2].map((n) => b.pool.acquire().then((lease) => (order.push(n), lease)));
    await account.clock.advance(5_000);
    assert.deepEqual(order, []);
    for (const lease of held) lease.destroy();
    const served = watch(Promise.all(waiting));
    await account.clock.advance(2_000);
    assert.deepEqual(order, [0, 1, 2]);
    assert.equal(served.state, 'resolved');
    await close(account, a, b);
  });

  it('is what the error of a time-out names', async () => {
    const account = new FakeAccount(1);
    const [a, b] = [account.process({}), account.process({}, { acquireTimeout: 500, name: 'orders' })];
    await take(account, a, 1);
    const late = watch(b.pool.acquire());
    await account.clock.advance(500);
    assert.equal(late.state, 'rejected');
    const { message } = late.error as Error;
    assert.match(message, /^orders: no connection within 500 ms \(waiting for the limit of the fleet, 1\/1; /);
    assert.match(message, /exceeded the max_user_connections/);
    await close(account, a, b);
  });

  it('is named as well while a login is finding out whether there is room', async () => {
    const account = new FakeAccount(1);
    account.loginTakes = 400;
    const [a, b] = [account.process({}), account.process({}, { acquireTimeout: 600, name: 'orders' })];
    await take(account, a, 1);
    const late = watch(b.pool.acquire());
    await account.clock.advance(600);
    assert.equal(b.pool.stats().connecting, 1, 'it is being asked again');
    assert.match(late.error.message, /\(waiting for the limit of the fleet, 1\/1; /);
    await account.clock.advance(account.loginTakes);
    await close(account, a, b);
  });

  it('adds nothing up over the pools of its process when a connection comes back and nobody has asked for any', () => {
    const fleet = new Fleet(resolveFleet({ cap: 'slots', limit: 4 })!, { clock: new FakeClock() });
    const looks: PropertyKey[] = [];
    const watched = (holder: PermitHolder): PermitHolder =>
      new Proxy(holder, {
        get: (target, name) => {
          looks.push(name);
          return Reflect.get(target, name, target) as unknown;
        },
      });
    const { account } = new PortPool('p', { join: (holder) => fleet.join(watched(holder)) });
    assert.equal(account.take(), true);
    looks.length = 0;
    assert.equal(account.contested, false);
    assert.deepEqual(looks, []);
    fleet.setShare(0);
    assert.equal(account.contested, true);
    assert.ok(looks.length > 0);
  });

  it('is asked by one login at a time and no more than seven times a second while it is full', async () => {
    const account = new FakeAccount(1);
    const [a, b] = [account.process({}), account.process({}, {}, {})];
    await take(account, a, 1);
    const waiting = b.pools.flatMap((pool) => Array.from({ length: 5 }, () => watch(pool.acquire())));
    await account.clock.advance(20_000);
    assert.ok(account.refused.length > 60 && account.refused.length <= 140, `${account.refused.length} in 20 s`);
    // Logins that had begun before the first refusal was known are refused as well.
    const [first] = account.refused;
    const later = account.refused.filter((at) => at > first! + account.loginTakes);
    for (const [i, at] of later.entries()) if (i > 0) assert.ok(at - later[i - 1]! >= 5, 'two at once');
    assert.ok(waiting.every(({ state }) => state === 'pending'));
    await close(account, a, b);
  });

  it('serves whoever waits soon after a place is free, though the server counts it a moment longer', async () => {
    const account = new FakeAccount(2);
    account.closedAfter = 15;
    const [a, b] = [account.process({}), account.process({})];
    const held = await take(account, a, 2);
    const late = watch(b.pool.acquire());
    await account.clock.advance(3_000);
    held[0]!.destroy();
    await account.clock.advance(400);
    assert.equal(late.state, 'resolved');
    const again = watch(a.pool.acquire());
    held[1]!.destroy();
    await account.clock.advance(60);
    assert.equal(again.state, 'resolved', 'its own place is tried at once');
    await close(account, a, b);
  });

  it('is refused as nothing to keep to when there is none', async () => {
    const account = new FakeAccount(Infinity);
    const a = account.process({});
    a.fleet.admitted = a.fleet.admitted.bind(a.fleet, 0);
    const refused = watch(a.pool.acquire());
    await account.clock.advance(100);
    assert.equal(refused.state, 'rejected');
    assert.match((refused.error as Error).message, /ALTER USER .* WITH MAX_USER_CONNECTIONS 100.*cap: 'slots'/);
    await close(account, a);
  });

  it('is never exceeded by the pools of one process, which share it', async () => {
    const account = new FakeAccount(4);
    const a = account.process({}, { maxSize: 10, name: 'one' }, { maxSize: 10, name: 'two' });
    (await take(account, a, 1))[0]!.release();
    const before = account.refused.length;
    const [one, two] = a.pools.map((pool) => Array.from({ length: 6 }, () => watch(pool.acquire())));
    await account.clock.advance(500);
    const served = [one, two].map((asked) => asked!.filter(({ state }) => state === 'resolved').length);
    assert.equal(served[0]! + served[1]!, 4);
    assert.equal(account.refused.length, before, 'no login is wasted on what is known');
    await close(account, a);
  });

  it('stands inside the limit of the process, and nothing leaks on the way', async () => {
    const account = new FakeAccount(10);
    const total = new MaxTotal(3, { clock: account.clock });
    const a = account.process({ permits: (fleet) => new NestedPermits(total, fleet) }, { name: 'one' });
    const b = account.process({});
    const held = await take(account, b, 9);
    const asked = Array.from({ length: 5 }, () => watch(a.pool.acquire()));
    await account.clock.advance(2_000);
    assert.equal(total.stats().held, 1, 'what the fleet denies is no part of the other limit');
    for (const lease of held) lease.destroy();
    await account.clock.advance(2_000);
    assert.equal(asked.filter(({ state }) => state === 'resolved').length, 3);
    assert.equal(total.stats().held, 3);
    await close(account, a, b);
    assert.equal(total.stats().held, 0);
  });
});
