import { callSiteOf, stackOf } from './call-site.js';
import type { Entries, Entry } from './entries.js';
import type { Waiter } from './waiters.js';

/** The state of a pool. */
export type PoolState = 'open' | 'suspended' | 'draining' | 'closing' | 'closed';

/**
 * A snapshot of a pool. `idle + inUse + connecting + closing === size`, always.
 * @since 0.1.0
 */
export interface PoolStats {
  readonly name: string;
  readonly state: PoolState;
  readonly maxSize: number;
  /** Physical connections, in all states. Above `maxSize` only after a `resize` to less, until loans end. */
  readonly size: number;
  /** Open and not on loan, including those that are being pinged or cleaned. */
  readonly idle: number;
  readonly inUse: number;
  readonly connecting: number;
  /** Being closed: they take up room until they are gone. */
  readonly closing: number;
  /** Callers in the queue. */
  readonly waiters: number;
  /**
   * How long the first caller in the queue has waited, in ms; 0 when nobody waits. The best single sign of saturation.
   */
  readonly longestWait: number;
  /** Age of the oldest loan, in ms; 0 when nothing is on loan. */
  readonly oldestLoan: number;
  /**
   * The limit, other than its own, that keeps the pool from opening one more connection, such as a limit over all
   * pools, with its figures. Present only while callers wait for it.
   */
  readonly limitedBy?: LimitedBy;
  /** Counted since the pool was made. */
  readonly total: PoolCounters;
}

/** A limit that is not the pool's own. */
export interface LimitedBy {
  /** The limit, in words that follow "waiting for" in a message: `the limit over all pools`. */
  readonly limit: string;
  /** How many connections there are under the limit, and how many there may be (`of`). */
  readonly held: number;
  readonly of: number;
}

/** Counted since the pool was created; never reset. */
export interface PoolCounters {
  /** Loans given. */
  acquired: number;
  /** Loans whose caller had to wait in the queue. */
  waited: number;
  /** Callers that got no connection: time-out, abort, full queue, closed or unavailable pool. */
  failed: number;
  /** Connections opened. */
  opened: number;
  /**
   * Attempts to open a connection that failed or were abandoned; not those that the server, or the fleet, had no room
   * for.
   */
  openFailed: number;
  /**
   * Attempts to open a connection that the server, or the fleet, had no room for; callers go on waiting. @since 0.1.0
   */
  openRefused: number;
  /** Connections closed, for whatever reason. */
  closed: number;
}

/** What every event about a loan contains. @since 0.1.0 */
export interface LoanEvent {
  /** Its number, counted from 1 per pool. */
  readonly loan: number;
  readonly connection: number;
  /** The label of the borrower, if it has one. */
  readonly label: string | undefined;
}

/** A loan that has been out for longer than `leakThreshold`. @since 0.1.0 */
export interface Leak extends LoanEvent {
  /** How long it has been out, in ms. */
  readonly held: number;
  /** The line of the program that took it, such as `report (/app/report.js:12:3)`. */
  readonly callSite: string | undefined;
  /** The stack of the call of `acquire`. */
  readonly takenAt: string;
  /** What was last done on the connection, as the connector tells it, the latest first. */
  readonly recent: readonly string[];
}

/** One loan, as `pool.borrowers()` shows it. @since 0.1.0 */
export interface Loan {
  /** Its number, counted from 1 per pool. */
  readonly loan: number;
  readonly connection: number;
  /** How long it has been out, in ms. */
  readonly heldFor: number;
  /** The label of its borrower: `acquire({ label })`, or the name of its scope. */
  readonly label: string | undefined;
  /**
   * The line of the program that took it, such as `report (/app/report.js:12:3)`; only while call sites are recorded.
   */
  readonly callSite: string | undefined;
  /** What was last done on the connection, the latest first. */
  readonly recent: readonly string[];
}

