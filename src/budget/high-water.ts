import { messageOf, type Timer } from '../pool/index.js';
import { LONGEST_PAUSE } from './account-cap.js';
import type { AccountCount, Coordination, Coordinator, FleetMember, Standing } from './coordinator.js';

// Terms of this file. A process *counts*: it asks the server for the number of the account's sessions. It *offers*
// connections: it has connections that are in use closed when they are released, for other processes to take the room.

// Shortest and longest time between two counts (ms): NEAR while little room is left.
const NEAR = 250;
const FAR = 2_000;
// Longest time between two offers (ms): for a process that has more than its share, and for one that may not have more.
const RARE = 2_000;
const RAREST = 4_000;
// Within this time (ms) every other process has counted and closed its idle connections. For as long, a process whose
// callers begin to wait opens whatever the server admits.
const FRESH = 2 * NEAR;
// Processes with several connections are the first to give some up for a starving one: for so long (ms) none gives up
// its only one.
const PATIENCE = 3_000;
// A process with a single connection keeps it for so long (ms) while others have none.
const TURN = 1_000;
// For how long (ms) a process leaves the room that it made to others: their random pauses between two logins last so
// long at most.
const PAUSE = LONGEST_PAUSE;

/** The latest offer of a process, and what it has seen since. */
export interface OfferMemory {
  /** How many connections in use were offered at once; 0: none. */
  readonly size: number;
  /** After how long (ms) the next offer is due. */
  readonly interval: number;
  /** How long (ms) ago the offer was made. */
  readonly since: number;
  /** Connections that this process had then. */
  readonly held: number;
  /** Whether there was room at the latest count. */
  readonly hadRoom: boolean;
  /** For how long (ms) a process has been starving. */
  readonly needed: number;
  /** For how long (ms) callers of this process have waited. */
  readonly waited: number;
}

/** What a process knows when it has counted. */
export interface Sight {
  /** Sessions of the account, those of this process included. */
  readonly count: number;
  readonly limit: number;
  /** Whether there may be a process that has no connection. */
  readonly isSomebodyStarving: boolean;
  readonly standing: Standing;
  readonly memory: OfferMemory;
  /** Time (ms) since the previous count. */
  readonly elapsed: number;
  /** A new random number from 0 up to 1. */
  readonly dice: number;
}

/** What the process does next. */
export interface Decision {
  /** Idle connections to close now. */
  readonly shed: number;
  /** Connections to offer; 0 cancels the latest offer, undefined leaves it as it is. */
  readonly offer: number | undefined;
  /** How many connections it may have until the next count; undefined: as many as the server admits. */
  readonly most: number | undefined;
  /** Whether there is room for callers that wait in this process. */
  readonly retry: boolean;
  /** Time (ms) until the next count. */
  readonly next: number;
  readonly memory: OfferMemory;
}

export const NO_OFFER: OfferMemory = {
  size: 0,
  interval: 0,
  since: Infinity,
  held: 0,
  hadRoom: true,
  needed: 0,
  waited: 0,
};

/** Whether a process has a reason to count: callers wait in it, or it has connections that it could give up. */
export const matters = ({ held, floor, waiters }: Standing): boolean => waiters > 0 || held > floor;

/**
 * How much room a process makes by closing idle connections. Processes that count afterwards see it, and keep their own
 * idle connections.
 */
const roomFor = (limit: number): number => (limit > 3 ? Math.max(2, Math.ceil(limit / 8)) : 1);

/**
 * Whether the account counts as full. The last connection is kept free for the next process that logs in; while a
 * process is starving, so is all room that others make for it.
 */
function isFull({ count, limit, isSomebodyStarving }: Pick<Sight, 'count' | 'limit' | 'isSomebodyStarving'>): boolean {
  if (limit <= 3) return count >= limit;
  return count >= limit - (isSomebodyStarving ? roomFor(limit) : 1);
}

/**
 * Decides what a process does, by the number of its account's sessions and whether a process is starving; it knows no
 * more of the others. While there is room, it does nothing. When the account is full, it closes some of its idle
 * connections. When it has no idle ones, it offers some that are in use: soon if a process is starving, otherwise
 * seldom, since it cannot know whether others wait, and less and less often while nobody takes them.
 */
