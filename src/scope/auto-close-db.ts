import { endWith } from './outcome.js';
import { Scope } from './scope.js';

// oxlint-disable-next-line typescript/no-explicit-any -- a bound that every function meets
type AnyFunction = (this: any, ...args: any[]) => unknown;

/**
 * The type of a wrapped function: its own, but what it returns to be awaited (a query builder) has become a promise.
 */
export type AutoClosed<F extends AnyFunction> = 0 extends 1 & ReturnType<F>
  ? F
  : ReturnType<F> extends PromiseLike<infer T>
    ? ReturnType<F> extends Promise<unknown>
      ? F
      : (this: ThisParameterType<F>, ...args: Parameters<F>) => Promise<T>
    : F;

/** `autoCloseDb` in its three shapes. */
export interface AutoCloseDb {
  /**
   * Wraps a function: same `this`, arguments, result, name and length. Never given a second argument: it is there to
   * keep the compiler from taking this for a decorator of getters, fields and classes.
   */
  <F extends AnyFunction>(fn: F, nothing?: undefined): AutoClosed<F>;
  /** Decorates a method, also a static or private one (`@autoCloseDb`). */
  <This, Args extends unknown[], Result>(
    method: (this: This, ...args: Args) => Result,
    context: ClassMethodDecoratorContext<This, (this: This, ...args: Args) => Result>,
  ): (this: This, ...args: Args) => Result;
  /** The same for projects that compile with `experimentalDecorators`. */
  <F extends AnyFunction>(
    target: object,
    name: string | symbol,
    descriptor: TypedPropertyDescriptor<F>,
  ): TypedPropertyDescriptor<F>;
  /** Runs a function in a scope of its own, now, and returns what it returns. */
  run<T>(fn: () => T): T;
}

/**
 * Makes a function give back every connection, of every pool, that was acquired in it and is still out when it ends:
 * when it returns or throws, when the promise it returned settles, when the generator or async iterator it returned
 * finishes. They come back clean: an open transaction is rolled back. For programs without a request cycle.
 *
 * A function called inside another gives back its own connections only. Work that outlives the function gets a
 * `LeaseEndedError` from the lease it still holds, a caller still in line a `ScopeEndedError`. What the function throws
 * is never replaced: connections that could not be given back are reported together as a process warning.
 * @throws TypeError when it is given no function, or decorates something that is no method
 * @since 0.1.0
 */
export const autoCloseDb: AutoCloseDb = Object.assign(apply as AutoCloseDb, {
  run: <T>(fn: () => T): T => wrap(fn, 'a function')() as T,
});

function apply(first: unknown, second?: unknown, third?: unknown): unknown {
  if (typeof second === 'object' && second !== null && 'kind' in second) return decorated(first, second.kind);
  if ((typeof second === 'string' || typeof second === 'symbol') && typeof first !== 'undefined') {
    return decorateLegacy(second, third);
  }
  return wrap(first, 'a function');
}

function decorated(value: unknown, kind: unknown): AnyFunction {
  if (kind !== 'method') throw new TypeError(`@autoCloseDb: expected a method, got a ${String(kind)}`);
  return wrap(value, 'a method');
}

function decorateLegacy(name: string | symbol, descriptor: unknown): PropertyDescriptor {
  const given = descriptor as PropertyDescriptor | undefined;
  if (typeof given?.value === 'function') return { ...given, value: wrap(given.value, 'a method') };
  throw new TypeError(
    `@autoCloseDb: expected a method, but "${String(name)}" is ${given?.get || given?.set ? 'an accessor' : 'a field'}`,
  );
}

function wrap(fn: unknown, expected: string): AnyFunction {
  if (typeof fn !== 'function') {
    throw new TypeError(`autoCloseDb: expected ${expected}, got ${fn === null ? 'null' : typeof fn}`);
  }
  const wrapped: AnyFunction = function (this: unknown, ...args: unknown[]): unknown {
    return call(new Scope(fn.name === '' ? undefined : fn.name), fn as AnyFunction, this, args);
  };
  for (const key of ['name', 'length'] as const) {
    Object.defineProperty(wrapped, key, { value: fn[key], configurable: true });
  }
  return wrapped;
}

function call(scope: Scope, fn: AnyFunction, self: unknown, args: unknown[]): unknown {
  return endWith(
    scope,
    scope.attempt(() => Reflect.apply(fn, self, args)),
  );
}