/** A caller in the queue, as `pool.borrowers()` shows it. @since 0.1.0 */
export interface WaitingCaller {
  /** How long it has waited, in ms. */
  readonly waitedFor: number;
  /** How long until its time-out, in ms. */
  readonly leftFor: number;
  readonly label: string | undefined;
  readonly callSite: string | undefined;
}

/** Who has a connection of the pool, and who waits for one. @since 0.1.0 */
export interface Borrowers {
  /** The oldest first. */
  readonly loans: readonly Loan[];
  /** In the order in which they will be served. */
  readonly waiters: readonly WaitingCaller[];
}

export const NO_COUNTS: PoolCounters = {
  acquired: 0, waited: 0, failed: 0, opened: 0, openFailed: 0, openRefused: 0, closed: 0,
}; // prettier-ignore

/** Takes a snapshot of a pool. */
export function statsOf<C>(
  entries: Entries<C>,
  { name, maxSize }: Pick<PoolStats, 'name' | 'maxSize'>,
  state: PoolState,
  counters: PoolCounters,
  queue: { readonly size: number; longestWait(now: number): number },
  denial: LimitedBy | undefined,
  now: number,
): PoolStats {
  const { size, idle, checking, inUse, connecting, closing } = entries;
  let oldest = now;
  for (const { loan, takenAt } of entries.all) if (loan > 0 && takenAt < oldest) oldest = takenAt;
  return {
    name,
    state,
    maxSize,
    size,
    idle: idle.length + checking,
    inUse,
    connecting,
    closing,
    waiters: queue.size,
    longestWait: queue.longestWait(now),
    oldestLoan: now - oldest,
    ...(denial && { limitedBy: { limit: denial.limit, held: denial.held, of: denial.of } }),
    total: { ...counters },
  };
}

/** The part of a connector that tells what was last done on a connection. */
interface Teller<C> {
  recent?(connection: C): readonly string[];
}

/** Who has a connection, and who waits for one, at most `most` of each. */
export function borrowersOf<C, L>(
  entries: Iterable<Entry<C>>,
  line: Iterable<Waiter<L>>,
  connector: Teller<C>,
  now: number,
  most: number,
): Borrowers {
  return { loans: loansOf(entries, connector, now, most), waiters: waitersOf(line, now, most) };
}

/** The oldest loans among `entries`, at most `most`. */
export function loansOf<C>(entries: Iterable<Entry<C>>, connector: Teller<C>, now: number, most: number): Loan[] {
  const lent = [...entries].filter((entry) => entry.loan > 0).toSorted((a, b) => a.takenAt - b.takenAt);
  return lent.slice(0, most).map((entry) => ({
    loan: entry.loan,
    connection: entry.id,
    heldFor: now - entry.takenAt,
    label: entry.label,
    callSite: callSiteOf(entry.takenFrom),
    recent: recentOf(connector, entry.connection),
  }));
}

/** The first waiters in the queue, at most `most`. */
function waitersOf<L>(line: Iterable<Waiter<L>>, now: number, most: number): WaitingCaller[] {
  const callers: WaitingCaller[] = [];
  for (const { arrival, timeout, label, place } of line) {
    if (callers.length >= most) break;
    const since = arrival?.since ?? now;
    callers.push({ waitedFor: now - since, leftFor: since + timeout - now, label, callSite: callSiteOf(place) });
  }
  return callers;
}

/** The report of a loan that has been out for too long. */
export function leakOf<C>(entry: Entry<C>, connector: Teller<C>, now: number): Leak {
  const { loan, id, label, takenFrom, takenAt, connection } = entry;
  const recent = recentOf(connector, connection);
  const place = { callSite: callSiteOf(takenFrom), takenAt: stackOf(takenFrom) };
  return { loan, connection: id, held: now - takenAt, label, ...place, recent };
}

/** What the connector tells about a connection. An error in it must not spoil the report. */
function recentOf<C>(connector: Teller<C>, connection: C): readonly string[] {
  try {
    return connector.recent?.(connection) ?? [];
  } catch {
    return [];
  }
}
