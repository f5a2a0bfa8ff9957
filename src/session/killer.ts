import { errnoOf } from './server-errors.js';

/** One start of one server, in a word that no other has: a server that was started anew counts its sessions from 1 again. */
export const serverWord = (place: string, start: string): string => `${place}${SINCE}${start}`;

const SINCE = ' since ';

/** Whether a server was started anew between the two: none of its sessions lives on. */
const isRestarted = (before: string | undefined, now: string | undefined): boolean =>
  before !== undefined && now !== undefined && before !== now && placeOf(before) === placeOf(now);

const placeOf = (server: string): string => server.slice(0, server.lastIndexOf(SINCE));

/** A session that may have to be stopped. */
export interface KillableSession {
  /** The server's number of it. */
  readonly id: number;
  /** Which server's number that is, in a word that no other server has; undefined when that is not known. */
  readonly server: string | undefined;
  /** Whether the server may be running a statement of it, or may go on with one although its connection is gone. */
  readonly isRunning: boolean;
}

/** A session that nobody else uses now, over which KILL is said. */
export interface KillingSession {
  readonly id: number;
  readonly server: string | undefined;
  /** Runs a statement. A rejection without a number of the server's means that the session is of no use any more. */
  run(sql: string): Promise<unknown>;
}

/** A session on loan. */
export interface KillingLoan {
  readonly session: KillingSession;
  /** @param cause why it is of no use to anybody */
  giveBack(cause?: unknown): void;
}

/** Where the killer has its sessions from: a pool, within its limit. */
export interface KillingSessions {
  /** Whether so many sessions that are to be stopped take every place, so that none will come free before. */
  isTaken(by: number): boolean;
  /** Whether every place is taken, by whomever. */
  readonly isFull: boolean;
  /** Whether nothing is lent any more: what comes now is one that is opened to say KILL and closed afterwards. */
  readonly isClosing: boolean;
  /** The first session that suits, ahead of all others who wait for one. Rejects when there is none to be had. */
  borrow(suits: (session: Pick<KillingSession, 'id' | 'server'>) => boolean, signal: AbortSignal): Promise<KillingLoan>;
}

/** Calls `fn` after so many ms, unless what it returns is called before. It keeps no process alive. */
export type KillerTimer = (fn: () => void, ms: number) => () => void;

const unrefedTimer: KillerTimer = (fn, ms) => {
  const timer = setTimeout(fn, ms);
  (timer as { unref?(): void }).unref?.();
  return () => clearTimeout(timer);
};

/** How long (ms) a connection is waited for before a place is given up for one. */
export const PATIENCE = 1_000;
/** How long (ms) the place of a session is kept at most, while its server takes that long to be rid of it. */
export const KEEP_PLACE = 5_000;
/** How long it is tried to be ended, whether or not its place is kept. */
export const REMEMBER = 10_000;
/** The same once the pool is closing. */
export const WHILE_CLOSING = 1_000;
/** How long the answer to a KILL may take: MariaDB tries for two seconds to wake a statement. */
const ANSWER_WITHIN = 3_000;
/** The server is asked again so long after a KILL whether the session is gone, within one loan; and then in further ones. */
const LOOK_AFTER = [1, 2, 4];
const ASK_AGAIN = [20, 50, 100, 200, 500];
/** So many connections to other servers are passed over before a session is dropped. */
const OTHERS = 3;
/** So many connections may be lost over it. */
const ATTEMPTS = 3;

type Verb = 'KILL QUERY' | 'KILL';

interface Victim {
  readonly id: number;
  readonly server: string | undefined;
  /** `KILL QUERY` stops a statement; `KILL` ends a session whose connection is gone. */
  readonly verb: Verb;
  /** Whether its place is still kept, and somebody waits to hear of it. */
  isAwaited: boolean;
  /** Nobody need wait any longer: it was done, or not. */
  settle(isDone: boolean): void;
  /** It is not tried any more. */
  drop(isDone: boolean): void;
}

/**
 * Has servers stop what nobody waits for any more. Numbers of sessions are each server's own: a KILL is only ever said
 * over a session of the same server. The place of a session is kept until its server is rid of it, or cannot be asked.
 * Only when nothing else comes free, one of them gives up its place, to the connection that says KILL.
 */
