import type { PoolReport, RecentEvent } from '../report.js';
import { plural } from './format.js';

// In samples, one per second. A failure is shown for this long, since a text that comes and goes is hard to read.
const RECENT = 10;

/** The events that tell whether the server can be reached. It can if it is full (`noRoom`), since it has answered. */
const DIALS: ReadonlySet<RecentEvent['event']> = new Set(['opened', 'openFailed', 'noRoom']);

/** What needs attention, the worst first, each in a few words. Empty if all is well. */
export function troublesOf(pool: PoolReport): readonly string[] {
  const { stats, leaks, events, history } = pool;
  const troubles: string[] = [];
  const dial = events.findLast(({ event }) => DIALS.has(event));
  if (dial?.event === 'openFailed') troubles.push('cannot connect');
  if (leaks.length > 0) troubles.push(plural(leaks.length, 'suspected leak'));
  if (history.failed.slice(-RECENT).some((failed) => failed > 0)) troubles.push('failing');
  if (stats.waiters > 0) troubles.push(`${stats.waiters} waiting${limitText(pool)}`);
  return troubles;
}

/** What callers wait for if it is not the pool's own limit: ` for the limit over all pools, 15/15`. */
function limitText({ stats, refusals }: PoolReport): string {
  const { limitedBy, size, maxSize, connecting } = stats;
  if (limitedBy !== undefined) return ` for ${limitedBy.limit}, ${limitedBy.held}/${limitedBy.of}`;
  const isAtLimit = maxSize !== null && size - connecting >= maxSize;
  return refusals === undefined || isAtLimit ? '' : ` for room on the server, ${refusals.count} refused`;
}
