import { errnoOf } from './server-errors.js';
import { SilentServers } from './silent-servers.js';

/**
 * A word for one run of one server, which no other run has: after a restart a server counts its sessions from 1 again.
 */
export const serverWord = (place: string, start: string): string => `${place}${SINCE}${start}`;

const SINCE = ' since ';

/** Whether the two are the same server before and after a restart, so that none of its old sessions exists any more. */
const isRestarted = (before: string | undefined, now: string | undefined): boolean =>
  before !== undefined && now !== undefined && before !== now && placeOf(before) === placeOf(now);

const placeOf = (server: string): string => server.slice(0, server.lastIndexOf(SINCE));

/** A session that may have to be stopped. */
export interface KillableSession {
  /** Its number on its server, which KILL takes. */
  readonly id: number;
  /** The server (and run) that gave the number, in a word that no other has; undefined when that is not known. */
  readonly server: string | undefined;
  /** Whether the server may be running a statement of it, perhaps although its connection is gone. */
  readonly isRunning: boolean;
}

/** A session over which KILL is sent; nobody else uses it meanwhile. */
export interface KillingSession {
  readonly id: number;
  readonly server: string | undefined;
  /** Runs a statement. A rejection with an error that is not the server's means that the session is unusable. */
  run(sql: string): Promise<unknown>;
}

/** A session on loan. */
export interface KillingLoan {
  readonly session: KillingSession;
  /** @param cause why the session is unusable; undefined if it is not */
  giveBack(cause?: unknown): void;
}

/** Where the killer gets its sessions: a pool, within its limit. */
export interface KillingSessions {
  /** Whether `by` sessions that are to be stopped take up the whole pool, so that no other session can become free. */
  isTaken(by: number): boolean;
  /** Whether the pool has no room for another session. */
  readonly isFull: boolean;
  /** Whether the pool lends nothing any more: a session is then opened just to send KILL, and closed afterwards. */
  readonly isClosing: boolean;
  /** Borrows the first session that suits, ahead of all waiters. Rejects when none can be had. */
  borrow(suits: (session: Pick<KillingSession, 'id' | 'server'>) => boolean, signal: AbortSignal): Promise<KillingLoan>;
}

/** Calls `fn` after `ms`, unless the returned function is called before. It does not keep the process alive. */
export type KillerTimer = (fn: () => void, ms: number) => () => void;

const unrefedTimer: KillerTimer = (fn, ms) => {
  const timer = setTimeout(fn, ms);
  (timer as { unref?(): void }).unref?.();
  return () => clearTimeout(timer);
};

/** How long (ms) to wait for a session before the place of one that is to be stopped is given up. */
export const PATIENCE = 1_000;
/** How long (ms) the place of a session is kept at most, while its server has not ended it. */
export const KEEP_PLACE = 5_000;
/** How long (ms) ending a session is attempted, whether or not its place is still kept. */
export const REMEMBER = 10_000;
/** How long (ms) a place is kept, and a session opened for KILL is used, once the pool is closing. */
export const WHILE_CLOSING = 1_000;
/** How long (ms) the answer to a KILL may take: MariaDB tries for two seconds to wake a statement. */
export const ANSWER_WITHIN = 3_000;
/** Pauses (ms) before a server is asked again whether a killed session is gone: within one loan, and between loans. */
const LOOK_AFTER = [1, 2, 4];
const ASK_AGAIN = [20, 50, 100, 200, 500];
/** How many connections to other servers are passed over before the sessions to be stopped are given up. */
const OTHERS = 3;
/** How many connections may be lost while they send KILL before the sessions to be stopped are given up. */
const ATTEMPTS = 3;

type Verb = 'KILL QUERY' | 'KILL';

class UnansweredError extends Error {}

interface Victim {
  readonly id: number;
  readonly server: string | undefined;
  /** `KILL QUERY` stops a statement; `KILL` ends a session whose connection is gone. */
  readonly verb: Verb;
  /** Whether somebody still waits for the outcome, and a place may be kept for it. */
  isAwaited: boolean;
  /** Tells the outcome to whoever waits: it was done, or not in time. */
  settle(isDone: boolean): void;
  /** Stops trying, and tells the outcome to whoever still waits. */
  drop(isDone: boolean): void;
}

