import { messageOf, type Timer } from '../pool/index.js';
import type { Coordination, Coordinator, FleetMember, Standing } from './coordinator.js';

// How long between two looks (ms): where hardly any room is left, and at most.
const NEAR = 250;
const FAR = 2_000;
// Between two offers of a place that is in use (ms): at most so long for a process that has more than its part for certain,
// and for one that may have no more than its part.
const RARE = 2_000;
const RAREST = 4_000;
// How long (ms) a process leaves to others what it has given up: as long as the rest of them, who try at random times, take.
const PAUSE = 200;

/** What was offered, for the next look. */
export interface OfferMemory {
  /** Places in use that were offered at once; 0: none was. */
  readonly size: number;
  /** How long (ms) after that offer the next one is due. */
  readonly interval: number;
  /** How long (ms) ago it was. */
  readonly since: number;
  /** Sessions that others had then. */
  readonly others: number;
  /** And that this process had. */
  readonly held: number;
  /** Whether there was a place left at the last look. */
  readonly hadRoom: boolean;
}

/** What a process sees of its account. */
export interface Sight {
  /** Sessions that the server counts, its own included. */
  readonly count: number;
  readonly limit: number;
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
  others: Infinity,
  held: 0,
  hadRoom: true,
};

/** Whether it matters to a process, or to others, how full the account is: somebody waits, or it could give some away. */
export const matters = ({ held, floor, waiters }: Standing): boolean => waiters > 0 || held > floor;

/** From so many sessions on an account counts as full: the last place is for whoever asks next. */
const fullAt = (limit: number): number => (limit > 3 ? limit - 1 : limit);

/** How many places are left for newcomers by the one who sheds: others who look then see room, and keep what they have. */
const roomFor = (limit: number): number => (limit > 3 ? Math.max(2, Math.ceil(limit / 8)) : 1);

/**
 * What a process does that sees nothing but the number of its account's sessions. While there is room: nothing. When the
 * account is full it closes some of its idle connections. When all of its own are in use, it cannot know whether others
 * wait, and offers some as they come back: seldom, and less and less often while nobody takes them.
 */
export function decide(seen: Sight): Decision {
  const { count, limit, standing, elapsed } = seen;
  const { held, idle, waiters, floor } = standing;
  const memory = { ...seen.memory, since: seen.memory.since + elapsed, hadRoom: count < limit };
  if (count < fullAt(limit)) {
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
  const retry = waiters > 0 && count < limit && most === undefined;
  return { shed: 0, ...offerOf(standing, count, memory), most, retry, next: NEAR };
}

/**
 * A place that somebody gives up is for those who have least: the more a process has, the more rarely it tries for one
 * while the account is full. A place that was left at the last look is nobody's. What it has offered and nobody has taken
 * is its own again.
 */
function mostOf({ count, limit, standing, memory, dice }: Sight): number | undefined {
  const { held, floor, weight } = standing;
  if (held <= floor || (count < limit && memory.hadRoom)) return undefined;
  if (!isAbove(standing, count) && dice < weight / (weight + held)) return undefined;
  const isTaken = memory.size === 0 || count - held > memory.others;
  return isTaken ? held : Math.max(held, memory.held);
}

/** Whether it has more than would be its part if there were one other process. */
const isAbove = ({ held, weight }: Standing, count: number): boolean =>
  held * (weight + 1) > Math.max(count, held) * weight;

/**
 * Whether some of those in use are offered now. Nobody knows how many processes there are: one that has more than would
 * be its part beside a single other one offers soon, and more each time while others take them; any other offers the more
 * often the more it has, so that all of them drift towards equal parts, for their weights.
 */
function offerOf(standing: Standing, count: number, memory: OfferMemory): Pick<Decision, 'offer' | 'memory'> {
  const { held, floor, weight } = standing;
  const most = held - floor;
  if (most <= 0) return { offer: memory.size > 0 ? 0 : undefined, memory: { ...memory, size: 0 } };
  const all = Math.max(count, held);
  const others = all - held;
  const hasMuch = isAbove(standing, count);
  const first = hasMuch ? NEAR : Math.min(RAREST, Math.max(2 * NEAR, (2 * NEAR * all * weight) / held));
  const due = memory.interval === 0 ? first : memory.interval;
  if (memory.since < due) return { offer: undefined, memory };
  const isTaken = others > memory.others;
  const interval = isTaken || memory.interval === 0 ? first : Math.min(hasMuch ? RARE : RAREST, 2 * due);
  const size = isTaken && hasMuch ? Math.min(Math.max(1, 2 * memory.size), Math.ceil(most / 4)) : 1;
  return { offer: size, memory: { ...memory, size, interval, since: 0, others, held } };
}

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
  #isClosed = false;

  constructor(member: FleetMember) {
    this.#member = member;
    this.#lookedAt = member.clock.now() - NEAR;
    this.#lookIn(NEAR);
  }

  /** Who waits is not made to wait for a look that was put off while nobody did. */
  changed(): void {
    const { clock } = this.#member;
    if (this.#isClosed || this.#isLooking || this.#member.standing().waiters === 0) return;
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
      const count = await this.#member.count();
      if (this.#isClosed) return FAR;
      if (count === undefined) {
        this.#member.setShare(undefined);
        return NEAR;
      }
      this.#member.tell({ state: 'ok' });
      return this.#act(count, elapsed);
    } catch (error) {
      if (this.#isClosed) return FAR;
      this.#member.setShare(undefined);
      this.#member.closeOnReturn(0, 0);
      this.#member.tell({ state: 'lost', why: messageOf(error) });
      return FAR;
    }
  }

  #act(count: number, elapsed: number): number {
    const { limit } = this.#member;
    if (limit === undefined) return FAR;
    const standing = this.#member.standing();
    const dice = this.#member.random();
    const decision = decide({ count, limit, standing, memory: this.#memory, elapsed, dice });
    const { shed, offer, most, retry, next, memory } = decision;
    this.#memory = memory;
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
