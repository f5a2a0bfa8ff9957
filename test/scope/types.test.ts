import assert from 'node:assert/strict';
import { it } from 'node:test';
import { expectTypeOf } from 'expect-type';
import { autoCloseDb } from 'node-mysqlpool/scope';

// Checked when the tests are compiled.
it('keeps the types of what it wraps', async () => {
  const plain = autoCloseDb((a: number, b?: string) => `${a}${b ?? ''}`);
  expectTypeOf(plain).toEqualTypeOf<(a: number, b?: string) => string>();
  assert.equal(plain(1), '1');

  const awaited = autoCloseDb(async (...all: number[]) => all.length);
  expectTypeOf(awaited).toEqualTypeOf<(...all: number[]) => Promise<number>>();
  assert.equal(await awaited(1, 2), 2);

  const generic = autoCloseDb(async <T>(value: T): Promise<T[]> => [value]);
  expectTypeOf(await generic('x')).toEqualTypeOf<string[]>();

  function method(this: { n: number }, by: number): number {
    return this.n * by;
  }
  expectTypeOf(autoCloseDb(method)).thisParameter.toEqualTypeOf<{ n: number }>();
  // @ts-expect-error without its `this`
  assert.throws(() => autoCloseDb(method)(2), TypeError);

  const rows = autoCloseDb(async function* (n: number): AsyncGenerator<number, string, boolean> {
    yield n;
    return 'end';
  });
  expectTypeOf(rows).toEqualTypeOf<(n: number) => AsyncGenerator<number, string, boolean>>();

  const lazy = autoCloseDb((n: number): PromiseLike<number> & { limit(n: number): void } =>
    Object.assign(Promise.resolve(n), { limit: () => undefined }),
  );
  expectTypeOf(lazy).toEqualTypeOf<(n: number) => Promise<number>>();
  assert.equal(await lazy(3), 3);

  expectTypeOf(autoCloseDb.run(() => 1)).toEqualTypeOf<number>();
  expectTypeOf(autoCloseDb.run(async () => 'x')).toEqualTypeOf<Promise<string>>();
});

it('does not compile around anything else', () => {
  // @ts-expect-error a value
  assert.throws(() => autoCloseDb(7), TypeError);
  // @ts-expect-error arguments of another type
  autoCloseDb((n: number) => n)('x');
  assert.throws(() => {
    // @ts-expect-error a class
    @autoCloseDb
    class Whole {}
    return Whole;
  }, /expected a method, got a class/);
  assert.throws(() => {
    class Getter {
      // @ts-expect-error a getter
      @autoCloseDb
      get size(): number {
        return 1;
      }
    }
    return Getter;
  }, /expected a method, got a getter/);
  assert.throws(() => {
    class Field {
      // @ts-expect-error a field
      @autoCloseDb
      run = (): number => 1;
    }
    return Field;
  }, /expected a method, got a field/);
});
