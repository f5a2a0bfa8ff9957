import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '#support/until.js';
import type { Violations } from '../violations.js';
import { now } from './messages.js';

/** Whether it came to be so, and after how long, in ms. */
async function within(ms: number, isSo: () => boolean): Promise<number | undefined> {
  const began = now();
  return until(isSo, ms).then(
    () => now() - began,
    () => undefined,
  );
}

/** The places of a process that is gone are free again: nobody counts them any more. */
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
    /** What the server says of those that are left. */
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

/** A coordinator that is gone has nobody close a connection. */
export async function checkFailStatic(sheds: () => number, ms: number, violations: Violations): Promise<void> {
  const before = sheds();
  await sleep(ms);
  const more = sheds() - before;
  if (more > 0) violations.report('coordinator', `${more} connections were given up while it was gone`);
}

/** An idle fleet falls to its floors. */
export async function checkFalls(
  { sessions, floors, bound }: { readonly sessions: () => number; readonly floors: number; readonly bound: number },
  violations: Violations,
): Promise<number> {
  const took = await within(bound, () => sessions() <= floors);
  if (took === undefined)
    violations.report('unused', `${sessions()} sessions of an idle fleet after ${bound} ms, ${floors} are to be left`);
  return took ?? bound;
}

/** Something that is to be so within a time. */
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
