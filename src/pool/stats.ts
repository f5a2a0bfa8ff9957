import { callSiteOf, stackOf } from './call-site.js';
import type { Entries, Entry } from './entries.js';
import type { Waiter } from './waiters.js';

/** Where a pool is in its life. */
export type PoolState = 'open' | 'suspended' | 'draining' | 'closing' | 'closed';

/**
 * A snapshot of a pool. `idle + inUse + connecting + closing === size`, always.
 * @since 0.1.0
 */
export interface PoolStats {
  readonly name: string;
  readonly state: PoolState;
  readonly maxSize: number;
  /** Physical connections, whatever they do; never above `maxSize`. */
  readonly size: number;
  /** Open and not lent; includes those being checked or cleaned. */
  readonly idle: number;
  readonly inUse: number;
  readonly connecting: number;
  /** Said good-bye to, but not yet gone. */
  readonly closing: number;
  /** Callers in line. */
  readonly waiters: number;
  /** How long the caller at the head of the line has waited, in ms; 0 without one. The best single sign of saturation. */
  readonly longestWait: number;
  /** Age of the oldest loan in ms; 0 without one. */
  readonly oldestLoan: number;
  /**
   * What keeps it from opening one more connection although it has room for it, a limit over all pools for instance, with
   * its figures; there only while somebody waits for that.
   */
  readonly limitedBy?: LimitedBy;
  /** Counted since the pool was made. */
  readonly total: PoolCounters;
}

/** A limit that is not the pool's own. */
export interface LimitedBy {
  /** As it goes on after "waiting for": `the limit over all pools`. */
  readonly limit: string;
  /** How many connections there are under it, and how many there may be. */
  readonly held: number;
  readonly of: number;
}

/** Counted since the pool was made; only ever grow. */
export interface PoolCounters {
  /** Loans given. */
  acquired: number;
  /** Loans whose caller had to wait in line. */
  waited: number;
  /** Callers turned away: time-out, abort, full line, closed or unavailable pool. */
  failed: number;
  /** Connections opened. */
  opened: number;
  /** Attempts to open that failed; not those that the server, or the fleet, had no room for. */
  openFailed: number;
  /** Attempts to open that the server, or the fleet, had no room for: callers go on waiting for it. @since 0.1.0 */
  openRefused: number;
  /** Connections closed, for whatever reason. */
  closed: number;
}

/** What every event of a loan tells. @since 0.1.0 */
export interface LoanEvent {
  /** Its number, counted from 1 per pool. */
  readonly loan: number;
  readonly connection: number;
  /** What the borrower is called, if it has a name. */
  readonly label: string | undefined;
}

/** A loan that has been out for longer than `leakThreshold`. @since 0.1.0 */
export interface Leak extends LoanEvent {
  readonly held: number;
  /** The program's line that took it, such as `report (/app/report.js:12:3)`. */
  readonly callSite: string | undefined;
  /** The stack of its acquire. */
  readonly takenAt: string;
  /** What was done with it last, as the connector tells it, the latest first. */
  readonly recent: readonly string[];
}

/** One loan, as `pool.borrowers()` shows it. @since 0.1.0 */
export interface Loan {
  /** Its number, counted from 1 per pool. */
  readonly loan: number;
  readonly connection: number;
  /** How long it has been out, in ms. */
  readonly heldFor: number;
  /** What its borrower is called: `acquire({ label })`, or the name of its scope. */
  readonly label: string | undefined;
  /** The program's line that took it, such as `report (/app/report.js:12:3)`; only known while call sites are kept. */
  readonly callSite: string | undefined;
  /** What was done with it last, the latest first. */
  readonly recent: readonly string[];
}

/** A caller in line, as `pool.borrowers()` shows it. @since 0.1.0 */
export interface WaitingCaller {
  /** How long it has waited, in ms. */
  readonly waitedFor: number;
  /** How long it will wait yet, in ms. */
  readonly leftFor: number;
  readonly label: string | undefined;
  readonly callSite: string | undefined;
}

/** Who has something of the pool, and who waits for it. @since 0.1.0 */
export interface Borrowers {
  /** The oldest first. */
  readonly loans: readonly Loan[];
  /** In the order in which they will be served. */
  readonly waiters: readonly WaitingCaller[];
}

export const NO_COUNTS: PoolCounters = {
  acquired: 0, waited: 0, failed: 0, opened: 0, openFailed: 0, openRefused: 0, closed: 0,
}; // prettier-ignore

/** What a pool is like at this moment. */
export function statsOf<C>(
  entries: Entries<C>,
  { name, maxSize }: Pick<PoolStats, 'name' | 'maxSize'>,
  state: PoolState,
  counters: PoolCounters,
  line: { readonly waiters: number; readonly longestWait: number },
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
    ...line,
    oldestLoan: now - oldest,
    ...(denial && { limitedBy: { limit: denial.limit, held: denial.held, of: denial.of } }),
    total: { ...counters },
  };
}

/** Tells what was done with a connection last. */
interface Teller<C> {
  recent?(connection: C): readonly string[];
}

/** Who has a connection, and who waits for one, at most so many of each. */
export function borrowersOf<C, L>(
  entries: Iterable<Entry<C>>,
  line: Iterable<Waiter<L>>,
  connector: Teller<C>,
  now: number,
  most: number,
): Borrowers {
  return { loans: loansOf(entries, connector, now, most), waiters: waitersOf(line, now, most) };
}

/** The oldest loans among `entries`, at most so many. */
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

/** The head of the line, at most so many. */
function waitersOf<L>(line: Iterable<Waiter<L>>, now: number, most: number): WaitingCaller[] {
  const callers: WaitingCaller[] = [];
  for (const { arrival, timeout, label, place } of line) {
    if (callers.length >= most) break;
    const since = arrival?.since ?? now;
    callers.push({ waitedFor: now - since, leftFor: since + timeout - now, label, callSite: callSiteOf(place) });
  }
  return callers;
}

/** A loan that has been out for too long, as it is reported. */
export function leakOf<C>(entry: Entry<C>, connector: Teller<C>, now: number): Leak {
  const { loan, id, label, takenFrom, takenAt, connection } = entry;
  const recent = recentOf(connector, connection);
  const place = { callSite: callSiteOf(takenFrom), takenAt: stackOf(takenFrom) };
  return { loan, connection: id, held: now - takenAt, label, ...place, recent };
}

/** What the connector tells of a connection; a report is not worth an error. */
function recentOf<C>(connector: Teller<C>, connection: C): readonly string[] {
  try {
    return connector.recent?.(connection) ?? [];
  } catch {
    return [];
  }
}
