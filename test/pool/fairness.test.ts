import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fakePool, type FakeLease } from './support/pool.js';

describe('fairness', () => {
  it('serves callers in the order in which they came', async (t) => {
    const fake = fakePool(t, { maxSize: 2 });
    const loans = [await fake.acquire(), await fake.acquire()];
    const served: number[] = [];
    const waiting = Array.from({ length: 20 }, async (_, i) => {
      const lease = await fake.pool.acquire();
      served.push(i);
      loans.push(lease);
    });
    for (let i = 0; i < 20; i++) {
      loans.shift()!.release();
      await fake.clock.settle();
    }
    await Promise.all(waiting);
    assert.deepEqual(served, [...Array(20).keys()]);
  });

  it('does not let one who asks in the tick of a release overtake the line', async (t) => {
    const fake = fakePool(t, { maxSize: 1 });
    const first = await fake.acquire();
    const early = fake.ask();
    first.release();
    const late = fake.ask();
    await fake.clock.advance(0);
    assert.equal(early.state, 'resolved');
    assert.equal(late.state, 'pending');
    early.value.release();
    await fake.clock.advance(0);
    assert.equal(late.state, 'resolved');
  });

  it('does not let one overtake who asks before the line while an idle connection is being checked', async (t) => {
    const fake = fakePool(t, { maxSize: 1, ping: 'always' });
    await fake.warm(1);
    fake.connector.pinging.usual = { after: 10 };
    const first = fake.ask();
    await fake.clock.advance(5);
    const second = fake.ask();
    await fake.clock.advance(5);
    assert.equal(first.state, 'resolved');
    assert.equal(second.state, 'pending');
  });

  it('keeps the order over releases, destroys, detaches and failed dials', async (t) => {
    const fake = fakePool(t, { maxSize: 2 });
    const loans: FakeLease[] = [await fake.acquire(), await fake.acquire()];
    const served: number[] = [];
    for (let i = 0; i < 30; i++) {
      void fake.pool.acquire().then((lease) => {
        served.push(i);
        loans.push(lease);
      });
    }
    for (let i = 0; served.length < 30 && i < 500; i++) {
      const lease = loans.shift();
      if (i % 5 === 0) fake.connector.opening.failNext(1, new Error('refused'));
      if (lease === undefined) await fake.clock.advance(100);
      else if (i % 3 === 0) lease.destroy();
      else if (i % 7 === 0) fake.connector.detached.add(lease.detach());
      else lease.release();
      await fake.clock.advance(1);
      fake.check();
    }
    assert.deepEqual(served, [...Array(30).keys()]);
  });

  it('shares fairly between loops that borrow again and again (SQLAlchemy D4)', async (t) => {
    const fake = fakePool(t, { maxSize: 2 });
    const turns = Array.from({ length: 20 }, () => 0);
    const loop = async (who: number): Promise<void> => {
      for (let i = 0; i < 50; i++) {
        const lease = await fake.pool.acquire();
        const end = fake.connector.use(lease.connection);
        await new Promise((resolve) => fake.clock.arrive(1, () => resolve(undefined)));
        end();
        turns[who]!++;
        lease.release();
      }
    };
    const loops = Promise.all(turns.map((_, who) => loop(who)));
    await fake.clock.advance(250);
    const [least, most] = [Math.min(...turns), Math.max(...turns)];
    assert.ok(most - least <= 1, `between ${least} and ${most} turns each`);
    await fake.clock.advance(260);
    await loops;
    assert.equal(fake.pool.stats().total.failed, 0);
  });

  it('passes over those in the line who have gone', async (t) => {
    const fake = fakePool(t, { maxSize: 1 });
    const first = await fake.acquire();
    const controller = new AbortController();
    const gone = fake.ask({ signal: controller.signal });
    const late = fake.ask({ timeout: 10 });
    const stays = fake.ask();
    controller.abort();
    await fake.clock.advance(10);
    first.release();
    await fake.clock.advance(0);
    assert.deepEqual([gone.state, late.state, stays.state], ['rejected', 'rejected', 'resolved']);
  });

  it('keeps the order in a line of many out of which many leave', async (t) => {
    const fake = fakePool(t, { maxSize: 1 });
    let lease = await fake.acquire();
    const controllers = Array.from({ length: 3_000 }, () => new AbortController());
    const waiting = controllers.map(({ signal }) => fake.ask({ signal }));
    controllers.forEach((controller, i) => i % 3 !== 0 && controller.abort());
    assert.equal(fake.counts().waiters, 1_000);
    for (let i = 0; i < 3_000; i += 3) {
      lease.release();
      await fake.clock.settle();
      lease = waiting[i]!.value;
      if (i % 300 === 0)
        assert.equal(
          waiting.findIndex((one, at) => at > i && one.state === 'resolved'),
          -1,
        );
    }
    assert.equal(fake.counts().waiters, 0);
  });

  it('does not let a listener that asks overtake those who wait', async (t) => {
    const fake = fakePool(t, { maxSize: 2 });
    await fake.warm(2);
    fake.pool.suspend();
    const waiting = [fake.ask(), fake.ask()];
    const remove = fake.pool.on('acquired', () => {
      remove();
      waiting.push(fake.ask());
    });
    fake.pool.resume();
    await fake.clock.advance(0);
    assert.deepEqual(
      waiting.map((one) => one.state),
      ['resolved', 'resolved', 'pending'],
    );
  });

  it('lets waiters take what idles when the whole line is served at once', async (t) => {
    const fake = fakePool(t, { maxSize: 4 });
    await fake.warm(4);
    fake.pool.suspend();
    const waiting = Array.from({ length: 6 }, () => fake.ask());
    await fake.clock.advance(100);
    fake.pool.resume();
    await fake.clock.advance(0);
    assert.deepEqual(
      waiting.map((one) => one.state),
      ['resolved', 'resolved', 'resolved', 'resolved', 'pending', 'pending'],
    );
  });

  it('costs little for each of very many who wait', async (t) => {
    const fake = fakePool(t, { maxSize: 10, maxConnecting: 10 });
    await fake.warm(10);
    let served = 0;
    const before = process.cpuUsage();
    for (let i = 0; i < 50_000; i++) {
      void fake.pool.acquire().then((lease) => {
        served++;
        queueMicrotask(() => lease.release());
      });
    }
    await fake.clock.settle();
    const { user } = process.cpuUsage(before);
    assert.equal(served, 50_000);
    // A queue with Array.shift takes 2 s and more; a ring buffer takes about a tenth of that.
    assert.ok(user < 1_500_000, `${user / 1_000} ms`);
  });
});
