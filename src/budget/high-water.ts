import { messageOf, type Timer } from '../pool/index.js';
import { LONGEST_PAUSE } from './account-cap.js';
import type { AccountCount, Coordination, Coordinator, FleetMember, Standing } from './coordinator.js';

// How long between two looks (ms): where hardly any room is left, and at most.
const NEAR = 250;
const FAR = 2_000;
// Between two offers of a place that is in use (ms): at most so long for a process that has more than its part for certain,
// and for one that may have no more than its part.
const RARE = 2_000;
const RAREST = 4_000;
// What others have idle they have closed by then (ms): so long a process that begins to want more tries for it.
const FRESH = 2 * NEAR;
// Those who have several are the first to give up some for one that has nothing: for so long (ms) nobody gives up its only one.
const PATIENCE = 3_000;
// For so long (ms) a process that has one place keeps it, when there are others that have none.
const TURN = 1_000;
// How long (ms) a process leaves to others what it has given up: as long as the rest of them, who try at random times, take.
const PAUSE = LONGEST_PAUSE;

/** What was offered, for the next look. */
export interface OfferMemory {
  /** Places in use that were offered at once; 0: none was. */
  readonly size: number;
  /** How long (ms) after that offer the next one is due. */
  readonly interval: number;
  /** How long (ms) ago it was. */
  readonly since: number;
  /** Sessions that this process had then. */
  readonly held: number;
  /** Whether there was a place left at the last look. */
  readonly hadRoom: boolean;
  /** For how long (ms) somebody has been starving. */
  readonly needed: number;
  /** For how long (ms) callers have waited here. */
  readonly waited: number;
}

/** What a process sees of its account. */
export interface Sight {
  /** Sessions that the server counts, its own included. */
  readonly count: number;
  readonly limit: number;
  /** There may be a process that has nothing. */
  readonly isSomebodyStarving: boolean;
  readonly standing: Standing;
  readonly memory: OfferMemory;
  /** Time (ms) since the last look. */
  readonly elapsed: number;
  /** From 0 up to 1, another one each time. */
  readonly dice: number;
}

/** What it does about it. */
export interface Decision {
  /** Idle connections to close now. */
  readonly shed: number;
  /** Connections in use to close as they come back; undefined: as was said before. */
  readonly offer: number | undefined;
  /** It opens no more than so many until the next look; undefined: as many as the server admits. */
  readonly most: number | undefined;
  /** There is room for whoever waits here. */
  readonly retry: boolean;
  /** Time (ms) until the next look. */
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

/** Whether it matters to a process, or to others, how full the account is: somebody waits, or it could give some away. */
export const matters = ({ held, floor, waiters }: Standing): boolean => waiters > 0 || held > floor;

/** How many places are left for newcomers by the one who sheds: others who look then see room, and keep what they have. */
const roomFor = (limit: number): number => (limit > 3 ? Math.max(2, Math.ceil(limit / 8)) : 1);

/**
 * Whether an account counts as full: the last place is for whoever asks next, and what is given up for those who have nothing
 * is for them.
 */
function isFull({ count, limit, isSomebodyStarving }: Pick<Sight, 'count' | 'limit' | 'isSomebodyStarving'>): boolean {
  if (limit <= 3) return count >= limit;
  return count >= limit - (isSomebodyStarving ? roomFor(limit) : 1);
}

/**
 * What a process does that sees nothing but the number of its account's sessions, and whether somebody has none. While there is
 * room: nothing. When the account is full it closes some of its idle connections. When all of its own are in use it offers
 * some as they come back: soon when somebody has none, otherwise seldom, as it cannot know whether others wait, and less and
 * less often while nobody takes them.
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

/** What it was before, by now; somebody who is starving since the last look has it offer as soon as it can. */
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
 * A place that somebody gives up is for those who have nothing, who find it by trying: whoever has some leaves it to them, and
 * takes only what it has offered itself and nobody has taken by the second look. When nobody has nothing, whoever sees a place
 * takes it, the more it has the more rarely.
 */
function mostOf({ count, limit, standing, memory, elapsed, dice, isSomebodyStarving }: Sight): number | undefined {
  const { held, floor, weight } = standing;
  if (held <= floor || (memory.waited < FRESH && !isSomebodyStarving)) return undefined;
  const room = Math.max(0, limit - count);
  if (!isSomebodyStarving && dice < weight / (weight + held)) return held + room;
  const isOwn = memory.size > 0 && memory.since + elapsed >= PAUSE && (memory.hadRoom || !isSomebodyStarving);
  return isOwn ? Math.max(held, Math.min(memory.held, held + room)) : held;
}

/** Whether it has more than would be its part if there were one other process. */
const isAbove = ({ held, weight }: Standing, count: number): boolean =>
  held > 1 && held * (weight + 1) > Math.max(count, held) * weight;

/**
 * Whether some of those in use are offered now: the more a process has the more often, and ever more seldom while nobody
 * takes them. Nobody knows how many processes there are, but whether there is one that has nothing: for that one everybody
 * gives up some soon, its only one after a while. Otherwise one that has more than would be its part beside a single other
 * process offers soon, any other one so rarely that all of them drift towards equal parts, for their weights, and nobody its
 * only one.
 */
function offerOf({ count, standing, isSomebodyStarving: isNeeded }: Sight, memory: OfferMemory): Offer {
  const { held, floor, weight } = standing;
  const most = held - floor;
  // Nobody else has several, where all others together have no more than one.
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
 * Sees to fairness by nothing but the server's own count of the account's sessions, asked over a session that is there
 * anyway, and only while it matters: nothing to install, and no word between the processes.
 */
export class MysqlCoordinator implements Coordinator {
  readonly kind = 'mysql';

  join(member: FleetMember): Coordination {
    return new Watch(member);
  }
}

/** Looks at the account again and again while it matters to this process. */
class Watch implements Coordination {
  readonly #member: FleetMember;
  #memory = NO_OFFER;
  #timer: Timer | undefined;
  #due = 0;
  #lookedAt: number;
  #isLooking = false;
  #wasFull = false;
  /** Of this process, at the last look. */
  #refusals = 0;
  #isClosed = false;

  constructor(member: FleetMember) {
    this.#member = member;
    this.#lookedAt = member.clock.now() - NEAR;
    // Processes that begin together do not look together: whoever looks first makes room, and who looks next makes it again.
    this.#lookIn(NEAR * member.random());
  }

  /**
   * Who waits is not made to wait for a look that was put off while nobody did. What was left is gone with the first refusal.
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

  /** Nothing is asked while it does not matter; that it does is seen at the next waking at the latest. */
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

  /** Returns when to look next. Never rejects. */
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
   * There is nothing to count over: it has no session. Where the server refuses it, it opens one, no more, and keeps that for
   * a turn.
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