export function decide(seen: Sight): Decision {
  const { count, limit, standing } = seen;
  const { held, idle, waiters, floor } = standing;
  const memory = remember(seen);
  if (!isFull(seen)) {
    const next = limit - count <= limit / 4 ? NEAR : Math.min(FAR, Math.max(NEAR, (FAR * (limit - count)) / limit));
    const offer = memory.size > 0 ? 0 : undefined;
    return { shed: 0, offer, most: undefined, retry: waiters > 0, next, memory: { ...memory, size: 0 } };
  }
  const most = mostOf(seen);
  const spare = Math.max(0, Math.min(idle, held - floor));
  if (spare > 0) {
    const shed = Math.min(spare, Math.max(1, count - (limit - roomFor(limit))));
    return { shed, offer: undefined, most, retry: false, next: NEAR, memory };
  }
  const retry = waiters > 0 && count < limit && (most === undefined || most > held);
  return { shed: 0, ...offerOf(seen, memory), most, retry, next: NEAR };
}

/** The memory brought up to date. If a process has begun to starve since the last count, an offer is made soon. */
function remember({ count, limit, isSomebodyStarving, standing, memory, elapsed }: Sight): OfferMemory {
  const { interval, since, needed, waited } = memory;
  const isNew = isSomebodyStarving && needed === 0;
  return {
    ...memory,
    interval: isNew ? 0 : interval,
    since: since + elapsed,
    needed: isSomebodyStarving ? needed + elapsed : 0,
    waited: standing.waiters > 0 ? waited + elapsed : Math.max(0, waited - elapsed),
    hadRoom: count < limit,
  };
}

/**
 * How many connections a process may have while the account is full. Room that a process makes is for those that have
 * no connection, which find it by trying to log in. So a process that has some opens no more, except that it takes back
 * what it offered itself and nobody took by the second count. While no process is starving, each takes room that it
 * sees, the less often the more connections it has.
 */
function mostOf({ count, limit, standing, memory, elapsed, dice, isSomebodyStarving }: Sight): number | undefined {
  const { held, floor, weight } = standing;
  if (held <= floor || (memory.waited < FRESH && !isSomebodyStarving)) return undefined;
  const room = Math.max(0, limit - count);
  if (!isSomebodyStarving && dice < weight / (weight + held)) return held + room;
  const isOwn = memory.size > 0 && memory.since + elapsed >= PAUSE && (memory.hadRoom || !isSomebodyStarving);
  return isOwn ? Math.max(held, Math.min(memory.held, held + room)) : held;
}

/** Whether it has more than its share would be beside a single other process of weight 1. */
const isAbove = ({ held, weight }: Standing, count: number): boolean =>
  held > 1 && held * (weight + 1) > Math.max(count, held) * weight;

/**
 * Whether the process offers connections now. A process offers the more often the more it has, and ever more seldom
 * while nobody takes what it offers. It does not know how many processes there are, only whether one is starving. If
 * one is, all others offer soon, and after a while even their only connection. If none is, a process that has more than
 * its share would be beside a single other process offers soon; any other offers so rarely that all drift towards equal
 * shares (by weight), and never its only connection.
 */
function offerOf({ count, standing, isSomebodyStarving: isNeeded }: Sight, memory: OfferMemory): Offer {
  const { held, floor, weight } = standing;
  const most = held - floor;
  // The only connection is kept while others may have several to offer; with a count of 2 or less they have not.
  const isKept = held === 1 && memory.needed <= (count > 2 ? PATIENCE : 0);
  if (most <= 0 || isKept) {
    return { offer: memory.size > 0 ? 0 : undefined, memory: { ...memory, size: 0 } };
  }
  const hasMuch = isAbove(standing, count);
  const turn = isNeeded ? (TURN * weight) / held ** 2 : (2 * NEAR * Math.max(count, held) * weight) / held;
  const first = hasMuch ? NEAR : Math.min(RAREST, Math.max(isNeeded ? NEAR : 2 * NEAR, turn));
  const isNew = memory.interval === 0;
  const due = isNew ? first : memory.interval;
  if (memory.since < due) return { offer: undefined, memory };
  const isTaken = held < memory.held;
  const interval = isTaken || isNew ? first : Math.min(hasMuch ? RARE : RAREST, 2 * due);
  const size = isTaken && hasMuch ? Math.min(Math.max(1, 2 * memory.size), Math.ceil(most / 4)) : 1;
  return { offer: size, memory: { ...memory, size, interval, since: 0, held } };
}

type Offer = Pick<Decision, 'offer' | 'memory'>;

/**
 * Provides fairness by the server's own count of the account's sessions, asked over a connection that is open anyway,
 * and only while it matters. It needs nothing installed, and the processes exchange no messages.
 */
export class MysqlCoordinator implements Coordinator {
  readonly kind = 'mysql';

  join(member: FleetMember): Coordination {
    return new Watch(member);
  }
}

