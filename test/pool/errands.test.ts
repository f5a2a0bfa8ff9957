import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Errands } from 'node-mysqlpool/pool';
import type { FakeConnection } from './support/fake-connector.js';
import { watch, type Outcome } from './support/outcome.js';
import { fakePool, type FakePool } from './support/pool.js';

type Loan = Awaited<ReturnType<Errands<FakeConnection>['acquire']>>;

const any = (): boolean => true;

function send(
  fake: FakePool,
  suits: (connection: FakeConnection) => boolean = any,
  signal = new AbortController().signal,
): Outcome<Loan> {
  return watch(fake.connector.errands.acquire('an errand', signal, suits));
}

describe('an errand of the connector', () => {
  it('takes what lies idle and suits, at once', async (t) => {
    const fake = fakePool(t, { maxSize: 3 });
    await fake.warm(3);
    const errand = send(fake, ({ id }) => id === 2);
    await fake.clock.settle();
    assert.equal(errand.value.connection.id, 2);
    assert.deepEqual(
      fake.pool.borrowers().loans.map(({ label }) => label),
      ['an errand'],
    );
    errand.value.release();
    assert.equal(fake.counts().idle, 3);
  });

  it('goes ahead of the line, and the line goes on in its order', async (t) => {
    const fake = fakePool(t, { maxSize: 1 });
    const loan = await fake.acquire();
    const callers = [fake.ask(), fake.ask()];
    const errand = send(fake);
    assert.equal(fake.counts().waiters, 2);
    loan.release();
    await fake.clock.settle();
    assert.deepEqual([errand.state, callers[0]!.state], ['resolved', 'pending']);
    errand.value.release();
    await fake.clock.settle();
    assert.deepEqual([callers[0]!.state, callers[1]!.state], ['resolved', 'pending']);
    callers[0]!.value.release();
    await fake.clock.settle();
    callers[1]!.value.release();
  });

  it('waits for one that suits, and lets callers have the others', async (t) => {
    const fake = fakePool(t, { maxSize: 2 });
    const loans = [await fake.acquire(), await fake.acquire()];
    const errand = send(fake, ({ id }) => id === 2);
    const caller = fake.ask();
    loans[0]!.release();
    await fake.clock.settle();
    assert.deepEqual([errand.state, caller.state], ['pending', 'resolved']);
    loans[1]!.release();
    await fake.clock.settle();
    assert.equal(errand.value.connection.id, 2);
    errand.value.release();
    caller.value.release();
  });

  it('has a connection opened when there is none, within the limit', async (t) => {
    const fake = fakePool(t, { maxSize: 2 });
    const loan = await fake.acquire();
    const errand = send(fake);
    await fake.clock.advance(0);
    assert.equal(errand.value.connection.id, 2);
    const second = send(fake);
    await fake.clock.advance(10);
    assert.deepEqual([second.state, fake.connector.peak], ['pending', 2]);
    loan.release();
    await fake.clock.settle();
    errand.value.release();
    second.value.release();
  });

  it('has one pinged that has been idle for long, and opens no other meanwhile', async (t) => {
    const fake = fakePool(t, { maxSize: 2 });
    await fake.warm(1);
    await fake.clock.advance(60_000);
    fake.connector.pinging.usual = { after: 10 };
    const errand = send(fake);
    await fake.clock.advance(5);
    assert.deepEqual([errand.state, fake.counts().connecting], ['pending', 0]);
    await fake.clock.advance(5);
    assert.equal(errand.value.connection.id, 1);
    errand.value.release();
  });

  it('that only looks has none opened, waits for one that comes back, and is no use of it', async (t) => {
    const fake = fakePool(t, { maxSize: 3, idleTimeout: 10_000, keepaliveInterval: 0, ping: 'never' });
    const look = (): Outcome<Loan> => {
      const { errands } = fake.connector;
      return watch(errands.acquire('a look', new AbortController().signal, any, true));
    };
    const early = look();
    await fake.clock.advance(100);
    assert.deepEqual([early.state, fake.counts().connecting, fake.connector.peak], ['pending', 0, 0]);
    const loan = await fake.acquire();
    const waiting = look();
    // An errand that waits does not count as a waiter, so that it does not keep a drained pool open.
    assert.equal(fake.pool.stats().waiters, 0);
    loan.release();
    await fake.clock.settle();
    for (const each of [early, waiting]) {
      assert.equal(each.state, 'resolved');
      each.value.release();
      await fake.clock.settle();
    }
    const seen: string[] = [];
    fake.pool.on('closed', ({ reason }) => seen.push(reason));
    for (let at = 0; at < 10; at++) {
      await fake.clock.advance(1_000);
      const again = look();
      await fake.clock.settle();
      if (again.state === 'resolved') again.value.release();
    }
    await fake.clock.advance(5_000);
    assert.deepEqual(seen, ['idle', 'idle']);
  });

  it('is run while the pool is suspended, and not when it is closing', async (t) => {
    const fake = fakePool(t, { maxSize: 1 });
    await fake.warm(1);
    fake.pool.suspend();
    const errand = send(fake);
    const next = send(fake);
    await fake.clock.settle();
    errand.value.release();
    await fake.clock.settle();
    const waiting = send(fake);
    const closed = watch(fake.pool.close());
    await fake.clock.settle();
    assert.equal(waiting.error.code, 'POOL_CLOSED');
    const late = send(fake);
    await fake.clock.settle();
    assert.equal(late.error.code, 'POOL_CLOSED');
    assert.equal(closed.state, 'pending');
    next.value.release();
  });

  it('gives up with the reason of its signal, and leaves nothing behind', async (t) => {
    const fake = fakePool(t, { maxSize: 1 });
    const loan = await fake.acquire();
    const controller = new AbortController();
    const errand = send(fake, any, controller.signal);
    controller.abort('enough');
    await fake.clock.settle();
    assert.equal(errand.error, 'enough');
    loan.release();
    assert.equal(fake.counts().idle, 1);
    await assert.rejects(
      fake.connector.errands.acquire('late', controller.signal, any),
      (reason) => reason === 'enough',
    );
  });

  it('that is given up while a connection is offered to it does not keep the connection', async (t) => {
    const fake = fakePool(t, { maxSize: 1 });
    const loan = await fake.acquire();
    const controller = new AbortController();
    const suits = (): boolean => {
      controller.abort('enough');
      return true;
    };
    const errand = send(fake, suits, controller.signal);
    loan.release();
    await fake.clock.settle();
    assert.equal(errand.error, 'enough');
    assert.equal(fake.counts().idle, 1);
  });
});