export class Killer {
  readonly #sessions: KillingSessions;
  readonly #after: KillerTimer;
  readonly #victims = new Set<Victim>();
  /** The one that has given up its place so that another session can be opened. */
  #gaveUp: Victim | undefined;
  /** Ends the search for a session. */
  #search: AbortController | undefined;
  #isImpatient = false;
  /** Ends a rest. */
  #wake: (() => void) | undefined;

  constructor(sessions: KillingSessions, after: KillerTimer = unrefedTimer) {
    this.#sessions = sessions;
    this.#after = after;
  }

  /** How many sessions are still to be stopped. */
  get size(): number {
    return this.#victims.size;
  }

  /** Stops the statement that a session runs. False when that could not be done within `limit` ms; never rejects. */
  stop(session: KillableSession, limit: number): Promise<boolean> {
    return new Promise<boolean>((resolve) => {
      const victim = this.#add(session, 'KILL QUERY', limit, (isDone) => {
        // Whoever is told that it was not done closes the connection: what comes then is a matter for `end`.
        victim.drop(isDone);
        resolve(isDone);
      });
      if (session.server === undefined || this.#isHopeless()) victim.settle(false);
      else this.#look();
    });
  }

  /**
   * Ends a session whose connection is gone, if it ran a statement. Resolves when its place may be taken: the server is
   * rid of it, or cannot be asked. Undefined when that is at once. Never rejects.
   */
  end(session: KillableSession): Promise<void> | undefined {
    if (!session.isRunning || session.server === undefined) return undefined;
    return new Promise<void>((resolve) => {
      this.#add(session, 'KILL', this.#sessions.isClosing ? WHILE_CLOSING : KEEP_PLACE, () => resolve());
      this.#look();
      this.#makeRoom();
    });
  }

  /** The server cannot be reached: nobody's place is kept. Whoever can be, is ended later. */
  giveUp(): void {
    // A dial that was called off says nothing about the server.
    if (this.#sessions.isClosing) return;
    for (const victim of this.#victims) if (victim.verb === 'KILL') victim.settle(false);
  }

  #add(session: KillableSession, verb: Verb, limit: number, told: (isDone: boolean) => void): Victim {
    const { id, server } = session;
    const cancelLimit = this.#after(() => victim.settle(false), limit);
    const cancelMemory = this.#after(() => victim.drop(false), Math.max(limit, REMEMBER));
    const victim: Victim = {
      id,
      server,
      verb,
      isAwaited: true,
      settle: (isDone) => {
        cancelLimit();
        if (!victim.isAwaited) return;
        victim.isAwaited = false;
        told(isDone);
      },
      drop: (isDone) => {
        cancelMemory();
        this.#victims.delete(victim);
        if (this.#gaveUp === victim) this.#gaveUp = undefined;
        victim.settle(isDone);
        // One that is not needed shall not be opened.
        if (this.#victims.size > 0) return;
        this.#search?.abort();
        this.#wake?.();
      },
    };
    this.#victims.add(victim);
    return victim;
  }

  /** Whether there is no session, and no room for one, but those that are to be stopped. */
  #isHopeless(): boolean {
    let stuck = 0;
    for (const { isAwaited } of this.#victims) if (isAwaited) stuck++;
    return this.#gaveUp === undefined && this.#sessions.isTaken(stuck);
  }

  /** Gives up one place, never a second: when no session can come free, or none has for long. */
  #makeRoom(): void {
    if (this.#gaveUp !== undefined || this.#search === undefined || this.#sessions.isClosing) return;
    if (!this.#isHopeless() && !(this.#isImpatient && this.#sessions.isFull)) return;
    for (const victim of this.#victims) {
      if (victim.verb !== 'KILL' || !victim.isAwaited) continue;
      this.#gaveUp = victim;
      victim.settle(false);
      return;
    }
  }

  #look(): void {
    this.#wake?.();
    if (this.#search !== undefined) return;
    const search = (this.#search = new AbortController());
    void this.#killAll(search.signal).finally(() => {
      this.#search = undefined;
      // Somebody may have come when the search was being called off.
      if (this.#victims.size > 0) this.#look();
    });
  }

  /** Goes on until nothing is left to stop. Never rejects. */
  async #killAll(signal: AbortSignal): Promise<void> {
    let loan: KillingLoan | undefined;
    for (let round = 0, lost = 0; this.#victims.size > 0;) {
      loan ??= await this.#borrow(signal);
      if (loan === undefined) return;
      try {
        await this.#killOver(loan.session);
      } catch (error) {
        loan.giveBack(error);
        loan = undefined;
        if (++lost === ATTEMPTS || this.#sessions.isClosing) this.#dropAll(() => true);
        continue;
      }
      // What was opened in the place of one that is not gone yet is nobody else's before.
      if (this.#gaveUp?.server !== loan.session.server) {
        loan.giveBack();
        loan = undefined;
      }
      if (this.#victims.size === 0) break;
      round = (await this.#rest(ASK_AGAIN[Math.min(round, ASK_AGAIN.length - 1)]!)) ? round + 1 : 0;
    }
    loan?.giveBack();
  }

  /** Waits before the server is asked again. False when somebody has come meanwhile, or nobody is left. */
  #rest(ms: number): Promise<boolean> {
    return new Promise<boolean>((resolve) => {
      const end = (isWhole: boolean): void => {
        cancel();
        this.#wake = undefined;
        resolve(isWhole);
      };
      const cancel = this.#after(() => end(true), ms);
      this.#wake = () => end(false);
    });
  }

  /** Undefined when there is none to be had; then nobody is left who waits for one. */
  async #borrow(signal: AbortSignal): Promise<KillingLoan | undefined> {
    const wanted = new Set([...this.#victims].map(({ server }) => server));
    const others = new Set<number>();
    const wrong = new AbortController();
    // Of those that lie idle any number may be looked at.
    let isWaiting = false;
    const cancel = this.#after(() => {
      this.#isImpatient = true;
      this.#makeRoom();
    }, PATIENCE);
    const suits = ({ id, server }: Pick<KillingSession, 'id' | 'server'>): boolean => {
      for (const victim of this.#victims) {
        if (victim.server === server && victim.id !== id) return true;
        if (isRestarted(victim.server, server)) victim.drop(true);
      }
      if (isWaiting && others.add(id).size === OTHERS) queueMicrotask(() => wrong.abort());
      return false;
    };
    try {
      const loan = this.#sessions.borrow(suits, AbortSignal.any([signal, wrong.signal]));
      isWaiting = true;
      return await loan;
    } catch {
      // Of servers that cannot be asked; of those who came meanwhile nothing is known yet.
      if (!signal.aborted) this.#dropAll(({ server }) => wanted.has(server));
      return undefined;
    } finally {
      cancel();
      this.#isImpatient = false;
    }
  }

  #dropAll(which: (victim: Victim) => boolean): void {
    for (const victim of this.#victims) if (which(victim)) victim.drop(false);
  }

  /** Kills all that run on the same server, and sees whether they are gone. Rejects when the session is of no use. */
  async #killOver(by: KillingSession): Promise<void> {
    for (let look = 0; ; look++) {
      let left = 0;
      for (const victim of this.#victims) {
        if (victim.server !== by.server || victim.id === by.id) continue;
        if (!(await this.#kill(by, victim))) left++;
      }
      if (left === 0 || look === LOOK_AFTER.length) return;
      await this.#pause(LOOK_AFTER[look]!);
    }
  }

  /** False when the session is to be looked for again: the server has taken the KILL, and may not be rid of it yet. */
  async #kill(by: KillingSession, victim: Victim): Promise<boolean> {
    try {
      await this.#answered(by.run(`${victim.verb} ${victim.id}`));
    } catch (error) {
      if (errnoOf(error) === undefined) throw error;
      // The server does not know it any more, or does not let us.
      victim.drop(false);
      return true;
    }
    if (victim.verb === 'KILL') return false;
    victim.drop(true);
    return true;
  }

  #answered(work: Promise<unknown>): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const late = (): void => reject(new Error(`a KILL was not answered within ${ANSWER_WITHIN} ms`));
      const cancel = this.#after(late, ANSWER_WITHIN);
      work.then(resolve, reject).finally(cancel).catch(reject);
    });
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => void this.#after(resolve, ms));
  }
}
