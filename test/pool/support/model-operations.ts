import * as fc from 'fast-check';
import type { PoolOptions } from 'node-mysqlpool/pool';

/** Moods of the fake server: for dials, and for work on connections (pings, cleanings). */
export const DIAL_MOODS = ['ok', 'slow', 'refused', 'full', 'fatal', 'hang', 'deaf'] as const;
export const WORK_MOODS = ['ok', 'slow', 'fail', 'hang'] as const;

/** The events in which a listener may call the pool. */
export const MEDDLED = [
  'opening',
  'opened',
  'acquired',
  'waiting',
  'acquireFailed',
  'released',
  'closed',
  'evicted',
] as const;
export const MEDDLINGS = ['ask', 'release', 'destroy', 'evict', 'grow', 'shrink', 'suspend', 'close'] as const;

export type MeddledEvent = (typeof MEDDLED)[number];
export type Meddling = (typeof MEDDLINGS)[number];
export type DialMood = (typeof DIAL_MOODS)[number];
export type WorkMood = (typeof WORK_MOODS)[number];

/** One step of a random life of a pool. `at`, modulo their number, selects among the present loans and the like. */
export type Operation =
  | { readonly op: 'ask'; readonly timeout: number; readonly signal: boolean }
  | { readonly op: 'call'; readonly brief: boolean }
  | { readonly op: 'release' | 'destroy' | 'softInvalidate' | 'detach' | 'staleRelease' | 'share'; readonly at: number }
  | { readonly op: 'releaseAndAsk' | 'releaseBusy'; readonly at: number }
  | { readonly op: 'undo'; readonly at: number; readonly mood: WorkMood }
  | { readonly op: 'try' }
  | { readonly op: 'abort'; readonly at: number }
  | { readonly op: 'pass' | 'blocked'; readonly ms: number }
  | { readonly op: 'dial'; readonly mood: DialMood }
  | { readonly op: 'ping' | 'clean' | 'goodBye'; readonly mood: WorkMood }
  | { readonly op: 'dirty'; readonly dirty: boolean }
  | { readonly op: 'kill'; readonly at: number; readonly silent: boolean }
  | { readonly op: 'resize'; readonly maxSize: number }
  | { readonly op: 'meddle'; readonly when: MeddledEvent; readonly action: Meddling }
  | { readonly op: 'grant' | 'contest' | 'spare' }
  | { readonly op: 'evict' | 'unfit' | 'suspend' | 'resume' | 'drain' | 'close' };

const at = fc.nat({ max: 9 });
const workMood = fc.constantFrom(...WORK_MOODS);

const step = <T extends Operation['op']>(op: T): fc.Arbitrary<T> => fc.constant(op);

const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      op: step('ask'),
      timeout: fc.constantFrom(0, 5, 50, 1_000, 30_000, Infinity),
      signal: fc.boolean(),
    }),
  },
  { weight: 3, arbitrary: fc.record({ op: step('call'), brief: fc.boolean() }) },
  { weight: 10, arbitrary: fc.record({ op: step('release'), at }) },
  { weight: 2, arbitrary: fc.record({ op: step('releaseAndAsk'), at }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constantFrom('destroy', 'softInvalidate', 'detach', 'share'), at }) },
  { weight: 2, arbitrary: fc.record({ op: step('staleRelease'), at }) },
  { weight: 1, arbitrary: fc.record({ op: step('releaseBusy'), at }) },
  { weight: 1, arbitrary: fc.record({ op: step('undo'), at, mood: workMood }) },
  { weight: 2, arbitrary: fc.record({ op: step('try') }) },
  { weight: 2, arbitrary: fc.record({ op: step('abort'), at }) },
  {
    weight: 8,
    arbitrary: fc.record({ op: step('pass'), ms: fc.constantFrom(0, 1, 5, 20, 50, 200, 600, 1_000, 5_000, 30_000) }),
  },
  { weight: 1, arbitrary: fc.record({ op: step('blocked'), ms: fc.constantFrom(20, 60, 500, 3_000, 12_000) }) },
  { weight: 4, arbitrary: fc.record({ op: step('dial'), mood: fc.constantFrom(...DIAL_MOODS) }) },
  { weight: 4, arbitrary: fc.record({ op: fc.constantFrom('ping', 'clean', 'goodBye'), mood: workMood }) },
  { weight: 2, arbitrary: fc.record({ op: step('dirty'), dirty: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ op: step('kill'), at, silent: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ op: step('resize'), maxSize: fc.integer({ min: 1, max: 6 }) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      op: step('meddle'),
      when: fc.constantFrom(...MEDDLED),
      action: fc.constantFrom(...MEDDLINGS),
    }),
  },
  { weight: 3, arbitrary: fc.record({ op: fc.constantFrom('grant', 'contest', 'spare') }) },
  { weight: 3, arbitrary: fc.record({ op: fc.constantFrom('evict', 'unfit', 'suspend', 'resume', 'resume') }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constantFrom('close', 'drain', 'resume') }) },
) as fc.Arbitrary<Operation>;

/** A random life, long enough to run into problems. */
export const life: fc.Arbitrary<Operation[]> = fc.array(operation, { minLength: 1, maxLength: 60, size: 'max' });

/** How many permits the issuer has; most pools are limited by maxSize only. */
export const permits: fc.Arbitrary<number> = fc.constantFrom(Infinity, Infinity, Infinity, 1, 2, 4);

/** Random options that make sense together. */
export const options: fc.Arbitrary<PoolOptions> = fc
  .record({
    maxSize: fc.integer({ min: 1, max: 5 }),
    maxIdle: fc.nat({ max: 5 }),
    minIdle: fc.nat({ max: 2 }),
    maxConnecting: fc.integer({ min: 1, max: 3 }),
    maxWaiters: fc.constantFrom(Infinity, Infinity, 3),
    ping: fc.constantFrom('always' as const, 'never' as const, { idleFor: 500 }),
    order: fc.constantFrom('lifo' as const, 'fifo' as const),
    maxLifetime: fc.constantFrom(0, 20_000),
    idleTimeout: fc.constantFrom(0, 10_000),
    keepaliveInterval: fc.constantFrom(0, 5_000),
    leakThreshold: fc.constantFrom(0, 1_000),
    failFast: fc.boolean(),
  })
  .map(({ maxIdle, minIdle, ...rest }) => {
    const kept = Math.min(maxIdle, rest.maxSize);
    return { ...rest, maxIdle: kept, minIdle: Math.min(minIdle, kept) };
  });