/**
 * Makes servers stop what nobody waits for any more. Session numbers are unique on one server only, so a KILL is only
 * sent over a session of the same server. The place of a session is kept until its server has ended it, or cannot be
 * asked. Only if no other session becomes free, one of them gives up its place, to the connection that sends KILL.
 * A server that leaves KILL unanswered is left alone for a while, so that its callers get the connections.
 */
export class Killer {
  readonly #sessions: KillingSessions;
  readonly #after: KillerTimer;
  readonly #victims = new Set<Victim>();
  readonly #silent: SilentServers;
  /** The session that was given up last because the server did not answer KILL over it. */
  #unanswered: KillingSession | undefined;
  /** The victim that has given up its place so that a session for KILL can be opened. */
  #gaveUp: Victim | undefined;
  /** Aborts the search for a session. */
  #search: AbortController | undefined;
  #isImpatient = false;
  /** Ends the present pause. */
  #wake: (() => void) | undefined;

  constructor(sessions: KillingSessions, after: KillerTimer = unrefedTimer) {
    this.#sessions = sessions;
    this.#after = after;
    this.#silent = new SilentServers(after, () => {
      this.#look();
      this.#makeRoom();
    });
  }

  /** How many sessions are still to be stopped. */
  get size(): number {
    return this.#victims.size;
  }

  /**
   * Stops the statement that a session runs. Resolves with false if that was not done within `limit` ms; never rejects.
   */
  stop(session: KillableSession, limit: number): Promise<boolean> {
    return new Promise<boolean>((resolve) => {
      const victim = this.#add(session, 'KILL QUERY', limit, (isDone) => {
        // A caller that is told false closes the connection, and what is left to do then is up to `end`.
        victim.drop(isDone);
        resolve(isDone);
      });
      if (session.server === undefined || this.#isHopeless() || !this.#mayAsk(victim)) victim.settle(false);
      else this.#look();
    });
  }

  /**
   * Ends a session whose connection is gone, if it ran a statement. Resolves when its place may be taken: the server
   * has ended it, or cannot be asked. Undefined if the place may be taken at once. Never rejects.
   */
  end(session: KillableSession): Promise<void> | undefined {
    const { server } = session;
    if (!session.isRunning || server === undefined) return undefined;
    // Its KILL was lost on the way, or has ended by now: MariaDB takes two seconds for one at most.
    if (session.id === this.#unanswered?.id && server === this.#unanswered.server) return undefined;
    return new Promise<void>((resolve) => {
      const victim = this.#add(session, 'KILL', this.#sessions.isClosing ? WHILE_CLOSING : KEEP_PLACE, () => resolve());
      if (this.#silent.isSilent(server) && !this.#mayAsk(victim)) victim.settle(false);
      this.#look();
      this.#makeRoom();
    });
  }

  /** The server cannot be reached: no place is kept any longer. The sessions are ended later, if they can be. */
  giveUp(): void {
    // A closing pool aborts its dials, which says nothing about the server.
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
        // Nothing is left to be stopped now: no session need be opened for it.
        if (this.#hasWork) return;
        this.#search?.abort();
        this.#wake?.();
      },
    };
    this.#victims.add(victim);
    return victim;
  }

  /** Whether KILL may be sent for the victim now. While the pool is closing, no caller waits for the connection. */
  #mayAsk({ server }: Victim): boolean {
    return server === undefined || this.#sessions.isClosing || !this.#silent.isResting(server);
  }

  get #hasWork(): boolean {
    return [...this.#victims].some((victim) => this.#mayAsk(victim));
  }

  /** Whether the pool is full, and all its sessions are to be stopped. */
  #isHopeless(): boolean {
    let stuck = 0;
    for (const { isAwaited } of this.#victims) if (isAwaited) stuck++;
    return this.#gaveUp === undefined && this.#sessions.isTaken(stuck);
  }

  /** Gives up one place, never a second one: when no session can become free, or none has for long. */
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
    if (this.#search !== undefined || !this.#hasWork) return;
    const search = (this.#search = new AbortController());
    void this.#killAll(search.signal).finally(() => {
      this.#search = undefined;
      // A new victim may have come while the search was being aborted.
      this.#look();
    });
  }

  /** Goes on until nothing is left to stop on servers that may be asked. Never rejects. */
  async #killAll(signal: AbortSignal): Promise<void> {
    let loan: KillingLoan | undefined;
    for (let round = 0, lost = 0; this.#hasWork;) {
      loan ??= await this.#borrow(signal);
      if (loan === undefined) return;
      try {
        await this.#killOver(loan.session);
      } catch (error) {
        if (error instanceof UnansweredError) this.#leftUnanswered(loan.session);
        loan.giveBack(error);
        loan = undefined;
        if (++lost === ATTEMPTS || this.#sessions.isClosing) this.#dropAll(() => true);
        continue;
      }
      // A session opened in the place of one that is not gone yet is not given back before that one is gone.
      if (this.#gaveUp?.server !== loan.session.server) {
        loan.giveBack();
        loan = undefined;
      }
      if (!this.#hasWork) break;
      round = (await this.#rest(ASK_AGAIN[Math.min(round, ASK_AGAIN.length - 1)]!)) ? round + 1 : 0;
    }
    loan?.giveBack();
  }

  /**
   * The session is given up, and its place goes to the callers. Nobody's place is kept any more on a server that has not
   * answered over two sessions in a row.
   */
  #leftUnanswered(session: KillingSession): void {
    const server = session.server!;
    this.#unanswered = session;
    this.#silent.leftUnanswered(server);
    if (!this.#silent.isSilent(server)) return;
    for (const victim of this.#victims) if (victim.server === server) victim.settle(false);
  }

  /** Waits before the server is asked again. False when a new victim has come meanwhile, or none is left. */
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

  /** Borrows a session. Undefined when none can be had; then no victim is left that waits for one. */
  async #borrow(signal: AbortSignal): Promise<KillingLoan | undefined> {
    const wanted = new Set([...this.#victims].filter((victim) => this.#mayAsk(victim)).map(({ server }) => server));
    const others = new Set<number>();
    const wrong = new AbortController();
    // Any number of idle sessions may be looked at; only those that come later count as passed over.
    let isWaiting = false;
    const cancel = this.#after(() => {
      this.#isImpatient = true;
      this.#makeRoom();
    }, PATIENCE);
    const suits = ({ id, server }: Pick<KillingSession, 'id' | 'server'>): boolean => {
      for (const victim of this.#victims) {
        if (victim.server === server && victim.id !== id && this.#mayAsk(victim)) return true;
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
      // Gives up the victims on servers that cannot be asked, but none that came during the search.
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

  /**
   * Sends KILL for all victims on the same server, and checks if they are gone. Rejects when the session is unusable.
   */
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

  /** False when the server has taken the KILL but may still have the session, so that it has to be asked again. */
  async #kill(by: KillingSession, victim: Victim): Promise<boolean> {
    try {
      await this.#answered(by.run(`${victim.verb} ${victim.id}`));
    } catch (error) {
      if (errnoOf(error) === undefined) throw error;
      this.#silent.hasAnswered(victim.server!);
      // The server does not know the session any more, or does not allow the KILL.
      victim.drop(false);
      return true;
    }
    this.#silent.hasAnswered(victim.server!);
    if (victim.verb === 'KILL') return false;
    victim.drop(true);
    return true;
  }

  #answered(work: Promise<unknown>): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const late = (): void => reject(new UnansweredError(`a KILL was not answered within ${ANSWER_WITHIN} ms`));
      const cancel = this.#after(late, ANSWER_WITHIN);
      work.then(resolve, reject).finally(cancel).catch(reject);
    });
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => void this.#after(resolve, ms));
  }
}
