import type { AcquireOptions, PoolStats } from '../pool/index.js';
import type { MysqlConnection } from './driver.js';
import { errnoOf } from '../session/index.js';
import { runOwn } from './own-commands.js';
import { sessionOf, type Session } from './session.js';

/** How long (ms) a session that the server has not been rid of yet keeps its place in the pool. */
const KEEP_PLACE = 1_000;
/** How long it is remembered, so that the next connection ends it. */
const REMEMBER = 10_000;
/** How long the answer to a KILL may take: MariaDB tries for two seconds to wake a statement that sleeps. */
const ANSWER_WITHIN = 3_000;

const UNKNOWN_SESSION = 1094;

/** What the killer is called among borrowers. */
const LABEL = 'mysqlpool kill';

/** The pool that a killer works for. It lends in nobody's name: not in that of the scope whose statement it is. */
export interface KillerPool {
  stats(): Pick<PoolStats, 'state' | 'size' | 'maxSize'>;
  tryAcquire(label: string): KillerLease | undefined;
  acquire(options: AcquireOptions): Promise<KillerLease>;
}

interface KillerLease {
  readonly connection: MysqlConnection;
  release(): void;
  destroy(cause?: unknown): void;
}

interface Victim {
  readonly session: Session;
  /** `KILL QUERY` stops a statement; `KILL` ends a session whose connection is gone. */
  readonly verb: 'KILL QUERY' | 'KILL';
  readonly since: number;
  isSettled: boolean;
  settle(isDone: boolean): void;
}

/**
 * Has the server stop what nobody waits for any more. It takes connections of the pool, so that the pool's limit holds:
 * whichever is opened, or comes back, or lies idle first. Only when there is none but those to be stopped, one of them
 * gives up its place before the server is rid of it.
 */
export class Killer {
  readonly #pool: KillerPool;
  readonly #victims = new Set<Victim>();
  /** Ends the search for a connection. */
  #search: AbortController | undefined;

  constructor(pool: KillerPool) {
    this.#pool = pool;
  }

  /** Whether a connection should `serve` before it is lent. */
  get isWanted(): boolean {
    return this.#victims.size > 0;
  }

  /** Stops the statement that a session runs. False when that could not be done within `limit` ms; never rejects. */
  stop(session: Session, limit: number): Promise<boolean> {
    return new Promise<boolean>((resolve) => {
      const victim = this.#add(session, 'KILL QUERY', limit, (isDone) => {
        this.#victims.delete(victim);
        resolve(isDone);
      });
      if (this.#isHopeless()) victim.settle(false);
      else void this.#look();
    });
  }

  /**
   * Ends a session whose connection is gone, if it ran a statement. Resolves when its place in the pool may be taken: it
   * has ended, or the server cannot be reached, or a second has passed; undefined when that is at once. Never rejects.
   */
  end(session: Session): Promise<void> | undefined {
    if (!session.isRunning) return undefined;
    const { state } = this.#pool.stats();
    if (state === 'closing' || state === 'closed') return undefined;
    let free = (): void => undefined;
    const place = new Promise<void>((resolve) => (free = resolve));
    this.#add(session, 'KILL', KEEP_PLACE, free);
    const isHopeless = this.#isHopeless();
    void this.#look();
    return isHopeless ? undefined : place;
  }

  /** The server cannot be reached: nobody's place is kept. */
  giveUp(): void {
    for (const victim of this.#victims) if (victim.verb === 'KILL') victim.settle(false);
  }

  /** Kills, from the connection of a session that nobody uses now. Rejects when that connection is of no use. */
  async serve(by: Session): Promise<void> {
    this.#forgetOld();
    for (const victim of this.#victims) {
      if (victim.session === by) continue;
      // So that no other connection does the same meanwhile.
      this.#victims.delete(victim);
      try {
        if (victim.verb === 'KILL QUERY' || (await isOnSameServer(by, victim))) {
          await answerTo(by, `${victim.verb} ${victim.session.connection.threadId}`);
        }
        victim.settle(true);
      } catch (error) {
        const errno = errnoOf(error);
        if (errno !== undefined) {
          victim.settle(victim.verb === 'KILL' && errno === UNKNOWN_SESSION);
          continue;
        }
        if (victim.verb === 'KILL' || !victim.isSettled) this.#victims.add(victim);
        throw error;
      }
    }
    // Whoever did it: one that was not needed shall not be opened.
    if (!this.isWanted) this.#search?.abort();
  }

  #add(session: Session, verb: Victim['verb'], limit: number, done: (isDone: boolean) => void): Victim {
    const timer = setTimeout(() => victim.settle(false), limit);
    const victim: Victim = {
      session,
      verb,
      since: performance.now(),
      isSettled: false,
      settle(isDone) {
        clearTimeout(timer);
        if (victim.isSettled) return;
        victim.isSettled = true;
        done(isDone);
      },
    };
    this.#victims.add(victim);
    return victim;
  }

  /** Whether there is no connection, and no room for one, but those that are to be stopped. */
  #isHopeless(): boolean {
    const { size, maxSize } = this.#pool.stats();
    const stuck = [...this.#victims].filter(({ isSettled }) => !isSettled).length;
    return size >= maxSize && stuck >= size;
  }

  /** Looks for a connection, in case none is opened or comes back meanwhile. */
  async #look(): Promise<void> {
    if (this.#search !== undefined) return;
    const { signal } = (this.#search = new AbortController());
    try {
      for (let attempt = 0; attempt < 3 && this.isWanted; attempt++) {
        const lease =
          this.#pool.tryAcquire(LABEL) ?? (await this.#pool.acquire({ timeout: REMEMBER, signal, label: LABEL }));
        try {
          await this.serve(sessionOf(lease.connection));
        } catch (error) {
          lease.destroy(error);
        } finally {
          lease.release();
        }
      }
    } catch {
      if (!signal.aborted) this.giveUp();
    } finally {
      this.#search = undefined;
    }
    // Called off, as there was nobody left to help; somebody may have come before that was known here.
    if (signal.aborted && this.isWanted) void this.#look();
  }

  #forgetOld(): void {
    const now = performance.now();
    for (const victim of this.#victims) if (now - victim.since > REMEMBER) this.#victims.delete(victim);
  }
}

/** Whether the server has not been started anew since: its numbers of sessions begin again with it. */
async function isOnSameServer(by: Session, { since, session }: Victim): Promise<boolean> {
  if (by.openedAt < since) return true;
  const age = performance.now() - session.openedAt;
  const rows = (await answerTo(by, "SHOW GLOBAL STATUS LIKE 'Uptime'")) as readonly { readonly Value?: unknown }[];
  // It counts whole seconds.
  return (Number(rows[0]?.Value) + 1) * 1_000 > age;
}

function answerTo(session: Session, sql: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const late = (): void => reject(new Error(`${sql} was not answered within ${ANSWER_WITHIN} ms`));
    const timer = setTimeout(late, ANSWER_WITHIN);
    runOwn(session, sql)
      .then(resolve, reject)
      .finally(() => clearTimeout(timer))
      .catch(reject);
  });
}
