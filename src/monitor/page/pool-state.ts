import type { PoolReport, RecentEvent } from '../report.js';
import { plural } from './format.js';

// In samples, which are seconds: what comes and goes would be hard to read.
const RECENT = 10;

/** What tells whether the server can be reached: one that is full answers. */
const DIALS: ReadonlySet<RecentEvent['event']> = new Set(['opened', 'openFailed', 'noRoom']);

/** What somebody should look at, worst first; each in a few words. Empty when all is well. */
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

/** What callers wait for when it is no limit of the pool's own: ` for the limit over all pools, 15/15`. */
function limitText({ stats, refusals }: PoolReport): string {
  const { limitedBy, size, maxSize, connecting } = stats;
  if (limitedBy !== undefined) return ` for ${limitedBy.limit}, ${limitedBy.held}/${limitedBy.of}`;
  const isAtLimit = maxSize !== null && size - connecting >= maxSize;
  return refusals === undefined || isAtLimit ? '' : ` for room on the server, ${refusals.count} refused`;
}
