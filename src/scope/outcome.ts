import type { Scope } from './scope.js';

type AnyIterator = Iterator<unknown, unknown, unknown> | AsyncIterator<unknown, unknown, unknown>;

/**
 * Ends the scope when the function that returned `result` has ended: now, or when that promise or iterator has. Returns
 * what the caller of the function gets.
 */
export function endWith(scope: Scope, result: unknown): unknown {
  if (isThenable(result)) return settled(scope, result);
  if (isAsyncIterator(result) || isGenerator(result)) return iterated(scope, result);
  scope.end();
  return result;
}

/** Calls `then` at once and inside the scope, since a lazy query (a query builder) starts its work only then. */
function settled(scope: Scope, result: PromiseLike<unknown>): Promise<unknown> {
  const promise = scope.run(() => new Promise((resolve, reject) => void result.then(resolve, reject)));
  return promise.finally(() => scope.end());
}

/**
 * Wraps an iterator: each step runs inside the scope, which ends when the iterator finishes, returns or throws. A
 * generator runs no code before its first step, so one that is never iterated holds no connection.
 */
function iterated(scope: Scope, iterator: AnyIterator): AnyIterator {
  const method = (value: (...args: unknown[]) => unknown): PropertyDescriptor => ({
    value,
    configurable: true,
    writable: true,
  });
  const wrapped: AnyIterator = Object.create(iterator, {
    next: method((...args) => step(scope, iterator, iterator.next, args)),
    return: method((...args) => step(scope, iterator, iterator.return ?? finish, args)),
    [isGenerator(iterator) ? Symbol.iterator : Symbol.asyncIterator]: method(() => wrapped),
  }) as AnyIterator;
  if (typeof iterator.throw === 'function') {
    Object.defineProperty(
      wrapped,
      'throw',
      method((...args) => step(scope, iterator, iterator.throw!, args)),
    );
  }
  return wrapped;
}

/** Stands in for a missing `return` of an async iterator. */
const finish = (value: unknown): unknown => Promise.resolve({ done: true, value });

function step(scope: Scope, iterator: AnyIterator, method: (...args: never[]) => unknown, args: unknown[]): unknown {
  const result = scope.attempt(() => Reflect.apply(method, iterator, args) as unknown);
  return isThenable(result) ? awaitedStep(scope, result) : finishedStep(scope, result);
}

async function awaitedStep(scope: Scope, result: PromiseLike<unknown>): Promise<unknown> {
  try {
    return finishedStep(scope, await result);
  } catch (error) {
    scope.end();
    throw error;
  }
}

function finishedStep(scope: Scope, result: unknown): unknown {
  if ((result as IteratorResult<unknown> | undefined)?.done === true) scope.end();
  return result;
}

const isObject = (value: unknown): value is Record<PropertyKey, unknown> =>
  (typeof value === 'object' && value !== null) || typeof value === 'function';

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  isObject(value) && typeof value['then'] === 'function';

// A stream is an async iterable but not an iterator: it is read elsewhere, so the function has ended.
const isAsyncIterator = (value: unknown): value is AsyncIterator<unknown, unknown, unknown> =>
  isObject(value) && typeof value[Symbol.asyncIterator] === 'function' && typeof value['next'] === 'function';

// Generators only: other iterators, such as those of a Map, are seldom run to their end, and the scope would stay open.
const isGenerator = (value: unknown): value is Generator =>
  Object.prototype.toString.call(value) === '[object Generator]';
