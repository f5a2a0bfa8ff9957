import assert from 'node:assert/strict';
import type { PoolEvents } from 'node-mysqlpool/pool';
import type { FakeConnection } from './fake-connector.js';
import type { FakeLease, FakePool } from './pool.js';

/** An acquire that is still pending. */
export interface Ask {
  readonly seq: number;
  readonly timeout: number;
  readonly askedAt: number;
  readonly deadline: number;
  readonly controller: AbortController | undefined;
}

/** An active loan. */
export interface Loan {
  readonly seq: number;
  readonly takenAt: number;
  /** All leases of the loan; the first one is the one that was acquired. */
  readonly leases: FakeLease[];
  readonly connection: FakeConnection;
  readonly endUse: () => void;
}

/** The label that the model gives to an acquire, by which the pool lists it. */
export const nameOf = (seq: number): string => `caller ${seq}`;

/** Every failed acquire must have a valid reason, and fail at the time due. */
export function checkRefusal(
  { seq, timeout, askedAt, deadline, controller }: Ask,
  error: unknown,
  fake: FakePool,
): void {
  const now = fake.clock.now();
  const { options, state } = fake.pool;
  const { code } = error as { readonly code?: string };
  if (controller?.signal.aborted === true && error === controller.signal.reason) return;
  const atOnce = now === askedAt;
  switch (code ?? '') {
    case 'POOL_ACQUIRE_TIMEOUT':
      // With a time-out of 0, an acquire fails at once, or later when the connection being opened for it finds no room.
      if (timeout === 0 && (atOnce || now === fake.connector.fullAt)) return undefined;
      return assert.ok(now >= deadline, `caller ${seq} timed out too early`);
    case 'POOL_QUEUE_FULL':
      return assert.ok(atOnce && options.maxWaiters < Infinity, `caller ${seq}: no line was full`);
    case 'POOL_CLOSED':
      return assert.ok(state === 'closing' || state === 'closed', `caller ${seq}: the pool is ${state}`);
    case 'POOL_CONNECT':
    case 'POOL_UNAVAILABLE':
      return assert.ok(fake.pool.stats().total.openFailed > 0, `caller ${seq}: no dial has failed`);
    default:
      throw new Error(`caller ${seq} was turned away without a reason`, { cause: error });
  }
}

/** While any connection is alive, a waiter must not fail because dials do: that connection can serve it. */
export function checkNothingAlive(error: unknown, fake: FakePool): void {
  const { code } = error as { readonly code?: unknown };
  if (code !== 'POOL_CONNECT' && code !== 'POOL_UNAVAILABLE') return;
  const { idle, inUse } = fake.counts();
  assert.equal(idle + inUse, 0, `${code} while a connection was alive`);
}

/** The pool's statistics must match the counts of the model, of the server and of the issuer of permits. */
export function checkStats(
  { pool, connector }: FakePool,
  known: { readonly permits: number; readonly loans: number; readonly waiters: number },
): void {
  const stats = pool.stats();
  assert.ok(connector.left + connector.dialling <= stats.size, 'more connections than the pool knows of');
  assert.equal(known.permits, stats.size, 'permits');
  assert.equal(stats.inUse, known.loans, 'loans');
  assert.equal(stats.waiters, known.waiters, 'waiters');
  assert.equal(stats.connecting, connector.dialling, 'dials');
  assert.equal(stats.total.opened - stats.total.closed, stats.idle + stats.inUse + stats.closing, 'opened and closed');
  // A connection that is being pinged, cleaned or released cannot be lent yet.
  const busy = [...connector.live].some(({ running }) => running !== undefined);
  if (stats.idle > 0 && !busy) {
    assert.ok(stats.state !== 'open' || stats.waiters === 0, 'somebody waits while a connection idles');
    assert.ok(stats.size - stats.closing <= stats.maxSize, 'a connection idles above maxSize');
  }
  if (stats.state === 'closed') assert.equal(stats.size, 0);
}

/** Every connection must be closed for a valid reason. */
export function checkClosed({ connection, reason }: PoolEvents['closed'], { pool }: FakePool, isKnown: boolean): void {
  const { idleTimeout, maxLifetime } = pool.options;
  const isClosing = pool.state === 'closing' || pool.state === 'closed';
  const reasons: Partial<Record<typeof reason, boolean>> = {
    idle: idleTimeout > 0,
    lifetime: maxLifetime > 0,
    closed: isClosing,
    destroyed: isKnown || isClosing,
    leaked: false,
  };
  const holds = reasons[reason] ?? isKnown;
  assert.ok(holds, `connection ${connection} was closed for no reason: ${reason}`);
}

/** On a healthy server, no caller keeps waiting while the pool is below maxSize. */
export function checkRoom({ pool }: FakePool): void {
  const { state, waiters, size, maxSize } = pool.stats();
  if (state === 'open') assert.ok(waiters === 0 || size >= maxSize, `${waiters} wait, and there is room`);
}

/**
 * `borrowers` must list exactly the active loans and the waiters with their times, the waiters in the order of the
 * queue.
 */
export function checkBorrowers(
  { pool, clock }: FakePool,
  loans: readonly Loan[],
  pending: ReadonlyMap<number, Ask>,
): void {
  const now = clock.now();
  const borrowers = pool.borrowers();
  assert.deepEqual(
    borrowers.loans.map(({ loan, connection, label, heldFor }) => [loan, connection, label, heldFor]).toSorted(byFirst),
    loans
      .map(
        ({ seq, takenAt, leases, connection }) => [leases[0]!.id, connection.id, nameOf(seq), now - takenAt] as const,
      )
      .toSorted(byFirst),
  );
  const ages = borrowers.loans.map(({ heldFor }) => heldFor);
  assert.deepEqual(ages, ages.toSorted((a, b) => b - a)); // prettier-ignore
  assert.deepEqual(
    borrowers.waiters.map(({ label, waitedFor, leftFor }) => [label, waitedFor, leftFor]),
    [...pending.values()].map(({ seq, askedAt, deadline }) => [nameOf(seq), now - askedAt, deadline - now]),
  );
}

const byFirst = (a: readonly unknown[], b: readonly unknown[]): number => Number(a[0]) - Number(b[0]);
