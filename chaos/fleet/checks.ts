import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '#support/until.js';
import type { Violations } from '../violations.js';
import { now } from './messages.js';

/** After how many ms the condition held; undefined if it did not hold within `ms` milliseconds. */
async function within(ms: number, isSo: () => boolean): Promise<number | undefined> {
  const began = now();
  return until(isSo, ms).then(
    () => now() - began,
    () => undefined,
  );
}

/** Checks that the server no longer counts the sessions of a process that is gone. */
export async function checkPlaces(
  {
    name,
    sessions,
    bound,
    describe,
  }: {
    readonly name: string;
    readonly sessions: () => number;
    readonly bound: number;
    /** Describes the sessions that are left, as listed by the server. */
    readonly describe: () => Promise<string>;
  },
  violations: Violations,
): Promise<number> {
  const took = await within(bound, () => sessions() === 0);
  if (took === undefined) {
    const left = sessions();
    violations.report('places', `${name}: ${left} sessions are left after ${bound} ms: ${await describe()}`);
  }
  return took ?? bound;
}

/** Checks that a member serves further callers. @param violations undefined: a failure is not reported */
export async function checkServes(
  {
    name,
    served,
    bound,
    describe,
  }: {
    readonly name: string;
    readonly served: () => number;
    readonly bound: number;
    /** The member's own description of its state. */
    readonly describe: () => string;
  },
  violations: Violations | undefined,
): Promise<void> {
  const before = served();
  if ((await within(bound, () => served() > before)) !== undefined) return;
  violations?.report('starved', `${name}: served nobody for ${bound} ms (${describe()})`);
}

/** Checks that a raised limit is used. */
export async function checkRaised(
  {
    sessions,
    from,
    to,
    bound,
  }: {
    readonly sessions: () => number;
    readonly from: number;
    readonly to: number;
    readonly bound: number;
  },
  violations: Violations,
): Promise<void> {
  if ((await within(bound, () => sessions() > from)) !== undefined) return;
  violations.report('unused', `${sessions()} sessions when the limit was ${to} again, as with ${from}`);
}

/** Checks that no connection is closed because the coordinator is gone. */
export async function checkFailStatic(sheds: () => number, ms: number, violations: Violations): Promise<void> {
  const before = sheds();
  await sleep(ms);
  const more = sheds() - before;
  if (more > 0) violations.report('coordinator', `${more} connections were given up while it was gone`);
}

/** Checks that an idle fleet shrinks to its floors. */
export async function checkFalls(
  { sessions, floors, bound }: { readonly sessions: () => number; readonly floors: number; readonly bound: number },
  violations: Violations,
): Promise<number> {
  const took = await within(bound, () => sessions() <= floors);
  if (took === undefined)
    violations.report('unused', `${sessions()} sessions of an idle fleet after ${bound} ms, ${floors} are to be left`);
  return took ?? bound;
}

/** Checks that `take` settles within a time. */
export async function checkComes(
  { what, take, bound }: { readonly what: string; readonly take: Promise<unknown>; readonly bound: number },
  violations: Violations,
): Promise<number> {
  const began = now();
  const late = new AbortController();
  const isThere = await Promise.race([
    take.then(() => true),
    sleep(bound, false, { signal: late.signal }).catch(() => false),
  ]);
  late.abort();
  if (!isThere) violations.report('unused', `${what}: not within ${bound} ms`);
  return now() - began;
}
