import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { expectTypeOf } from 'expect-type';
import { autoCloseDb } from 'node-mysqlpool/scope';
import { fakePool } from './support/scoped-pool.js';

/** A pool, and what the loan that is taken now is called. */
function labels(t: TestContext): { readonly taken: () => Promise<string | undefined>; readonly fake: FakePool } {
  const fake = fakePool(t, { maxSize: 5 });
  return { fake, taken: async () => (await fake.pool.acquire()).label };
}

type FakePool = ReturnType<typeof fakePool>;

describe('what a scope is called', () => {
  it('is the name of its function, or that of the scope around it', async (t) => {
    const { taken } = labels(t);
    async function upload(): Promise<unknown[]> {
      return [await taken(), await autoCloseDb.run(() => taken()), await autoCloseDb(async function store() {
        return taken();
      })()]; // prettier-ignore
    }
    assert.deepEqual(await autoCloseDb(upload)(), ['upload', 'upload', 'store']);
    assert.equal(await autoCloseDb.run(() => taken()), undefined);
  });

  it('can be given, in all three shapes, which keep their types', async (t) => {
    const { taken } = labels(t);
    const wrapped = autoCloseDb.label('one')(async (n: number) => `${n} ${await taken()}`);
    expectTypeOf(wrapped).toEqualTypeOf<(n: number) => Promise<string>>();
    assert.equal(await wrapped(1), '1 one');
    const ran = autoCloseDb.label('two').run(async () => taken());
    expectTypeOf(ran).toEqualTypeOf<Promise<string | undefined>>();
    assert.equal(await ran, 'two');
    class Photos {
      @autoCloseDb.label('three')
      async list(): Promise<string | undefined> {
        return taken();
      }
    }
    assert.equal(await new Photos().list(), 'three');
    assert.throws(() => {
      // @ts-expect-error a class
      @autoCloseDb.label('four')
      class Whole {}
      return Whole;
    }, /expected a method, got a class/);
    // @ts-expect-error a value
    assert.throws(() => autoCloseDb.label('five')(7), TypeError);
  });

  it('is Class.method for a decorated method, of whatever class it is called on', async (t) => {
    const { taken } = labels(t);
    class Photos {
      @autoCloseDb
      async list(): Promise<string | undefined> {
        return taken();
      }

      @autoCloseDb
      static async count(): Promise<string | undefined> {
        return taken();
      }

      @autoCloseDb
      async #hidden(): Promise<string | undefined> {
        return taken();
      }

      show(): Promise<string | undefined> {
        return this.#hidden();
      }
    }
    class Albums extends Photos {}
    assert.equal(await new Photos().list(), 'Photos.list');
    assert.equal(await new Albums().list(), 'Albums.list');
    assert.equal(await Photos.count(), 'Photos.count');
    assert.equal(await new Photos().show(), 'Photos.#hidden');
    assert.equal(
      await Reflect.apply(Photos.prototype.list.bind(undefined), undefined, []),
      'list',
      'called on nothing',
    );
  });

  it('is refused when it is no text', () => {
    for (const [label, shown] of [[7, '7'], [undefined, 'undefined'], ['', 'an empty one']] as const) {
      const message = `autoCloseDb.label: expected a text, got ${shown}`;
      assert.throws(() => autoCloseDb.label(label as string), { name: 'TypeError', message });
    } // prettier-ignore
  });
});

describe('what a loan is called', () => {
  it('is its own label first, also in a scope', async (t) => {
    const { fake } = labels(t);
    const label = await autoCloseDb.label('upload').run(async () => (await fake.pool.acquire({ label: 'own' })).label);
    assert.equal(label, 'own');
    assert.equal(await fake.pool.use((lease) => lease.label, { label: 'own' }), 'own');
  });

  it('is otherwise what it was taken through, behind the scope', async (t) => {
    const { fake, taken } = labels(t);
    fake.pool.via = 'knex';
    assert.equal(await taken(), 'knex');
    assert.equal(await autoCloseDb.label('upload').run(taken), 'upload (knex)');
    assert.equal((await fake.acquire({ label: 'own' })).label, 'own');
    assert.equal((await fake.acquire({ timeout: 5 })).label, 'knex');
    for (const bad of [null, 7, { lable: 'x' }]) {
      await assert.rejects(fake.pool.acquire(bad as object), { code: 'POOL_OPTION' });
    }
  });

  it('is told of whoever waits', async (t) => {
    const fake = fakePool(t, { maxSize: 1 });
    fake.pool.via = 'knex';
    const first = await fake.acquire();
    const waiting = autoCloseDb.label('upload').run(() => fake.pool.acquire());
    assert.deepEqual(
      fake.pool.borrowers().waiters.map(({ label }) => label),
      ['upload (knex)'],
    );
    first.release();
    (await waiting).release();
  });
});
