import { codeOf } from '../pool/index.js';
import { classifyOpenFailure } from '../session/index.js';
import { connectFailure } from './errors.js';
import type { Borrowed } from './callback-pool.js';
import type { FacadePool } from './pool.js';

/** What a node reports to its cluster. */
export interface NodeHost {
  failed(node: ClusterNode): void;
  succeeded(node: ClusterNode): void;
}

/** The circumstances under which a caller tries a node. */
export interface Visit {
  /**
   * The caller has tried this node before: it waits for the next dial, even if the previous one failed a moment ago.
   */
  readonly isAgain: boolean;
  /** All other nodes have been tried: if this server is full, the caller waits as with a plain pool. */
  readonly isLast: boolean;
}

/** Whether the server is full, as opposed to unreachable or broken. */
export const isFull = (error: unknown): boolean => classifyOpenFailure(error) === 'full';

/**
 * One node of a cluster, with its pool. Callers do not wait for a server that cannot be reached, since there may be
 * other nodes: they are told as soon as a dial fails while the pool has no open connection.
 */
export class ClusterNode {
  readonly id: string;
  readonly pool: FacadePool;
  /** Number of failed dials, reduced by one for each loan since. */
  errors = 0;
  /** Until when the node is offline, in monotonic ms; 0 if it is online. */
  offlineUntil = 0;
  /** Whether the node was removed from the cluster. */
  isRemoved = false;
  readonly #host: NodeHost;
  /** The latest failure to connect, and when the pool tries again; undefined while the server can be reached. */
  #down: { readonly error: unknown; readonly until: number } | undefined;

  constructor(id: string, pool: FacadePool, host: NodeHost) {
    this.id = id;
    this.pool = pool;
    this.#host = host;
    // failFast is off because the decision whether a caller is told at once is made in this class: a caller that tries
    // the only node again waits for its next dial.
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
        // The dial that this caller waited for may have been the one whose failure removed the node and closed its
        // pool.
        done(error && this.isRemoved ? (this.#down?.error ?? error) : error, connection, lease);
      },
      { signal: giveUp.signal },
    );
  }
}

/** Whether an error means that the server could not be reached, rather than that the pool is busy or closed. */
export const isConnectFailure = (error: unknown): boolean => !/^(?:POOL|MYSQL)_/.test(codeOf(error) ?? '');
