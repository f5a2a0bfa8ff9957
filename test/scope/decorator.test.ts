import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { autoCloseDb } from 'node-mysqlpool/scope';
import { fakePool } from './support/scoped-pool.js';
import type { FakeLease, FakeScopedPool } from './support/scoped-pool.js';

describe('@autoCloseDb', () => {
  class Service {
    static fake: FakeScopedPool;
    readonly name = 'service';

    @autoCloseDb
    async upload(file: string): Promise<[string, string, FakeLease]> {
      return [this.name, file, await Service.fake.pool.acquire()];
    }

    @autoCloseDb
    static async count(n: number): Promise<[unknown, number, FakeLease]> {
      return [this, n, await Service.fake.pool.acquire()];
    }

    @autoCloseDb
    async *rows(count: number): AsyncGenerator<string> {
      const lease = await Service.fake.pool.acquire();
      for (let i = 0; i < count && lease.active; i++) yield `${this.name} ${i}`;
    }

    callsPrivate(): Promise<FakeLease> {
      return this.#hidden();
    }

    @autoCloseDb
    async #hidden(): Promise<FakeLease> {
      return Service.fake.pool.acquire();
    }
  }

  class Special extends Service {
    @autoCloseDb
    override async upload(file: string): Promise<[string, string, FakeLease]> {
      const mine = await Service.fake.pool.acquire();
      const result = await super.upload(`${file}!`);
      assert.equal(mine.active, true);
      return result;
    }
  }

  it('serves methods: public, private, static, generators and overridden ones', async (t) => {
    Service.fake = fakePool(t);
    const [name, file, lease] = await new Service().upload('a.txt');
    assert.deepEqual([name, file, lease.active], ['service', 'a.txt', false]);
    const [self, n, other] = await Service.count(3);
    assert.deepEqual([self === Service, n, other.active], [true, 3, false]);
    assert.equal((await new Service().callsPrivate()).active, false);
    const rows: string[] = [];
    for await (const row of new Service().rows(2)) rows.push(row);
    assert.deepEqual(rows, ['service 0', 'service 1']);
    assert.equal((await new Special().upload('b.txt'))[1], 'b.txt!');
    assert.equal(Service.fake.pool.stats().inUse, 0);
  });

  it('keeps name and length of the method', () => {
    assert.equal(Service.prototype.upload.name, 'upload');
    assert.equal(Service.prototype.upload.length, 1);
    assert.equal(Service.count.name, 'count');
  });

  it('refuses what is no method', () => {
    for (const kind of ['class', 'getter', 'setter', 'field', 'accessor']) {
      const context = { kind, name: 'x' } as unknown as ClassMethodDecoratorContext;
      assert.throws(() => autoCloseDb((): void => undefined, context as never), {
        name: 'TypeError',
        message: `@autoCloseDb: expected a method, got a ${kind}`,
      });
    }
  });
});

describe('@autoCloseDb with experimentalDecorators', () => {
  // What TypeScript emits for a decorated method, reduced to its last step.
  const decorate = (target: object, name: string): void => {
    const descriptor = Object.getOwnPropertyDescriptor(target, name)!;
    Object.defineProperty(target, name, autoCloseDb(target, name, descriptor) ?? descriptor);
  };

  it('serves methods and static methods', async (t) => {
    const { pool } = fakePool(t);
    class Service {
      tag = 'it';
      async take(n: number): Promise<[string, number, FakeLease]> {
        return [this.tag, n, await pool.acquire()];
      }
      static async take(): Promise<FakeLease> {
        return pool.acquire();
      }
    }
    decorate(Service.prototype, 'take');
    decorate(Service, 'take');
    const [tag, n, lease] = await new Service().take(4);
    assert.deepEqual([tag, n, lease.active], ['it', 4, false]);
    assert.equal((await Service.take()).active, false);
    assert.equal(Object.getOwnPropertyDescriptor(Service.prototype, 'take')?.enumerable, false);
    assert.equal(pool.stats().inUse, 0);
  });

  it('refuses accessors and fields', () => {
    const accessor = { get: () => 1, configurable: true };
    assert.throws(() => autoCloseDb({}, 'size', accessor as never), /expected a method, but "size" is an accessor/);
    assert.throws(() => autoCloseDb({}, 'size', undefined as never), /expected a method, but "size" is a field/);
  });

  it('works as the compiler emits it', () => {
    const folder = join(__dirname, 'legacy');
    mkdirSync(folder, { recursive: true });
    const source = readFileSync(join(__dirname, '../../../test/scope/fixtures/legacy.ts.txt'), 'utf8');
    writeFileSync(join(folder, 'legacy.ts'), source);
    const tsc = join(require.resolve('typescript/package.json'), '../bin/tsc');
    const options = [
      '--experimentalDecorators',
      '--target',
      'es2022',
      '--module',
      'node20',
      '--strict',
      '--types',
      'node',
    ];
    execFileSync(process.execPath, [tsc, ...options, join(folder, 'legacy.ts')], { stdio: 'pipe' });
    const printed = execFileSync(process.execPath, [join(folder, 'legacy.js')], { encoding: 'utf8' });
    assert.deepEqual(JSON.parse(printed), { result: 'files/a.txt', during: 1, after: 0 });
  });
});
