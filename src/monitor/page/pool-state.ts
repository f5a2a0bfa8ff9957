import type { PoolReport, PoolStatsReport } from '../report.js';
import { plural } from './format.js';

// In samples, which are seconds: what comes and goes would be hard to read.
const RECENT = 10;

/** What somebody should look at, worst first; each in a few words. Empty when all is well. */
export function troublesOf({ stats, leaks, events, history }: PoolReport): readonly string[] {
  const troubles: string[] = [];
  const dial = events.findLast(({ event }) => event === 'opened' || event === 'openFailed');
  if (dial?.event === 'openFailed') troubles.push('cannot connect');
  if (leaks.length > 0) troubles.push(plural(leaks.length, 'suspected leak'));
  if (history.failed.slice(-RECENT).some((failed) => failed > 0)) troubles.push('failing');
  if (stats.waiters > 0) troubles.push(`${stats.waiters} waiting${limitText(stats)}`);
  return troubles;
}

/** What callers wait for when it is no limit of the pool's own: ` for the limit over all pools, 15/15`. */
function limitText({ limitedBy }: PoolStatsReport): string {
  return limitedBy === undefined ? '' : ` for ${limitedBy.limit}, ${limitedBy.held}/${limitedBy.of}`;
}
