import { inApplications, messageOf, originOf, printable } from './shown.js';
import type { Loan, PoolStats } from './stats.js';

/** What a caller was waiting for when its time ran out. */
export type AcquirePhase = 'waiting' | 'connecting' | 'checking' | 'suspended';

/**
 * The base class of all errors that the pool itself makes. Tell errors apart by `code`, which is stable; docs/errors.md
 * explains each code.
 * @since 0.1.0
 */
export class PoolError extends Error {
  readonly code: string;
  /** The pool's name. */
  readonly pool: string;

  constructor(code: string, pool: string, message: string, cause?: unknown) {
    const because = cause === undefined ? '' : `: ${originOf(cause)}${messageOf(cause)}`;
    super(`${pool}: ${message}${because}`, cause === undefined ? {} : { cause });
    this.name = new.target.name;
    this.code = code;
    this.pool = pool;
  }
}

/** An option is unknown, out of range, or contradicts another; `option` names it. */
export class PoolOptionError extends PoolError {
  readonly option: string;

  constructor(pool: string, option: string, message: string) {
    super('POOL_OPTION', pool, message);
    this.option = option;
  }
}

/** The state of a pool at the moment when a caller's time ran out. */
export interface TimeoutScene {
  readonly stats: PoolStats;
  readonly phase: AcquirePhase;
  /** The application's hook, such as `onConnect`, in which a connection is being opened. */
  readonly hook?: string | undefined;
  readonly oldest: readonly Loan[];
  /** The last failure to connect, and how many ms ago it was. */
  readonly cause: unknown;
  readonly failedAgo?: number | undefined;
}

/**
 * No connection became available within the acquire timeout. `cause` is the last failure to connect, if there was one.
 */
export class AcquireTimeoutError extends PoolError {
  readonly phase: AcquirePhase;
  /** How long the caller waited, in ms. */
  readonly waited: number;
  /** For how many ms of the wait the event loop was busy: meanwhile no connection could be returned or handed out. */
  readonly loopBlocked: number;
  readonly stats: PoolStats;
  /** The three oldest loans: who kept the connections from this caller. */
  readonly oldest: readonly Loan[];

  constructor({ stats, phase, hook, oldest, cause, failedAgo }: TimeoutScene, waited: number, loopBlocked = 0) {
    const failure = failedAgo === undefined ? '' : `; last failure ${seconds(failedAgo)} ago`;
    // A loop that was blocked for less than three quarters of the wait may have contributed, but is not the main cause.
    const blocked = waited > 0 && loopBlocked >= (waited * 3) / 4;
    const instead = blocked ? `; the event loop was blocked for ${Math.round(loopBlocked)} ms of that` : '';
    const where = phase === 'connecting' && hook !== undefined ? `${phase}, ${inApplications(hook)}` : phase;
    const what = describeLimit(stats) ?? where;
    const text = `no connection within ${Math.round(waited)} ms (${what}; ${describe(stats, oldest)}${failure})${instead}`;
    super('POOL_ACQUIRE_TIMEOUT', stats.name, text, cause);
    this.phase = phase;
    this.waited = waited;
    this.loopBlocked = loopBlocked;
    this.stats = stats;
    this.oldest = oldest;
  }
}

/** The queue is full: `maxWaiters` callers wait already. */
export class QueueFullError extends PoolError {
  constructor(stats: PoolStats, most: number) {
    const limit = describeLimit(stats);
    const what = limit === undefined ? 'maxWaiters' : `maxWaiters; ${limit}`;
    const text = `${most} callers wait already, the most allowed (${what}; ${describe(stats)})`;
    super('POOL_QUEUE_FULL', stats.name, text);
  }
}

/** The pool is closing or closed. */
export class PoolClosedError extends PoolError {
  constructor(pool: string) {
    super('POOL_CLOSED', pool, 'the pool is closed');
  }
}

/**
 * The server refused the connection in a way that trying again cannot mend (wrong password, unknown database). `cause`
 * is the server's error.
 */
