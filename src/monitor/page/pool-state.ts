import type { PoolReport } from '../report.js';
import { plural } from './format.js';

/** What somebody should look at, worst first; each in two or three words. Empty when all is well. */
export function troublesOf({ stats, leaks, events, history }: PoolReport): readonly string[] {
  const troubles: string[] = [];
  const dial = events.findLast(({ event }) => event === 'opened' || event === 'openFailed');
  if (dial?.event === 'openFailed') troubles.push('cannot connect');
  if (leaks.length > 0) troubles.push(plural(leaks.length, 'suspected leak'));
  if ((history.failed.at(-1) ?? 0) > 0) troubles.push('turning callers away');
  if (stats.waiters > 0) troubles.push(`${stats.waiters} waiting`);
  return troubles;
}

/** The part of a pool's name that fits anywhere. */
export function shortName(name: string): string {
  return name.length > 60 ? `${name.slice(0, 59)}…` : name;
}
