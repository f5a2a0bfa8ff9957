import type { MysqlConnection } from '../mysql/driver.js';
import type { MysqlPool } from '../api/pool.js';
import { within } from '../pool/clock.js';
import { Pool, type Clock, type Lease } from '../pool/index.js';
import { messageOf } from './message-of.js';
import type * as Limits from '../mysql/server-facts.js';
import type * as Facts from './server-facts.js';

type ServerFacts = Facts.ServerFacts;

/** As whom the monitor borrows. */
export const MONITOR_LABEL = 'mysqlpool monitor';

// At most so often is a server asked, and so long is its answer waited for.
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
 * What the server of a pool says. It is asked over a connection that lies idle, and only then: nobody waits for it, and
 * nothing is opened for it.
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
   * The last answer, with the time of day it was given. Until there is one, the limits that the pool's first connection has
   * asked for: a pool that has been full ever since has no connection to ask over, and it is then that they are wanted.
   */
  get facts(): (ServerFacts & { readonly at: number }) | undefined {
    if (this.#facts !== undefined) return this.#facts;
    const limits = limitsOf(this.#pool);
    return limits === undefined ? undefined : { ...NOTHING, ...limits, problem: undefined };
  }

  /** Whether it has an answer. */
  get isAnswered(): boolean {
    return this.#facts !== undefined;
  }

  /** Whether it stands in line, or has just been given what it stood there for. */
  get isWaiting(): boolean {
    return this.#isWaiting;
  }

  /** Asks again unless it has lately. Resolves when the answer is there; never rejects. */
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
        // A statement may still run on it.
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
    // By the engine's own methods: a scope, or the class of the pool, is no business of the monitor.
    const pool = this.#pool;
    const ready = Pool.prototype.tryAcquire.call(pool, MONITOR_LABEL);
    if (ready !== undefined) return ready as Lease<MysqlConnection>;
    // One lies idle, and is pinged first.
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

/** A program that has no MySQL pool need not load mysql2 for its monitor, nor earlier than it wants. */
function read(connection: MysqlConnection): Promise<ServerFacts> {
  const { readServerFacts } = require('./server-facts.js') as typeof Facts;
  return readServerFacts(connection);
}

/** Whether it is MySQL's, by its methods, so that its class need not be loaded either. */
export function isMysqlPool(pool: object): pool is MysqlPool {
  return ['query', 'execute', 'transaction', 'tryAcquire'].every((method) => method in pool);
}
