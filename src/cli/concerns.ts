import type { LimitedBy, MonitorReport, PoolReport, ProcessReport, RefusalsReport } from '../monitor/report.js';
import { duration } from '../monitor/duration.js';
import { count } from './amounts.js';
import { groupLeaks, type LeakGroup } from './leak-groups.js';

/** A wait of more than this (ms) is a concern. */
const LONG_WAIT = 1_000;
/** How many of the lines that leak are named. */
const MOST_PLACES = 2;
/** Failures count if they are not older than this, in ms. */
const RECENT = 60_000;

/** Something that is wrong with a pool, or with the process that reports on it. */
export interface Concern {
  readonly process: ProcessReport;
  /** Undefined if the concern is about the process. */
  readonly pool: PoolReport | undefined;
  readonly text: string;
}

/** Everything that is wrong now, or was in the last minute. */
export function concernsOf({ at, processes }: MonitorReport): Concern[] {
  return processes.flatMap((process): Concern[] => {
    if (process.problem !== undefined) return [{ process, pool: undefined, text: process.problem }];
    return process.pools.flatMap((pool) => concernsOfPool(pool, at).map((text) => ({ process, pool, text })));
  });
}

/** Everything that is wrong with one pool; `now` is the time of the report. */
export function concernsOfPool(pool: PoolReport, now: number): string[] {
  const { size, maxSize, waiters, longestWait, inUse, connecting, limitedBy } = pool.stats;
  const texts: string[] = [];
  const refused = pool.refusals && `, ${refusedText(pool.refusals, now)}`;
  // A connection that is being opened counts towards `size`. While the server refuses logins it is left out here: the
  // callers then wait for the server, and not for the pool's own limit.
  const isAtLimit = maxSize !== null && size - (refused === undefined ? 0 : connecting) >= maxSize;
  if (waiters > 0 && isAtLimit) {
    texts.push(`at its limit: ${inUse} of ${maxSize} connections are out, ${callersWait(waiters)}`);
  } else if (waiters > 0 && limitedBy !== undefined) {
    texts.push(`waiting for ${limitText(limitedBy)}: ${callersWait(waiters)}${refused ?? ''}`);
  } else if (waiters > 0 && refused !== undefined) {
    texts.push(`the server has no room: ${callersWait(waiters)}${refused}`);
  }
  if (longestWait > LONG_WAIT) texts.push(`the first caller in line has waited for ${duration(longestWait)}`);
  const failed = failedRecently(pool, now);
  if (failed > 0) texts.push(`${count(failed, 'caller')} went away without a connection in the last minute`);
  const dials = pool.events.filter(({ event, at }) => event === 'openFailed' && now - at <= RECENT);
  if (dials.length > 0)
    texts.push(`${count(dials.length, 'attempt')} to connect failed in the last minute: ${dials.at(-1)!.text}`);
  if (pool.leaks.length > 0) texts.push(leakText(pool));
  return texts;
}

const callersWait = (waiters: number): string => `${count(waiters, 'caller')} ${waiters === 1 ? 'waits' : 'wait'}`;

const refusedText = ({ count: refused, since }: RefusalsReport, now: number): string =>
  `${count(refused, 'login')} ${refused === 1 ? 'was' : 'were'} refused in ${duration(Math.max(0, now - since))}`;

/** Names a limit that is not the pool's own: `the limit over all pools, 15/15`. */
export const limitText = ({ limit, held, of }: LimitedBy): string => `${limit}, ${held}/${of}`;

/** `5 leaks are suspected: 3 x report (…), oldest 40 s; pay (…)`. */
function leakText(pool: PoolReport): string {
  const { length } = pool.leaks;
  const groups = groupLeaks(pool);
  const places = groups.slice(0, MOST_PLACES).map((group) => placeText(group, length));
  const more = groups.length > MOST_PLACES ? `; and ${count(groups.length - MOST_PLACES, 'other line')}` : '';
  const told = places.filter((place) => place !== '').join('; ') + more;
  return `${length === 1 ? 'a leak is' : `${length} leaks are`} suspected${told === '' ? '' : `: ${told}`}`;
}

function placeText(group: LeakGroup, of: number): string {
  const by = group.callSite ?? group.label;
  if (by === undefined || of === 1) return by ?? '';
  const times = group.count === 1 ? '' : `${group.count} x `;
  return `${times}${by}, ${group.count === 1 ? '' : 'oldest '}${duration(group.heldFor)}`;
}

/**
 * The number of failed acquires within the last minute. Samples count all of them, but only up to the latest sample.
 * Events are current, but a pool keeps only the latest hundred and a few of one kind per second. The higher number
 * counts.
 */
function failedRecently({ history, events }: PoolReport, now: number): number {
  const sampled = history.failed.reduce(
    (sum, failed, index) => (now - history.at[index]! <= RECENT ? sum + failed : sum),
    0,
  );
  const told = events.filter(({ event, at }) => event === 'acquireFailed' && now - at <= RECENT).length;
  return Math.max(Math.round(sampled), told);
}
