import { WHILE_CLOSING, type KillingLoan, type KillingSession, type KillingSessions } from './killer.js';

/** The label of the killer's loans. */
const LABEL = 'mysqlpool kill';
/** The error code of a pool that lends nothing any more. */
const CLOSED = 'POOL_CLOSED';

/** A pool of connections, and what it takes to send KILL over one. */
export interface KillingMeans<C> {
  readonly pool: {
    stats(): { readonly state: string; readonly size: number; readonly maxSize: number };
    /** Served before all waiters. */
    acquire(
      label: string,
      signal: AbortSignal,
      suits: (connection: C) => boolean,
    ): Promise<{ readonly connection: C; release(): void; destroy(cause?: unknown): void }>;
  };
  readonly sessionOn: (connection: C) => KillingSession;
  /** Opens a connection that does not belong to the pool. */
  readonly open: (signal: AbortSignal) => Promise<C>;
  readonly quit: (connection: C) => void;
  readonly drop: (connection: C, reason: unknown) => void;
  /** Asks holders that keep a connection without need to give it back. */
  readonly giveWay?: () => void;
}

/** The sessions of a pool, as the killer borrows them. */
export class KillingPool<C> implements KillingSessions {
  readonly #means: KillingMeans<C>;

  constructor(means: KillingMeans<C>) {
    this.#means = means;
  }

  isTaken(by: number): boolean {
    const { size, maxSize } = this.#means.pool.stats();
    return size >= maxSize && by >= size;
  }

  get isFull(): boolean {
    return this.isTaken(Infinity);
  }

  get isClosing(): boolean {
    const { state } = this.#means.pool.stats();
    return state === 'closing' || state === 'closed';
  }

  async borrow(suits: (session: KillingSession) => boolean, signal: AbortSignal): Promise<KillingLoan> {
    const { pool, sessionOn } = this.#means;
    this.#means.giveWay?.();
    try {
      const lease = await pool.acquire(LABEL, signal, (connection) => suits(sessionOn(connection)));
      const giveBack = (cause?: unknown): void => (cause === undefined ? lease.release() : lease.destroy(cause));
      return { session: sessionOn(lease.connection), giveBack };
    } catch (error) {
      if ((error as { readonly code?: unknown } | undefined)?.code === CLOSED) return this.#openAside(suits, signal);
      throw error;
    }
  }

  /**
   * The pool lends nothing any more, but what its last loans have left running is still to be stopped: opens a
   * connection of its own, for at most a second.
   */
  async #openAside(suits: (session: KillingSession) => boolean, signal: AbortSignal): Promise<KillingLoan> {
    const { sessionOn, open, quit, drop } = this.#means;
    const limit = AbortSignal.timeout(WHILE_CLOSING);
    const connection = await open(AbortSignal.any([limit, signal]));
    limit.addEventListener('abort', () => drop(connection, limit.reason));
    const session = sessionOn(connection);
    if (suits(session)) return { session, giveBack: () => quit(connection) };
    quit(connection);
    throw new Error('the address leads to another server now');
  }
}
