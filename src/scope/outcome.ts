import type { Scope } from './scope.js';

type AnyIterator = Iterator<unknown, unknown, unknown> | AsyncIterator<unknown, unknown, unknown>;

/** Ends the scope when the function whose result this is has ended; returns the result to be given to its caller. */
export function endWith(scope: Scope, result: unknown): unknown {
  if (isThenable(result)) return settled(scope, result);
  if (isAsyncIterator(result) || isGenerator(result)) return iterated(scope, result);
  scope.end();
  return result;
}

/** Called at once and inside the scope, since a lazy query starts its work when somebody waits for it. */
function settled(scope: Scope, result: PromiseLike<unknown>): Promise<unknown> {
  const promise = scope.run(() => new Promise((resolve, reject) => void result.then(resolve, reject)));
  return promise.finally(() => scope.end());
}

/**
 * The same iterator, each step inside the scope. The scope ends when it finishes, returns or throws. A generator takes
 * nothing before its first step, so one that is never iterated holds nothing.
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

/** What an iterator without `return` is taken to do. */
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

// A stream is an async iterable, but no iterator: what reads it is not this function.
const isAsyncIterator = (value: unknown): value is AsyncIterator<unknown, unknown, unknown> =>
  isObject(value) && typeof value[Symbol.asyncIterator] === 'function' && typeof value['next'] === 'function';

// Only generators: other iterators, of a Map for one, are seldom run to their end, and the scope would stay open.
const isGenerator = (value: unknown): value is Generator =>
  Object.prototype.toString.call(value) === '[object Generator]';
