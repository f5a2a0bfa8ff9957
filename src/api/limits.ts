import { LONGEST_TIMER } from '../pool/clock.js';
import { onAbort } from './on-abort.js';
import { checks, didYouMean, faultOf, kindOf, PoolOptionError, shown } from '../pool/index.js';

/** Limits that stop a statement early. @since 0.1.0 */
export interface QueryLimits {
  /** Stops the statement when it aborts; the call rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Stops the statement after this many milliseconds. The call rejects with a QueryTimeoutError at once; later
   * statements on the same connection wait until the server has stopped this one. The time spent waiting for a
   * connection does not count: `acquireTimeout` bounds that.
   */
  readonly timeout?: number | undefined;
}

/** A label that distinguishes one use of the pool from others. @since 0.1.0 */
export interface Labelled {
  /** The name of the loan in `borrowers()`, events, leak reports and timeout errors. */
  readonly label?: string | undefined;
}

/** The options that may follow the values of a statement, by kind of call. */
export const LIMIT_NAMES = {
  statement: ['signal', 'timeout'],
  stream: ['signal', 'timeout', 'highWaterMark'],
  poolStatement: ['signal', 'timeout', 'label'],
  poolStream: ['signal', 'timeout', 'highWaterMark', 'label'],
} as const;

/**
 * The limits of one call: those given after the values, otherwise those in the statement, which mysql2 also takes as `{
 * sql, values, timeout }`.
 * @throws PoolOptionError for a bad value, and for an unknown name: ignoring a misspelt limit would mean no limit
 */
export function limitsOf(
  pool: string,
  statement: unknown,
  given: QueryLimits | undefined,
  whose: keyof typeof LIMIT_NAMES = 'statement',
): QueryLimits | undefined {
  if (given !== undefined) {
    if (typeof given !== 'object' || given === null) {
      throw new TypeError(`expected { timeout, signal } after the values, got ${kindOf(given)}`);
    }
    const known: readonly string[] = LIMIT_NAMES[whose];
    for (const name in given) if (!known.includes(name)) refuseLimit(pool, name, known, given);
  }
  const inside = typeof statement === 'object' && statement !== null ? (statement as QueryLimits) : undefined;
  if (given === undefined && inside === undefined) return undefined;
  if (whose === 'stream' || whose === 'poolStream')
    checkBuffer(pool, (given as { highWaterMark?: unknown } | undefined)?.highWaterMark);
  const signal = given?.signal ?? inside?.signal;
  const timeout = given?.timeout ?? inside?.timeout;
  if (signal === undefined && timeout === undefined) return undefined;
  checkLimits(pool, signal, timeout);
  return { signal, timeout };
}

function refuseLimit(pool: string, name: string, known: readonly string[], given: object): void {
  // An undefined value counts as not given.
  if ((given as Readonly<Record<string, unknown>>)[name] === undefined) return;
  throw new PoolOptionError(pool, name, `unknown option ${shown(name)}${didYouMean(name, known)}`);
}

const BUFFER = { highWaterMark: checks.whole(0) };

function checkBuffer(pool: string, highWaterMark: unknown): void {
  const fault = faultOf(pool, { highWaterMark }, BUFFER);
  if (fault !== undefined) throw fault;
}

/** @throws PoolOptionError */
export function checkLimits(pool: string, signal: unknown, timeout: unknown): void {
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new PoolOptionError(pool, 'signal', `option "signal": expected an AbortSignal, got ${shown(signal)}`);
  }
  if (timeout !== undefined && !(typeof timeout === 'number' && timeout > 0)) {
    throw new PoolOptionError(
      pool,
      'timeout',
      `option "timeout": expected milliseconds above 0, got ${shown(timeout)}`,
    );
  }
}

/**
 * A copy of the statement without `timeout` and `signal`. mysql2 must not see the timeout: its own calls back twice,
 * and leaves the connection busy with the statement.
 */
export function withoutLimits<T>(statement: T): T {
  if (typeof statement !== 'object' || statement === null) return statement;
  const { timeout, signal } = statement as QueryLimits;
  if (timeout === undefined && signal === undefined) return statement;
  const copy = Object.create(
    Object.getPrototypeOf(statement),
    Object.getOwnPropertyDescriptors(statement),
  ) as QueryLimits;
  Object.defineProperty(copy, 'timeout', { value: undefined, configurable: true });
  Object.defineProperty(copy, 'signal', { value: undefined, configurable: true });
  return copy as T;
}

/**
 * Calls `onEnd` once, with the reason, as soon as one of the limits is reached.
 * @returns a function that stops watching
 */
export function watchLimits(
  limits: QueryLimits,
  timedOut: (ms: number) => Error,
  onEnd: (reason: unknown) => void,
): () => void {
  const { signal, timeout } = limits;
  let forget = (): void => undefined;
  const timer =
    timeout !== undefined && timeout <= LONGEST_TIMER ? setTimeout(() => end(timedOut(timeout)), timeout) : undefined;
  const stop = (): void => {
    clearTimeout(timer);
    forget();
  };
  const end = (reason: unknown): void => {
    stop();
    onEnd(reason);
  };
  if (signal?.aborted === true) end(signal.reason);
  else if (signal !== undefined) forget = onAbort(signal, () => end(signal.reason));
  return stop;
}
