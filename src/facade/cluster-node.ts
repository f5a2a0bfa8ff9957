import { codeOf } from '../pool/index.js';
import { classifyOpenFailure } from '../session/index.js';
import { connectFailure } from './errors.js';
import type { Borrowed } from './lender.js';
import type { FacadePool } from './pool.js';

/** What a node tells its cluster. */
export interface NodeHost {
  failed(node: ClusterNode): void;
  succeeded(node: ClusterNode): void;
}

/** How one caller comes to a node. */
export interface Visit {
  /** It has been here before: it waits for the next dial, although the last one has failed a moment ago. */
  readonly isAgain: boolean;
  /** There is no other node that it has not tried: where the server is full, it waits for room as with any pool. */
  readonly isLast: boolean;
}

/** A server that is full is neither gone nor broken. */
export const isFull = (error: unknown): boolean => classifyOpenFailure(error) === 'full';

/**
 * One pool of a cluster. A caller is not kept waiting for a server that cannot be reached, as there may be others: it is
 * told as soon as a dial has failed and nothing is alive.
 */
export class ClusterNode {
  readonly id: string;
  readonly pool: FacadePool;
  /** Failures to connect, less the loans since. */
  errors = 0;
  /** Monotonic ms; 0 when it is online. */
  offlineUntil = 0;
  /** It is no longer one of the cluster's. */
  isRemoved = false;
  readonly #host: NodeHost;
  /** The last failure to connect, and when the pool tries again. */
  #down: { readonly error: unknown; readonly until: number } | undefined;

  constructor(id: string, pool: FacadePool, host: NodeHost) {
    this.id = id;
    this.pool = pool;
    this.#host = host;
    // Whether a failure is told at once is decided here: who tries the only node again waits for its next dial.
    pool.mysqlpool.resize({ failFast: false });
    pool.mysqlpool.on('opened', () => (this.#down = undefined));
    pool.mysqlpool.on('openFailed', ({ error, retryIn }) => {
      if (this.#isAlive) return;
      this.#down = { error: connectFailure(error), until: performance.now() + retryIn };
      if (!isFull(error)) host.failed(this);
    });
  }

  get isOnline(): boolean {
    return this.offlineUntil <= performance.now();
  }

  get #isAlive(): boolean {
    const { idle, inUse } = this.pool.mysqlpool.stats();
    return idle + inUse > 0;
  }

  borrow(done: Borrowed, { isAgain, isLast }: Visit): void {
    const down = this.#down;
    const waitsFor = (error: unknown): boolean => isLast && isFull(error);
    if (down !== undefined && performance.now() < down.until && !this.#isAlive) {
      if (!isAgain && !waitsFor(down.error)) {
        process.nextTick(done, down.error);
        return;
      }
    }
    const giveUp = new AbortController();
    const { mysqlpool } = this.pool;
    const forget = mysqlpool.on('openFailed', ({ error }) => {
      if (!this.#isAlive && !waitsFor(error)) giveUp.abort(connectFailure(error));
    });
    this.pool.borrow(
      (error, connection, lease) => {
        forget();
        if (!error) this.#host.succeeded(this);
        // The dial that this caller waited for may be the one that had the node removed, and its pool closed.
        done(error && this.isRemoved ? (this.#down?.error ?? error) : error, connection, lease);
      },
      { signal: giveUp.signal },
    );
  }
}

/** Whether an error means that the server could not be reached, rather than that the pool is busy or closed. */
export const isConnectFailure = (error: unknown): boolean => !/^(?:POOL|MYSQL)_/.test(codeOf(error) ?? '');
