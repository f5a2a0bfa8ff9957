import { checks, faultOf, shown } from '../pool/index.js';
import { endWith } from './outcome.js';
import { Scope } from './scope.js';

// oxlint-disable-next-line typescript/no-explicit-any -- a bound that every function meets
type AnyFunction = (this: any, ...args: any[]) => unknown;

/** The type of a wrapped function: its own, except that a thenable result (a query builder) has become a promise. */
export type AutoClosed<F extends AnyFunction> = 0 extends 1 & ReturnType<F>
  ? F
  : ReturnType<F> extends PromiseLike<infer T>
    ? ReturnType<F> extends Promise<unknown>
      ? F
      : (this: ThisParameterType<F>, ...args: Parameters<F>) => Promise<T>
    : F;

/** How `autoCloseDb.run` runs its function. @since 0.1.0 */
export interface RunOptions {
  /**
   * Whether everything inside the function that borrows from a pool, through whatever API or ORM, gets the same
   * connection. It stays on loan until the function has ended, so that what one statement sets (`SET FOREIGN_KEY_CHECKS
   * = 0`, a user variable, a named lock, a temporary table) is there for the next one. As on any connection, only one
   * transaction runs at a time. When the connection is lost, further acquires in the function fail with
   * `ScopeConnectionLostError`.
   * @default false
   */
  readonly oneConnection?: boolean | undefined;
}

/** The forms in which `autoCloseDb` can be used: wrapper, decorator and `run`. */
export interface AutoCloseDb {
  /**
   * Wraps a function: same `this`, arguments, result, name and length. The second parameter is never given; it only
   * keeps the compiler from accepting this form as a decorator of getters, fields and classes.
   */
  <F extends AnyFunction>(fn: F, nothing?: undefined): AutoClosed<F>;
  /** Decorates a method, which may be static or private (`@autoCloseDb`). */
  <This, Args extends unknown[], Result>(
    method: (this: This, ...args: Args) => Result,
    context: ClassMethodDecoratorContext<This, (this: This, ...args: Args) => Result>,
  ): (this: This, ...args: Args) => Result;
  /** Decorates a method in projects that compile with `experimentalDecorators`. */
  <F extends AnyFunction>(
    target: object,
    name: string | symbol,
    descriptor: TypedPropertyDescriptor<F>,
  ): TypedPropertyDescriptor<F>;
  /**
   * Runs a function in a scope of its own, now, and returns what it returns.
   * @throws PoolOptionError when an option is unknown, or is neither true nor false
   */
  run<T>(fn: () => T, options?: RunOptions): T;
  /**
   * The same forms, for a scope with a name of its own in `borrowers()`, events, leak reports and time-out errors:
   * `autoCloseDb.label('upload')(fn)`, `@autoCloseDb.label('upload')`, `autoCloseDb.label('upload').run(fn)`. By
   * default a scope has the name of its function, or `Class.method` for a method; a function without a name takes that
   * of the enclosing scope.
   * @throws TypeError when the label is not a string, or is empty
   */
  label(label: string): AutoCloseDb;
}

/** Computes the label of a scope from the `this` of its function. */
type LabelOf = (self: unknown) => string | undefined;

/**
 * Makes a function give back every connection, of every pool, that was acquired in it and is still on loan when it
 * ends: when it returns or throws, when the promise it returned settles, when the generator or async iterator it
 * returned finishes. The connections are cleaned: an open transaction is rolled back. For programs without a request
 * cycle.
 *
 * A function called inside another one gives back only its own connections. Work that outlives the function gets a
 * `LeaseEndedError` from a lease that it still uses, and a caller that is still waiting gets a `ScopeEndedError`. An
 * error that the function throws is never replaced: failures to give back connections are reported together as a
 * process warning.
 * @throws TypeError when it is not given a function, or decorates something that is not a method
 * @since 0.1.0
 */
export const autoCloseDb: AutoCloseDb = called(undefined);

function called(label: string | undefined): AutoCloseDb {
  const apply = (first: unknown, second?: unknown, third?: unknown): unknown => {
    if (typeof second === 'object' && second !== null && 'kind' in second) return decorated(first, second.kind, label);
    if ((typeof second === 'string' || typeof second === 'symbol') && typeof first !== 'undefined') {
      return decorateLegacy(second, third, label);
    }
    return wrap(first, 'a function', label);
  };
  return Object.assign(apply as AutoCloseDb, {
    run: <T>(fn: () => T, options?: RunOptions): T =>
      wrap(fn, 'a function', label, options !== undefined && isOneConnection(options))() as T,
    label: (next: string): AutoCloseDb => {
      if (typeof next === 'string' && next !== '') return called(next);
      throw new TypeError(`autoCloseDb.label: expected a text, got ${next === '' ? 'an empty one' : shown(next)}`);
    },
  });
}

const RUN_CHECKS: checks.Checks<RunOptions> = { oneConnection: checks.flag };

function isOneConnection(options: RunOptions): boolean {
  const fault = faultOf('autoCloseDb.run', options, RUN_CHECKS);
  if (fault !== undefined) throw fault;
  return options.oneConnection === true;
}

function decorated(value: unknown, kind: unknown, label: string | undefined): AnyFunction {
  if (kind !== 'method') throw new TypeError(`@autoCloseDb: expected a method, got a ${String(kind)}`);
  return wrap(value, 'a method', label ?? methodName(value));
}

function decorateLegacy(name: string | symbol, descriptor: unknown, label: string | undefined): PropertyDescriptor {
  const given = descriptor as PropertyDescriptor | undefined;
  const method: unknown = given?.value;
  if (typeof method === 'function') return { ...given, value: wrap(method, 'a method', label ?? methodName(method)) };
  throw new TypeError(
    `@autoCloseDb: expected a method, but "${String(name)}" is ${given?.get || given?.set ? 'an accessor' : 'a field'}`,
  );
}

/** Labels a method `Class.method`, with the class that it is called on. */
function methodName(method: unknown): LabelOf {
  const { name } = method as AnyFunction;
  return (self) => {
    const owner = typeof self === 'function' ? self : (self as { constructor?: unknown } | undefined)?.constructor;
    const className = typeof owner === 'function' ? owner.name : '';
    return className === '' ? name : `${className}.${name}`;
  };
}

function wrap(fn: unknown, expected: string, label: string | LabelOf | undefined, oneConnection = false): AnyFunction {
  if (typeof fn !== 'function') {
    throw new TypeError(`autoCloseDb: expected ${expected}, got ${shown(fn)}`);
  }
  const name = label ?? (fn.name === '' ? undefined : fn.name);
  const wrapped: AnyFunction = function (this: unknown, ...args: unknown[]): unknown {
    const scope = new Scope(typeof name === 'function' ? name(this) : name, oneConnection);
    return call(scope, fn as AnyFunction, this, args);
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
