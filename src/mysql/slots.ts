import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { errnoOf, isLost } from '../session/index.js';
import { drop } from './driver.js';
import { FleetFullError } from './errors.js';
import { runOwn } from './own-commands.js';
import type { Session } from './session.js';
import type { SlotKeeper } from './slot-keeper.js';

// How many places one statement tries.
const AT_ONCE = 64;

// The lock that makes queueing visible: one session at a time holds it while it queues; further ones queue unseen. A
// session retries this many times, after random pauses of up to LONGEST_PAUSE ms.
const LINE = 'line';
const TRIES_IN_LINE = 3;
const LONGEST_PAUSE = 250;

// Lock names have at most 64 characters, and are compared ignoring case.
const PLAIN_NAME = /^[a-z0-9_.-]{1,40}$/;

const INTERRUPTED = 1317;

/**
 * The places of a fleet as named locks of the server, `mysqlpool:<fleet>:<number>`: each lent session holds one. The
 * server grants a lock to one session only, and releases it when that session ends, whatever happened to its process.
 *
 * A reset releases the lock, so it is claimed again in the same write. A session without a place is not lent, and if a
 * borrower's statement released the place, later ones are executed only after a place is held again. Besides the
 * sessions in use the server has those that are just asking for a place, and those that are being reset. Locks are
 * local to a server: the servers of a cluster do not know each other's.
 */
export class Slots implements SlotKeeper<Session> {
  readonly #fleet: string;
  readonly #count: number;
  readonly #isStarving: () => boolean;
  readonly #random: () => number;
  readonly #prefix: string;
  /** The place that each session had when it was last claimed. */
  readonly #held = new WeakMap<Session, number>();

  /**
   * @param isStarving whether this process has no connection although callers wait
   * @param random returns a number from 0 up to 1, which determines where the search for a free place begins
   */
  constructor(
    { fleet, count }: { readonly fleet: string; readonly count: number },
    isStarving: () => boolean,
    random: () => number = Math.random,
  ) {
    this.#isStarving = isStarving;
    this.#fleet = fleet;
    this.#count = count;
    this.#random = random;
    this.#prefix = prefixFor(fleet);
  }

  get lostText(): string {
    return `its place in the fleet "${this.#fleet}" is lost, and all ${this.#count} are taken`;
  }

  fullError(pool: string): FleetFullError {
    return new FleetFullError(pool, this.#fleet, this.#count);
  }

  async claim(session: Session): Promise<boolean> {
    const before = this.#held.get(session);
    const places = this.#inOrder(before ?? Math.floor(this.#random() * this.#count));
    for (let from = 0; from < places.length; from += AT_ONCE) {
      const owned = from === 0 ? before : undefined;
      const sql = this.#claiming(places.slice(from, from + AT_ONCE), owned);
      const place = await ask(session, sql).catch((error: unknown) => {
        // The KILL QUERY was meant for the borrower's previous statement.
        if (errnoOf(error) === INTERRUPTED) return ask(session, sql);
        throw error;
      });
      if (place === undefined) continue;
      this.#held.set(session, place);
      return true;
    }
    return false;
  }

  async wait(session: Session): Promise<boolean> {
    const line = `'${this.#prefix}${LINE}'`;
    for (let tries = 0; tries < TRIES_IN_LINE && this.#isStarving(); tries++) {
      if (tries === 0) await runOwn(session, `SELECT GET_LOCK(${line}, 0)`);
      await sleep(LONGEST_PAUSE * this.#random());
      if (!(await this.claim(session))) continue;
      await runOwn(session, `SELECT RELEASE_LOCK(${line})`);
      return true;
    }
    return false;
  }

  async count(session: Session): Promise<{ readonly sessions: number; readonly isAwaited: boolean }> {
    const taken = (name: string | number): string => `(IS_USED_LOCK('${this.#prefix}${name}') IS NOT NULL)`;
    const places = Array.from({ length: this.#count }, (_, place) => taken(place));
    const sql = `SELECT ${places.join(' + ')} AS taken, ${taken(LINE)} AS awaited`;
    const [row] = (await runOwn(session, sql)) as unknown as readonly Readonly<Record<'taken' | 'awaited', unknown>>[];
    return { sessions: Number(row!.taken), isAwaited: Number(row!.awaited) === 1 };
  }

  secure(session: Session): void {
    const claimed = this.claim(session).then(
      (hasPlace) => (hasPlace ? undefined : new Error(`Connection lost: ${this.lostText}`)),
      (error: unknown) => (isLost(error) ? undefined : error),
    );
    session.judgeAfter(
      claimed.then((error) => {
        if (error === undefined) return;
        const loss = Object.assign(error as Error, { code: 'PROTOCOL_CONNECTION_LOST', fatal: true });
        session.host.lost(loss);
        drop(session.connection, loss);
      }),
    );
  }

  #inOrder(first: number): number[] {
    return Array.from({ length: this.#count }, (_, at) => (first + at) % this.#count);
  }

  /** One statement in which the server tries the places one after the other until it gets one. */
  #claiming(places: readonly number[], owned: number | undefined): string {
    const tries = places.map((place) => `WHEN GET_LOCK('${this.#prefix}${place}', 0) = 1 THEN ${place}`);
    // A lock that is granted twice to a session would have to be released twice.
    if (owned !== undefined)
      tries.unshift(`WHEN IS_USED_LOCK('${this.#prefix}${owned}') = CONNECTION_ID() THEN ${owned}`);
    return `SELECT CASE ${tries.join(' ')} END AS place`;
  }
}

/** Fleet names that may be too long, or that differ only in ways the server ignores, are replaced by a digest. */
export function prefixFor(fleet: string): string {
  const name = PLAIN_NAME.test(fleet) ? fleet : `#${createHash('sha256').update(fleet).digest('hex').slice(0, 32)}`;
  return `mysqlpool:${name}:`;
}

async function ask(session: Session, sql: string): Promise<number | undefined> {
  const [row] = (await runOwn(session, sql)) as unknown as readonly { readonly place: unknown }[];
  const place = row?.place;
  return place === null || place === undefined ? undefined : Number(place);
}
