import type { MysqlConnection } from '../mysql/driver.js';
import type { MysqlPool } from '../api/pool.js';
import { within } from '../pool/clock.js';
import { Pool, type Clock, type Lease } from '../pool/index.js';
import { messageOf } from './message-of.js';
import type * as Limits from '../mysql/server-facts.js';
import type * as Facts from './server-facts.js';

type ServerFacts = Facts.ServerFacts;

/** The label of the monitor's own loans. */
export const MONITOR_LABEL = 'mysqlpool monitor';

// The shortest time between two questions to a server, and the time limit for an answer, in ms.
const PERIOD = 5_000;
const LIMIT = 5_000;

const NOTHING: Omit<ServerFacts, 'problem'> = {
  version: undefined,
  user: undefined,
  threadsConnected: undefined,
  maxConnections: undefined,
  maxUserConnections: undefined,
  userConnections: undefined,
};

/**
 * What the database server of a pool says about itself. The server is asked only over an idle connection while no
 * caller waits: no caller is delayed, and no connection is opened for it.
 */
export class ServerWatch {
  readonly #pool: MysqlPool;
  readonly #clock: Clock;
  readonly #date: () => number;
  #facts: (ServerFacts & { readonly at: number }) | undefined;
  #askedAt = -Infinity;
  #asking: Promise<void> | undefined;
  #isWaiting = false;

  constructor(pool: MysqlPool, clock: Clock, date: () => number) {
    this.#pool = pool;
    this.#clock = clock;
    this.#date = date;
  }

  /**
   * The last answer, with the time of day when it arrived. Before the first answer, the limits that the pool's first
   * connection has read: a pool that has been full ever since has no idle connection to ask over, and this is when the
   * limits are of interest.
   */
  get facts(): (ServerFacts & { readonly at: number }) | undefined {
    if (this.#facts !== undefined) return this.#facts;
    const limits = limitsOf(this.#pool);
    return limits === undefined ? undefined : { ...NOTHING, ...limits, problem: undefined };
  }

  /** Whether the server has answered. */
  get isAnswered(): boolean {
    return this.#facts !== undefined;
  }

  /** Whether the monitor itself waits in the pool's queue, or has just been lent the connection that it waited for. */
  get isWaiting(): boolean {
    return this.#isWaiting;
  }

  /**
   * Asks the server, unless it was asked lately or there is no idle connection. Resolves when the answer is there;
   * never rejects.
   */
  refresh(): Promise<void> {
    if (this.#asking !== undefined) return this.#asking;
    if (this.#clock.now() - this.#askedAt < PERIOD || !this.#isIdle()) return Promise.resolve();
    this.#askedAt = this.#clock.now();
    this.#asking = this.#ask().finally(() => (this.#asking = undefined));
    return this.#asking;
  }

  #isIdle(): boolean {
    const { state, idle, waiters } = this.#pool.stats();
    return state === 'open' && idle > 0 && waiters === 0;
  }

  async #ask(): Promise<void> {
    let facts: ServerFacts;
    try {
      const lease = await this.#borrow();
      try {
        facts = await within(
          this.#clock,
          LIMIT,
          read(lease.connection),
          () => new Error(`no answer within ${LIMIT} ms`),
        );
      } catch (error) {
        // A statement may still be running on this connection.
        lease.destroy(error);
        throw error;
      }
      lease.release();
    } catch (error) {
      facts = { ...NOTHING, problem: `the server cannot be asked: ${messageOf(error)}` };
    }
    this.#facts = { ...facts, at: this.#date() };
  }

  async #borrow(): Promise<Lease<MysqlConnection>> {
    // Uses the engine's own methods, so that scopes and special classes of pools do not affect the monitor.
    const pool = this.#pool;
    const ready = Pool.prototype.tryAcquire.call(pool, MONITOR_LABEL);
    if (ready !== undefined) return ready as Lease<MysqlConnection>;
    // The idle connection has to be pinged first, which takes an asynchronous acquire.
    const options = { timeout: 0, label: MONITOR_LABEL };
    this.#isWaiting = true;
    try {
      return (await Pool.prototype.acquire.call(pool, options)) as Lease<MysqlConnection>;
    } finally {
      this.#isWaiting = false;
    }
  }
}

function limitsOf(
  pool: MysqlPool,
): (Pick<ServerFacts, 'maxConnections' | 'maxUserConnections'> & { readonly at: number }) | undefined {
  const { serverFactsOf } = require('../mysql/server-facts.js') as typeof Limits;
  const known = serverFactsOf(pool);
  // 0 means no limit.
  return (
    known && {
      maxConnections: known.maxConnections,
      maxUserConnections: known.maxUserConnections || undefined,
      at: known.at,
    }
  );
}

/** Loads the module only now, so that the monitor of a program without MySQL pools does not load mysql2. */
function read(connection: MysqlConnection): Promise<ServerFacts> {
  const { readServerFacts } = require('./server-facts.js') as typeof Facts;
  return readServerFacts(connection);
}

/** Whether it is a MySQL pool. It is recognized by its methods, so that its class need not be loaded. */
export function isMysqlPool(pool: object): pool is MysqlPool {
  return ['query', 'execute', 'transaction', 'tryAcquire'].every((method) => method in pool);
}
