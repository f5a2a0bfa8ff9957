import { callSiteOf, stackOf } from './call-site.js';
import type { Connector } from './connector.js';
import type { Entry } from './entries.js';
import { PoolOptionError } from './errors.js';
import type { PoolEvents } from './events.js';
import type { Borrowers, Loan, WaitingCaller } from './stats.js';
import { shown } from './shown.js';
import type { Waiter } from './waiters.js';

/**
 * Who has a connection, and who waits for one, at most so many of each.
 * @throws PoolOptionError when `most` is no number
 */
export function borrowersOf<C, L>(
  pool: string,
  entries: Iterable<Entry<C>>,
  line: Iterable<Waiter<L>>,
  connector: Connector<C>,
  now: number,
  most: unknown,
): Borrowers {
  if (typeof most !== 'number' || !(most >= 0)) {
    throw new PoolOptionError(pool, 'most', `borrowers: expected a number from 0 up, got ${shown(most)}`);
  }
  return { loans: loansOf(entries, connector, now, most), waiters: waitersOf(line, now, most) };
}

/** The oldest loans among `entries`, at most so many. */
export function loansOf<C>(entries: Iterable<Entry<C>>, connector: Connector<C>, now: number, most: number): Loan[] {
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

/** A loan that has been out for too long. */
export function leakOf<C>(entry: Entry<C>, connector: Connector<C>, now: number): PoolEvents['leakSuspected'] {
  const { loan, id, label, takenFrom, takenAt, connection } = entry;
  const recent = recentOf(connector, connection);
  const place = { callSite: callSiteOf(takenFrom), takenAt: stackOf(takenFrom) };
  return { loan, connection: id, held: now - takenAt, label, ...place, recent };
}

/** What the connector tells of a connection; a report is not worth an error. */
function recentOf<C>(connector: Connector<C>, connection: C): readonly string[] {
  try {
    return connector.recent?.(connection) ?? [];
  } catch {
    return [];
  }
}