/** Counts the account's sessions periodically, while that matters to this process. */
class Watch implements Coordination {
  readonly #member: FleetMember;
  #memory = NO_OFFER;
  #timer: Timer | undefined;
  #due = 0;
  #lookedAt: number;
  #isLooking = false;
  #wasFull = false;
  /** Refused logins of this process, as of the latest count. */
  #refusals = 0;
  #isClosed = false;

  constructor(member: FleetMember) {
    this.#member = member;
    this.#lookedAt = member.clock.now() - NEAR;
    // Jitter: processes that count at the same moment would each close connections to make the same room.
    this.#lookIn(NEAR * member.random());
  }

  /**
   * Brings the next count forward when a caller begins to wait: while nobody waited, it may have been put off for
   * seconds. A refused login tells that no room is left, so that the process tries for no more than it has.
   */
  changed(): void {
    const { clock } = this.#member;
    const { waiters, held, refusals } = this.#member.standing();
    if (this.#isClosed || this.#isLooking || waiters === 0) return;
    if (refusals > this.#refusals && held > 0 && this.#memory.waited >= FRESH) this.#member.setShare(held);
    const soonest = Math.max(clock.now(), this.#lookedAt + NEAR);
    if (this.#due > soonest) this.#lookIn(soonest - clock.now());
  }

  close(): Promise<void> {
    this.#isClosed = true;
    this.#stop();
    return Promise.resolve();
  }

  #stop(): void {
    if (this.#timer !== undefined) this.#member.clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #lookIn(ms: number): void {
    const { clock } = this.#member;
    this.#stop();
    if (this.#isClosed) return;
    this.#due = clock.now() + ms;
    this.#timer = clock.setTimeout(() => this.#wake(), ms);
    this.#timer.unref();
  }

  /** Does not count while nothing depends on it. That this has changed is noticed at the next wake-up at the latest. */
  #wake(): void {
    this.#timer = undefined;
    const { limit } = this.#member;
    if (limit === undefined || !matters(this.#member.standing())) {
      this.#member.setShare(undefined);
      this.#lookIn(this.#jittered(FAR));
      return;
    }
    this.#isLooking = true;
    void this.#lookAndGoOn();
  }

  async #lookAndGoOn(): Promise<void> {
    const next = await this.#look();
    this.#isLooking = false;
    this.#lookIn(this.#jittered(next));
  }

  /** Counts and acts on it. Returns the time (ms) until the next count. Never rejects. */
  async #look(): Promise<number> {
    const asked = this.#member.clock.now();
    const elapsed = asked - this.#lookedAt;
    this.#lookedAt = asked;
    try {
      const counted = await this.#member.count(this.#wasFull);
      if (this.#isClosed) return FAR;
      if (counted === undefined) {
        this.#begin(elapsed);
        return NEAR;
      }
      this.#member.tell({ state: 'ok' });
      return this.#act(counted, elapsed);
    } catch (error) {
      if (this.#isClosed) return FAR;
      this.#member.setShare(undefined);
      this.#member.closeOnReturn(0, 0);
      this.#member.tell({ state: 'lost', why: messageOf(error) });
      return FAR;
    }
  }

  /**
   * The process has no connection to count over. If the server refuses its logins, it opens no more than one, and keeps
   * that for a turn before it offers it.
   */
  #begin(elapsed: number): void {
    const { held, refusals } = this.#member.standing();
    const isRefused = held === 0 && refusals > this.#refusals;
    this.#refusals = refusals;
    this.#member.setShare(isRefused && this.#memory.waited >= FRESH ? 1 : undefined);
    const { needed, waited } = this.#memory;
    if (held === 0) this.#memory = { ...NO_OFFER, since: 0, needed, waited: isRefused ? waited + elapsed : 0 };
  }

  #act({ sessions: count, isSomebodyStarving }: AccountCount, elapsed: number): number {
    const { limit } = this.#member;
    if (limit === undefined) return FAR;
    const standing = this.#member.standing();
    const dice = this.#member.random();
    const decision = decide({ count, limit, isSomebodyStarving, standing, memory: this.#memory, elapsed, dice });
    const { shed, offer, most, retry, next, memory } = decision;
    this.#memory = memory;
    this.#wasFull = isFull({ count, limit, isSomebodyStarving });
    this.#refusals = standing.refusals;
    this.#member.setShare(most);
    if (shed > 0) this.#member.shed(shed);
    if (offer !== undefined) this.#member.closeOnReturn(offer, PAUSE);
    if (retry) this.#member.retry();
    return next;
  }

  #jittered(ms: number): number {
    return ms * (0.75 + this.#member.random() / 2);
  }
}
