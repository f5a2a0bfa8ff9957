import { loansOf } from './borrowers.js';
import type { Clock } from './clock.js';
import type { Connector } from './connector.js';
import type { Entries } from './entries.js';
import {
  AcquireTimeoutError,
  PoolClosedError,
  QueueFullError,
  type AcquirePhase,
  type TimeoutScene,
} from './errors.js';
import type { Opener } from './opener.js';
import type { ResolvedPoolOptions } from './options.js';
import type { Denial } from './permits.js';
import type { PoolState, PoolStats } from './stats.js';

// So many loans does a time-out name.
const NAMED = 3;

/** The pool, as everybody sees it. */
interface SeenPool {
  readonly options: ResolvedPoolOptions;
  readonly state: PoolState;
  stats(): PoolStats;
}

/** Says who may get in line, and for those who get nothing, what it was that they waited for. */
export class Admission<C> {
  readonly #pool: SeenPool;
  readonly #connector: Connector<C>;
  readonly #clock: Clock;
  readonly #entries: Entries<C>;
  readonly #opener: Opener<C>;

  constructor(pool: SeenPool, connector: Connector<C>, clock: Clock, entries: Entries<C>, opener: Opener<C>) {
    this.#pool = pool;
    this.#connector = connector;
    this.#clock = clock;
    this.#entries = entries;
    this.#opener = opener;
  }

  /** Why a caller is turned away before getting in line behind so many. */
  refusal(timeout: number, ahead: number, denial: Denial | undefined): Error | undefined {
    const { state, options } = this.#pool;
    if (state === 'closing' || state === 'closed') return new PoolClosedError(options.name);
    const refusal = this.#opener.backoff.failures > 0 ? this.#opener.refusal(this.#clock.now()) : undefined;
    return refusal ?? this.noRoom(timeout, ahead, denial);
  }

  /** The same because every connection that there may be is out, or spoken for. */
  noRoom(timeout: number, ahead: number, denial: Denial | undefined): Error | undefined {
    const { maxSize, maxWaiters } = this.#pool.options;
    const { size, inUse, closing } = this.#entries;
    const room = denial === undefined ? maxSize : Math.min(maxSize, size + denial.coming);
    // Those for whom a connection is on its way do not count: there is room for them.
    const withoutRoom = ahead + inUse + closing - room;
    if (withoutRoom < 0) return undefined;
    if (withoutRoom >= maxWaiters) return new QueueFullError(this.#pool.stats(), maxWaiters);
    return timeout > 0 ? undefined : new AcquireTimeoutError(this.scene(denial), 0);
  }

  /** What is waited for now. */
  phase(denial: Denial | undefined): AcquirePhase {
    if (this.#pool.state === 'suspended') return 'suspended';
    if (this.#entries.checking > 0) return 'checking';
    return this.#entries.alive === 0 && denial === undefined ? 'connecting' : 'waiting';
  }

  /** Everything that the error of a time-out tells. */
  scene(denial: Denial | undefined): TimeoutScene {
    const now = this.#clock.now();
    const { failures, error, last } = this.#opener.backoff;
    return {
      stats: this.#pool.stats(),
      phase: this.phase(denial),
      oldest: loansOf(this.#entries.all, this.#connector, now, NAMED),
      cause: error,
      failedAgo: failures > 0 ? now - last : undefined,
    };
  }
}