export class ConnectError extends PoolError {
  constructor(pool: string, cause: unknown) {
    super('POOL_CONNECT', pool, 'cannot connect, and trying again will not help', cause);
  }
}

/**
 * No connection is alive, and connecting has failed for some time (or, with `failFast`, at all before the first
 * connection): callers are rejected at once. `cause` is the last failure to connect.
 */
export class PoolUnavailableError extends PoolError {
  constructor(pool: string, failures: number, retryIn: number, cause: unknown) {
    const failed = failures === 1 ? 'an attempt to connect failed' : `${failures} attempts in a row failed`;
    const next = retryIn > 0 ? `the next may begin in ${Math.ceil(retryIn)} ms` : 'the next is due or under way';
    super('POOL_UNAVAILABLE', pool, `no connection is alive, ${failed}, ${next}`, cause);
  }
}

/**
 * A lease was used after it had been given back; or it was given back while a command was still running, and `cause` is
 * what became of that; or the loan was cut off because the pool was closed.
 */
export class LeaseEndedError extends PoolError {
  constructor(pool: string, loan: number, cause?: unknown, wasCutOff = false) {
    const after = cause === undefined ? 'acquire a connection again' : 'await what runs before you give it back';
    const text = wasCutOff ? `was cut off because the pool was closed` : `has ended; ${after}`;
    super('POOL_LEASE_ENDED', pool, `loan ${loan} ${text}`, cause);
  }
}

/**
 * An operation of the pool itself (dial, ping, cleaning) or a hook was not answered in time. A `cause`, and in events.
 */
export class OperationTimeoutError extends PoolError {
  constructor(pool: string, operation: string, ms: number) {
    super('POOL_OPERATION_TIMEOUT', pool, `${operation} was not answered within ${ms} ms`);
  }
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

/** `waiting for the limit over all pools, 15/15`; undefined when callers wait for no limit but the pool's own. */
function describeLimit({ limitedBy }: PoolStats): string | undefined {
  return limitedBy && `waiting for ${limitedBy.limit}, ${limitedBy.held}/${limitedBy.of}`;
}

/** The counts for a message: `size 10/10, idle 0, in use 10, connecting 0, waiters 3; oldest loan 12.4 s, last SELECT ?`. */
function describe(stats: PoolStats, oldest: readonly Loan[] = []): string {
  const { size, maxSize, idle, inUse, connecting, waiters, oldestLoan } = stats;
  const counts = `size ${size}/${maxSize}, idle ${idle}, in use ${inUse}, connecting ${connecting}, waiters ${waiters}`;
  const [first, ...others] = oldest;
  if (first === undefined) return inUse > 0 ? `${counts}; oldest loan ${seconds(oldestLoan)}` : counts;
  const last = first.recent[0] === undefined ? '' : `, last ${cut(printable(first.recent[0]))}`;
  const isNamed = oldest.some(({ label, callSite }) => label !== undefined || callSite !== undefined);
  const loans = isNamed
    ? `oldest loans ${[`${describeLoan(first)}${last}`, ...others.map(describeLoan)].join(', ')}`
    : `oldest loan ${seconds(first.heldFor)}${last}`;
  const hint = first.callSite === undefined ? '; set leakThreshold to see the line that took it' : '';
  return `${counts}; ${loans}${hint}`;
}

// Enough characters of a statement to recognise it.
const LONGEST_STATEMENT = 80;

const cut = (text: string): string =>
  text.length > LONGEST_STATEMENT ? `${text.slice(0, LONGEST_STATEMENT - 1)}…` : text;

/** Describes a loan for a message, as far as it is known: `12.4 s by report at src/report.ts:12:3`. */
function describeLoan({ heldFor, label, callSite }: Loan): string {
  const by = label === undefined ? '' : ` by ${printable(label)}`;
  return `${seconds(heldFor)}${by}${callSite === undefined ? '' : ` at ${callSite}`}`;
}
