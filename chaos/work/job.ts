import type { MysqlLease, MysqlPool } from 'node-mysqlpool';
import type { Deadlines } from '../checks/deadlines.js';
import type { Ledger } from '../checks/ledger.js';
import type { Marks } from '../checks/marks.js';
import type { Random } from '../random.js';
import { ACQUIRE_TIMEOUT } from '../site.js';
import type { Violations } from '../violations.js';

/** What jobs work with. */
export interface Bench {
  readonly pool: MysqlPool;
  readonly random: Random;
  readonly deadlines: Deadlines;
  readonly ledger: Ledger;
  readonly marks: Marks;
  readonly violations: Violations;
}

/** A kind of work; `weight` is how often it is chosen, relative to the others. */
export interface Job {
  readonly name: string;
  readonly weight: number;
  run(bench: Bench): Promise<void>;
}

/** The time limit (ms) for statements that are not meant to be stopped. */
export const STATEMENT_WITHIN = 3_000;
export const USUAL = { timeout: STATEMENT_WITHIN };
/** The time limit (ms) for a statement including the wait for a connection. */
export const WITH_WAITING = ACQUIRE_TIMEOUT + STATEMENT_WITHIN;

/** Acquires in a random way (default time-out, own time-out, signal), and checks that time limit. */
export function borrow({ pool, random, deadlines }: Bench): Promise<MysqlLease> {
  const way = random.int(1, 10);
  if (way <= 5) return deadlines.due('acquire', ACQUIRE_TIMEOUT, () => pool.acquire());
  const ms = random.int(1, 1_500);
  if (way <= 8) return deadlines.due('acquire with a time-out', ms, () => pool.acquire({ timeout: ms }));
  return deadlines.due('acquire with a signal', ms, () => pool.acquire({ signal: AbortSignal.timeout(ms) }));
}

/** Acquires a lease, checks it for state of earlier borrowers, runs `work` and releases. */
export async function borrowed(bench: Bench, work: (lease: MysqlLease) => Promise<void>): Promise<void> {
  const lease = await borrow(bench);
  try {
    await bench.marks.check(lease, bench.ledger.token(), bench.random.oneIn(4));
    await work(lease);
  } finally {
    lease.release();
  }
}

/** Reports a violation if the answer is not the expected one. */
export function expectAnswer(bench: Bench, what: string, got: unknown, wanted: unknown): void {
  if (got !== wanted) bench.violations.report('wrong answer', `${what}: ${String(got)} instead of ${String(wanted)}`);
}

/** The first row of a result. */
export const firstRow = (answer: readonly unknown[]): Record<string, unknown> =>
  (answer[0] as Record<string, unknown>[])[0] ?? {};
