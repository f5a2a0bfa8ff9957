import { inspect } from 'node:util';
import type { PoolStats } from './stats.js';

/** What a pool was doing for a caller when its time ran out. */
export type AcquirePhase = 'waiting' | 'connecting' | 'checking' | 'suspended';

/**
 * Base of every error the pool itself makes. Tell them apart by `code`, which is stable; docs/errors.md explains each.
 * @since 0.1.0
 */
export class PoolError extends Error {
  readonly code: string;
  /** The pool's name. */
  readonly pool: string;

  constructor(code: string, pool: string, message: string, cause?: unknown) {
    const because = cause === undefined ? '' : `: ${cause instanceof Error ? cause.message : inspect(cause)}`;
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

/** No connection within the acquire timeout. `cause` is the last failure to connect, if there was one. */
export class AcquireTimeoutError extends PoolError {
  readonly phase: AcquirePhase;
  /** How long the caller waited, in ms. */
  readonly waited: number;
  readonly stats: PoolStats;

  constructor(stats: PoolStats, phase: AcquirePhase, waited: number, cause?: unknown) {
    const text = `no connection within ${Math.round(waited)} ms (${phase}; ${describe(stats)})`;
    super('POOL_ACQUIRE_TIMEOUT', stats.name, text, cause);
    this.phase = phase;
    this.waited = waited;
    this.stats = stats;
  }
}

/** `maxWaiters` callers wait already. */
export class QueueFullError extends PoolError {
  constructor(stats: PoolStats, most: number) {
    super(
      'POOL_QUEUE_FULL',
      stats.name,
      `${most} callers wait already, the most allowed (maxWaiters; ${describe(stats)})`,
    );
  }
}

/** The pool is closing or closed. */
export class PoolClosedError extends PoolError {
  constructor(pool: string) {
    super('POOL_CLOSED', pool, 'the pool is closed');
  }
}

/** The server refused in a way that trying again cannot mend (wrong password, unknown database); `cause` is its word. */
export class ConnectError extends PoolError {
  constructor(pool: string, cause: unknown) {
    super('POOL_CONNECT', pool, 'cannot connect, and trying again will not help', cause);
  }
}

/** Connecting has failed for some time and nothing is alive: callers are told at once. `cause` is the last failure. */
export class PoolUnavailableError extends PoolError {
  constructor(pool: string, failures: number, retryIn: number, cause: unknown) {
    const next = retryIn > 0 ? `the next attempt is in ${Math.ceil(retryIn)} ms` : 'an attempt is under way';
    super('POOL_UNAVAILABLE', pool, `no connection is alive, ${failures} attempts in a row failed, ${next}`, cause);
  }
}

/** A lease was used after it had been given back. */
export class LeaseEndedError extends PoolError {
  constructor(pool: string, loan: number) {
    super('POOL_LEASE_ENDED', pool, `loan ${loan} has ended; acquire a connection again`);
  }
}

/** Something of the pool's own (dial, ping, cleaning) was not answered in time. Seen as a `cause` and in events. */
export class OperationTimeoutError extends PoolError {
  constructor(pool: string, operation: string, ms: number) {
    super('POOL_OPERATION_TIMEOUT', pool, `${operation} was not answered within ${ms} ms`);
  }
}

/** The counts for a message: `size 10/10, idle 0, in use 10, connecting 0, waiters 3; oldest loan 12.4 s`. */
function describe({ size, maxSize, idle, inUse, connecting, waiters, oldestLoan }: PoolStats): string {
  const loan = inUse > 0 ? `; oldest loan ${(oldestLoan / 1000).toFixed(1)} s` : '';
  return `size ${size}/${maxSize}, idle ${idle}, in use ${inUse}, connecting ${connecting}, waiters ${waiters}${loan}`;
}
