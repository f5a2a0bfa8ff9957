import { PoolClosedError, type Errands } from '../pool/index.js';
import {
  Killer,
  WHILE_CLOSING,
  type KillingLoan,
  type KillingSession,
  type KillingSessions,
} from '../session/index.js';
import type { Backend } from './backend.js';

/** What the killer is called among borrowers. */
const LABEL = 'mysqlpool kill';

/** Whoever stops for a pool of backends what no client waits for any more, over backends of the pool itself. */
export const killerOf = (
  pool: Errands<Backend>,
  open: (signal: AbortSignal) => Promise<Backend>,
  giveWay: () => void,
): Killer => new Killer(new PoolSessions(pool, open, giveWay));

const killing = (backend: Backend): KillingSession => ({
  id: backend.id,
  server: backend.server,
  run: (sql) => backend.ask(sql),
});

class PoolSessions implements KillingSessions {
  readonly #pool: Errands<Backend>;
  readonly #open: (signal: AbortSignal) => Promise<Backend>;

  readonly #giveWay: () => void;

  constructor(pool: Errands<Backend>, open: (signal: AbortSignal) => Promise<Backend>, giveWay: () => void) {
    this.#pool = pool;
    this.#giveWay = giveWay;
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
    this.#giveWay();
    try {
      const lease = await this.#pool.acquire(LABEL, signal, (backend) => suits(killing(backend)));
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
    const backend = await this.#open(AbortSignal.any([limit, signal]));
    limit.addEventListener('abort', () => backend.lose(limit.reason));
    const session = killing(backend);
    if (suits(session)) return { session, giveBack: () => backend.quit() };
    backend.quit();
    throw new Error('the address leads to another server now');
  }
}
