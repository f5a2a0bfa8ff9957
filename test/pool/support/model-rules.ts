import assert from 'node:assert/strict';
import type { PoolEvents } from 'node-mysqlpool/pool';
import type { FakeConnection } from './fake-connector.js';
import type { FakeLease, FakePool } from './pool.js';

/** A caller whom the pool has not answered yet. */
export interface Ask {
  readonly seq: number;
  readonly timeout: number;
  readonly askedAt: number;
  readonly deadline: number;
  readonly controller: AbortController | undefined;
}

/** A loan that has not ended. */
export interface Loan {
  readonly seq: number;
  readonly takenAt: number;
  /** All the leases on it; the first is the one that was acquired. */
  readonly leases: FakeLease[];
  readonly connection: FakeConnection;
  readonly endUse: () => void;
}

/** What the model calls a caller in the pool's own lists. */
export const nameOf = (seq: number): string => `caller ${seq}`;

/** Nobody is turned away but for a reason, and at the time for it. */
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
      // Who has no time hears at once that nothing is there, or later that there was no room for what was being opened.
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

/** What connections there are serve whoever can wait, however badly dials go. */
export function checkNothingAlive(error: unknown, fake: FakePool): void {
  const { code } = error as { readonly code?: unknown };
  if (code !== 'POOL_CONNECT' && code !== 'POOL_UNAVAILABLE') return;
  const { idle, inUse } = fake.counts();
  assert.equal(idle + inUse, 0, `${code} while a connection was alive`);
}

/** What the pool counts is what the model, the server and the issuer of permits count. */
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
  // What is being pinged, cleaned or given back is not ready.
  const busy = [...connector.live].some(({ running }) => running !== undefined);
  if (stats.idle > 0 && !busy) {
    assert.ok(stats.state !== 'open' || stats.waiters === 0, 'somebody waits while a connection idles');
    assert.ok(stats.size - stats.closing <= stats.maxSize, 'a connection idles above maxSize');
  }
  if (stats.state === 'closed') assert.equal(stats.size, 0);
}

/** No connection goes without a reason that holds. */
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

/** On a server that is well nobody waits for long while there is room. */
export function checkRoom({ pool }: FakePool): void {
  const { state, waiters, size, maxSize } = pool.stats();
  if (state === 'open') assert.ok(waiters === 0 || size >= maxSize, `${waiters} wait, and there is room`);
}

/** The pool names exactly those who have something and those who wait, with their times, the line in its order. */
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
