import { inspect } from 'node:util';
import type { PoolStats } from './stats.js';

/** What a pool was doing for a waiter when its time ran out. */
export type AcquirePhase = 'waiting' | 'connecting' | 'checking' | 'suspended';

/**
 * Base of every error the pool itself makes. Tell them apart by `code`, which is stable; docs/errors.md explains each.
 * @since 0.1.0
 */
export abstract class PoolError extends Error {
  abstract readonly code: string;
  /** The pool's name. */
  readonly pool: string;

  constructor(pool: string, message: string, options?: ErrorOptions) {
    super(`${pool}: ${message}`, options);
    this.pool = pool;
    this.name = new.target.name;
  }
}

/** An option is unknown, out of range, or contradicts another. */
export class PoolOptionError extends PoolError {
  readonly code = 'POOL_OPTION';
  /** The option at fault. */
  readonly option: string;

  constructor(pool: string, option: string, message: string) {
    super(pool, message);
    this.option = option;
  }
}

/** No connection within the acquire timeout. `cause` is the last failure to connect, if there was one. */
export class AcquireTimeoutError extends PoolError {
  readonly code = 'POOL_ACQUIRE_TIMEOUT';
  readonly phase: AcquirePhase;
  /** How long the caller waited, in milliseconds. */
  readonly waited: number;
  readonly stats: PoolStats;

  constructor(stats: PoolStats, phase: AcquirePhase, waited: number, cause: unknown) {
    const ms = Math.round(waited);
    super(stats.name, `no connection within ${ms} ms (${phase}; ${describe(stats)})${because(cause)}`, causeOf(cause));
    this.phase = phase;
    this.waited = waited;
    this.stats = stats;
  }
}

/** `maxWaiters` callers wait already. */
export class QueueFullError extends PoolError {
  readonly code = 'POOL_QUEUE_FULL';
  readonly stats: PoolStats;

  constructor(stats: PoolStats, maxWaiters: number) {
    super(stats.name, `${maxWaiters} callers wait already, the most allowed (maxWaiters; ${describe(stats)})`);
    this.stats = stats;
  }
}

/** The pool is closing or closed. */
export class PoolClosedError extends PoolError {
  readonly code = 'POOL_CLOSED';

  constructor(pool: string) {
    super(pool, 'the pool is closed');
  }
}

/** The server refused in a way that trying again cannot mend (wrong password, unknown database). `cause` is its word. */
export class ConnectError extends PoolError {
  readonly code = 'POOL_CONNECT';

  constructor(pool: string, cause: unknown) {
    super(pool, `cannot connect, and trying again will not help${because(cause)}`, causeOf(cause));
  }
}

/** Connecting has failed for some time and no connection is alive: callers are told at once. `cause` is the last failure. */
export class PoolUnavailableError extends PoolError {
  readonly code = 'POOL_UNAVAILABLE';

  constructor(pool: string, failures: number, retryIn: number, cause: unknown) {
    const next = retryIn > 0 ? `next attempt in ${Math.ceil(retryIn)} ms` : 'an attempt is under way';
    super(
      pool,
      `no connection is alive and ${failures} attempts in a row failed; ${next}${because(cause)}`,
      causeOf(cause),
    );
  }
}

/** A lease was used after it had been given back. */
export class LeaseEndedError extends PoolError {
  readonly code = 'POOL_LEASE_ENDED';

  constructor(pool: string, id: number) {
    super(pool, `loan ${id} has ended; acquire a connection again`);
  }
}

/** A scope waits for a connection while it already holds all there are. */
export class SelfDeadlockError extends PoolError {
  readonly code = 'POOL_SELF_DEADLOCK';

  constructor(pool: string, held: number, takenAt: string, waitedAt: string) {
    super(
      pool,
      `this scope waits for a connection while it holds all ${held} of the pool itself; give one back first, or raise maxSize\n` +
        `held since:\n${takenAt}\nwaited for:\n${waitedAt}`,
    );
  }
}

/** The scope that asked for a connection ended before it got one. */
export class ScopeEndedError extends PoolError {
  readonly code = 'POOL_SCOPE_ENDED';

  constructor(pool: string) {
    super(pool, 'the scope ended before it got its connection; await everything a scope starts');
  }
}

/** An AssertionPool was asked for a second connection while the first was out. */
export class AlreadyTakenError extends PoolError {
  readonly code = 'POOL_ALREADY_TAKEN';

  constructor(pool: string, takenAt: string) {
    super(pool, `the connection is already taken, here:\n${takenAt}`);
  }
}

/** An operation of the pool's own (ping, cleaning, good-bye) was not answered in time. Seen as a `cause` and in events. */
export class OperationTimeoutError extends PoolError {
  readonly code = 'POOL_OPERATION_TIMEOUT';

  constructor(pool: string, operation: string, ms: number) {
    super(pool, `${operation} was not answered within ${ms} ms`);
  }
}

function describe(stats: PoolStats): string {
  const { size, maxSize, idle, inUse, connecting, waiters, oldestLoan } = stats;
  const loan = inUse > 0 ? `; oldest loan ${(oldestLoan / 1000).toFixed(1)} s` : '';
  return `size ${size}/${maxSize}, idle ${idle}, in use ${inUse}, connecting ${connecting}, waiters ${waiters}${loan}`;
}

const causeOf = (cause: unknown): ErrorOptions => (cause === undefined ? {} : { cause });

const because = (cause: unknown): string =>
  cause === undefined ? '' : `: ${cause instanceof Error ? cause.message : inspect(cause)}`;
