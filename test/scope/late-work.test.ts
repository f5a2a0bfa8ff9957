import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { Readable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, it } from 'node:test';
import { autoCloseDb } from 'node-mysqlpool/scope';
import { fakePool } from './support/scoped-pool.js';
import type { FakeLease, FakeScopedPool } from './support/scoped-pool.js';
import { watch } from '../pool/support/outcome.js';
import type { Outcome } from '../pool/support/outcome.js';

type Take = () => Promise<unknown>;

/** A gate that late work waits behind, until its scope has ended. */
function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open!: () => void;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

/** Each starts work in a scope, which asks for a connection when the scope has ended; answers what came of that. */
const WAYS: Readonly<Record<string, (take: Take) => Promise<Outcome<unknown>>>> = {
  'a promise that nobody awaits': async (take) => {
    const { opened, open } = gate();
    const late = autoCloseDb(() => ({ promise: opened.then(() => watch(take())) }))();
    open();
    return late.promise;
  },
  'an asynchronous function that starts another and does not await it': async (take) => {
    const { opened, open } = gate();
    let late!: Promise<Outcome<unknown>>;
    await autoCloseDb(async () => {
      late = (async () => {
        await opened;
        return watch(take());
      })();
      await turn();
    })();
    open();
    return late;
  },
  setImmediate: (take) =>
    new Promise((resolve) => autoCloseDb(() => void setImmediate(() => resolve(watch(take()))))()),
  setTimeout: (take) => new Promise((resolve) => autoCloseDb(() => void setTimeout(() => resolve(watch(take())), 0))()),
  setInterval: (take) =>
    new Promise((resolve) =>
      autoCloseDb(() => {
        const timer = setInterval(() => {
          clearInterval(timer);
          resolve(watch(take()));
        }, 1);
      })(),
    ),
  'process.nextTick': (take) =>
    new Promise((resolve) => autoCloseDb(() => process.nextTick(() => resolve(watch(take()))))()),
  queueMicrotask: (take) => new Promise((resolve) => autoCloseDb(() => queueMicrotask(() => resolve(watch(take()))))()),
  'a stream that is read on after the function': (take) =>
    new Promise((resolve) => autoCloseDb(() => void Readable.from(['row']).on('data', () => resolve(watch(take()))))()),
  'a scope inside one, both over': async (take) => {
    const { opened, open } = gate();
    const inner = autoCloseDb(() => ({ promise: opened.then(() => watch(take())) }));
    const late = autoCloseDb(() => inner())();
    open();
    return late.promise;
  },
  'a decorated method': async (take) => {
    class Worker {
      @autoCloseDb
      start(opened: Promise<void>): { readonly promise: Promise<Outcome<unknown>> } {
        return { promise: opened.then(() => watch(take())) };
      }
    }
    const { opened, open } = gate();
    const late = new Worker().start(opened);
    open();
    return late.promise;
  },
  'autoCloseDb.run': async (take) => {
    const { opened, open } = gate();
    const late = autoCloseDb.run(() => ({ promise: opened.then(() => watch(take())) }));
    open();
    return late.promise;
  },
  'a generator that was run to its end': async (take) => {
    const { opened, open } = gate();
    const rows = autoCloseDb(function* rows() {
      yield opened.then(() => watch(take()));
    })();
    const [late] = rows;
    open();
    return late!;
  },
  'an asynchronous generator that was left': async (take) => {
    const { opened, open } = gate();
    let late!: Promise<Outcome<unknown>>;
    const rows = autoCloseDb(async function* rows() {
      late = opened.then(() => watch(take()));
      yield 1;
      yield 2;
    });
    for await (const row of rows()) if (row === 1) break;
    open();
    return late;
  },
  'an iterator that is asked for more than there is': async (take) => {
    let asked = 0;
    let late: Outcome<unknown> | undefined;
    const rows = autoCloseDb(() => ({
      async next() {
        if (++asked === 2) late = watch(take());
        return { done: true, value: undefined };
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    }))();
    await rows.next();
    await rows.next();
    return late!;
  },
};

describe('work that a scope has started and that asks for a connection when the scope has ended', () => {
  for (const [name, start] of Object.entries(WAYS)) {
    it(`is refused: ${name}`, async (t) => {
      const fake = fakePool(t);
      for (const take of [() => fake.pool.acquire(), () => fake.pool.use(() => 'never')]) {
        const late = await start(take);
        await fake.clock.settle();
        assert.equal(late.error.code, 'POOL_SCOPE_ENDED');
        assert.match(late.error.message, /^test: this work was started by a scope that has ended, /);
      }
      assert.equal(fake.connector.calls('open'), 0);
    });
  }

  it('is lent nothing by tryAcquire either', async (t) => {
    const fake = fakePool(t);
    await fake.warm(1);
    const { opened, open } = gate();
    const late = autoCloseDb(() => ({ promise: opened.then(() => ({ lease: fake.pool.tryAcquire() })) }))();
    open();
    assert.equal((await late.promise).lease, undefined);
    assert.equal(fake.pool.stats().inUse, 0);
  });

  it('is refused by every class of pool', async (t) => {
    for (const poolClass of ['QueuePool', 'NullPool', 'StaticPool', 'AssertionPool', 'SingletonThreadPool'] as const) {
      const { pool } = fakePool(t, { poolClass });
      const late = await WAYS['setImmediate']!(() => pool.acquire());
      await turn();
      assert.equal(late.error.code, 'POOL_SCOPE_ENDED', poolClass);
    }
  });

  it('may borrow in a scope of its own', async (t) => {
    const { pool } = fakePool(t);
    const { opened, open } = gate();
    const work = autoCloseDb(async () => pool.acquire());
    const late = autoCloseDb(() => ({ promise: opened.then(work) }))();
    open();
    assert.equal((await late.promise).active, false);
    assert.equal(pool.stats().inUse, 0);
  });

  it('borrows on account of the nearest scope around it that goes on, past any number that are over', async (t) => {
    const { pool } = fakePool(t);
    const { opened, open } = gate();
    const innermost = autoCloseDb(() => ({ promise: opened.then(() => pool.acquire()) }));
    const inner = autoCloseDb(() => innermost());
    const lease = await autoCloseDb(async () => {
      const late = inner();
      open();
      const mine = await late.promise;
      assert.equal(mine.active, true);
      return mine;
    })();
    assert.equal(lease.active, false, 'given back with the scope that goes on');
    assert.equal(pool.stats().inUse, 0);
  });
});

describe('what a pool does for itself', () => {
  /** Runs `use` in a scope with a connection whose socket says something when the scope is over. */
  async function socketOf(fake: FakeScopedPool): Promise<EventEmitter> {
    const socket = new EventEmitter();
    const { connector } = fake;
    const open = connector.open.bind(connector);
    connector.open = (context) => {
      // A socket calls back in the context that it was made in.
      setImmediate(() => socket.emit('data'));
      return open(context);
    };
    return socket;
  }

  it('dials outside of the scope that had it dial: what a socket calls back is not the work of that scope', async (t) => {
    const fake = fakePool(t);
    const socket = await socketOf(fake);
    let late: Outcome<FakeLease> | undefined;
    socket.on('data', () => (late = watch(fake.pool.acquire())));
    await autoCloseDb(() => fake.pool.use(() => undefined))();
    await turn();
    await fake.clock.settle();
    late!.value.release();
  });

  it('calls listeners outside of the scope that an event came of, and removes them when told so', async (t) => {
    const fake = fakePool(t);
    const lent: Outcome<FakeLease>[] = [];
    const listener = (): void => void lent.push(watch(fake.pool.acquire()));
    fake.pool.on('closed', listener);
    const { opened, open } = gate();
    const lease = await fake.acquire();
    const late = autoCloseDb(() => ({ promise: opened.then(() => lease.destroy()) }))();
    open();
    await late.promise;
    await fake.clock.settle();
    assert.equal(lent.length, 1);
    fake.pool.off('closed', listener);
    lent[0]!.value.destroy();
    await fake.clock.settle();
    assert.equal(lent.length, 1);
  });
});
