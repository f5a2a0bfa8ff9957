import { PoolClosedError, type Errands } from '../pool/index.js';
import {
  Killer,
  WHILE_CLOSING,
  type KillableSession,
  type KillingLoan,
  type KillingSession,
  type KillingSessions,
} from '../session/index.js';
import { drop, quit, type MysqlConnection } from './driver.js';
import { runOwn } from './own-commands.js';
import { sessionOf, type Session } from './session.js';

/** What the killer is called among borrowers. */
const LABEL = 'mysqlpool kill';

/** Opens a connection that is none of the pool's. */
type OpenAside = (signal: AbortSignal) => Promise<MysqlConnection>;

/** Whoever stops for a pool what nobody waits for any more, over connections of the pool itself. */
export const killerFor = (pool: Errands<MysqlConnection>, open: OpenAside): Killer =>
  new Killer(new PoolSessions(pool, open));

/** A session as something to be stopped. */
export function killable({ connection, server, isRunning }: Session): KillableSession {
  return { id: connection.threadId!, server, isRunning };
}

function killing(connection: MysqlConnection): KillingSession {
  const session = sessionOf(connection);
  return { id: connection.threadId!, server: session.server, run: (sql) => runOwn(session, sql) };
}

class PoolSessions implements KillingSessions {
  readonly #pool: Errands<MysqlConnection>;
  readonly #open: OpenAside;

  constructor(pool: Errands<MysqlConnection>, open: OpenAside) {
    this.#pool = pool;
    this.#open = open;
  }

  isTaken(by: number): boolean {
    const { size, maxSize } = this.#pool.stats();
    return size >= maxSize && by >= size;
  }

  get isFull(): boolean {
    return this.isTaken(Infinity);
  }

  get isClosing(): boolean {
    const { state } = this.#pool.stats();
    return state === 'closing' || state === 'closed';
  }

  async borrow(suits: (session: KillingSession) => boolean, signal: AbortSignal): Promise<KillingLoan> {
    try {
      const lease = await this.#pool.acquire(LABEL, signal, (connection) => suits(killing(connection)));
      const giveBack = (cause?: unknown): void => (cause === undefined ? lease.release() : lease.destroy(cause));
      return { session: killing(lease.connection), giveBack };
    } catch (error) {
      if (error instanceof PoolClosedError) return this.#openAside(suits, signal);
      throw error;
    }
  }

  /** The pool lends nothing any more, and what its last loans have left running is still to be stopped: for a second. */
  async #openAside(suits: (session: KillingSession) => boolean, signal: AbortSignal): Promise<KillingLoan> {
    const limit = AbortSignal.timeout(WHILE_CLOSING);
    const connection = await this.#open(AbortSignal.any([limit, signal]));
    limit.addEventListener('abort', () => drop(connection));
    const session = killing(connection);
    if (suits(session)) return { session, giveBack: () => quit(connection) };
    quit(connection);
    throw new Error('the address leads to another server now');
  }
}
