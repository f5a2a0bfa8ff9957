import { State, type Entries, type Entry } from './entries.js';
import type { Opener } from './opener.js';
import type { PoolPermits } from './permit-holder.js';
import type { PoolState } from './stats.js';
import type { WaitQueue } from './wait-queue.js';

/** The inside of a pool at rest, between two events. */
export interface Inside<C, L> {
  readonly entries: Entries<C>;
  readonly queue: WaitQueue<C, L>;
  readonly opener: Opener<C>;
  readonly state: PoolState;
  readonly generation: number;
  /** How many callers in the queue and errands wait for a connection. */
  readonly waiting: number;
  readonly permits: PoolPermits<C>;
  readonly now: number;
}

/** Checks what must be true of a pool whenever it is at rest. @throws Error that names the rule which does not hold */
export function assertInvariants<C, L>(pool: Inside<C, L>): void {
  for (const [rule, holds] of Object.entries(RULES)) {
    if (!holds(pool as Inside<unknown, unknown>)) throw new Error(`the pool is not as it must be: ${rule}`);
  }
  pool.queue.assertInvariants(pool.now);
}

const every = ({ entries }: Inside<unknown, unknown>, holds: (entry: Entry<unknown>) => boolean): boolean =>
  [...entries.all].every(holds);

const count = ({ entries }: Inside<unknown, unknown>, state: State): number =>
  [...entries.all].filter((entry) => entry.state === state).length;

const RULES: Readonly<Record<string, (pool: Inside<unknown, unknown>) => boolean>> = {
  'every entry is counted in its state, and all of them together are the size': (pool) =>
    count(pool, State.idle) === pool.entries.idle.length &&
    count(pool, State.checking) === pool.entries.checking &&
    count(pool, State.inUse) === pool.entries.inUse &&
    count(pool, State.connecting) === pool.entries.connecting &&
    count(pool, State.closing) === pool.entries.closing &&
    pool.entries.all.size === pool.entries.size &&
    count(pool, State.gone) === 0,
  'above maxSize there are only loans and connections that are being closed': ({ entries, opener }) =>
    entries.size - entries.closing <= opener.options.maxSize || entries.idle.length + entries.connecting === 0,
  'idle entries are in the order of their use': ({ entries: { idle } }) =>
    idle.every((entry, i) => entry.state === State.idle && (i === 0 || idle[i - 1]!.turn < entry.turn)),
  'an entry has the number of a loan, and a lease, exactly while it is in use': (pool) =>
    every(pool, ({ state, loan, sharers }) => (state === State.inUse) === loan > 0 && (loan === 0 || sharers > 0)),
  'no idle entry is lost, evicted or of an older generation': (pool) =>
    pool.entries.idle.every(({ lost, evicted, generation }) => !lost && !evicted && generation === pool.generation),
  'an entry is not ready during a ping or cleaning, nor after its lifetime': (pool) =>
    pool.entries.idle.every(
      ({ pending, readyUntil, expiresAt }) => (!pending || readyUntil === 0) && readyUntil <= Math.max(0, expiresAt),
    ),
  'an entry is checking only during a ping or cleaning': (pool) =>
    every(pool, ({ state, pending }) => state !== State.checking || pending),
  'every ageing entry is marked as replaced and has not been closed': ({ entries }) =>
    [...entries.ageing].every((entry) => entry.replaced && entry.state < State.closing && entries.all.has(entry)),
  'nobody waits while a connection is idle': ({ state, entries, queue }) =>
    state !== 'open' || queue.size <= entries.checking || entries.idle.length === 0,
  'while somebody waits and there is room, a dial is under way, has a timer, or was denied a permit': (pool) =>
    pool.state !== 'open' ||
    pool.waiting <= pool.entries.checking ||
    pool.entries.size >= pool.opener.options.maxSize ||
    pool.entries.connecting > 0 ||
    pool.opener.isRetrying ||
    pool.permits.denial !== undefined,
  'a permit is held for every connection that is open, and for no other': ({ permits, entries }) =>
    permits.held === entries.size + permits.detached,
  'a closing pool has no queue and no idle connection, and does not dial': ({ state, entries, queue, opener }) =>
    (state !== 'closing' && state !== 'closed') ||
    (queue.size === 0 && !opener.isRetrying && entries.idle.length + entries.checking === 0),
  'a closed pool is empty': ({ state, entries }) => state !== 'closed' || entries.size === 0,
};
