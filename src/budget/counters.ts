import type { Clock } from '../pool/index.js';
import type { AccountCount } from './coordinator.js';
import { Starving } from './starving.js';

/** Counts the account's sessions by a query over one of a pool's connections. */
export interface Counter {
  /** Whether the pool is closed. */
  readonly isOver: boolean;
  /**
   * Undefined when the pool has no connection to ask over.
   * @param asksRefusals whether to ask also how many logins the server has refused since it was started
   */
  now(asksRefusals: boolean): Promise<Counted | undefined>;
}

interface Counted {
  /** Sessions of the account. */
  readonly sessions: number;
  /** Logins that the server has refused since it was started. */
  readonly refusals?: number | undefined;
  /** Only with `cap: 'slots'`: whether a process that holds no slot waits for one. */
  readonly isAwaited?: boolean | undefined;
}

/** Counts the account's sessions over the first pool of this process that has a connection to ask over. */
export class Counters {
  readonly #clock: Clock;
  readonly #starving = new Starving();
  readonly #counters = new Set<Counter>();
  /** The latest count of the account's sessions. */
  last: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Adds the counter of a new pool, and drops those of closed pools. */
  add(counter: Counter): void {
    for (const before of this.#counters) if (before.isOver) this.#counters.delete(before);
    this.#counters.add(counter);
  }

  clear(): void {
    this.#counters.clear();
  }

  /**
   * @param asks whether to find out by the number of refused logins if another process is starving
   * @param own how many logins of this process the server has refused so far; the rest are those of others
   */
  async count(asks: boolean, own: number): Promise<AccountCount | undefined> {
    const asksRefusals = asks && this.#starving.isDue(this.#clock.now());
    for (const counter of this.#counters) {
      const counted = await counter.now(asksRefusals);
      if (counted === undefined) continue;
      const { sessions, refusals, isAwaited } = counted;
      this.last = sessions;
      if (isAwaited !== undefined) this.#starving.readLine(this.#clock.now(), isAwaited);
      else if (asksRefusals) this.#starving.readRefusals(this.#clock.now(), refusals, own);
      return { sessions, isSomebodyStarving: this.#starving.isSomebody };
    }
    return undefined;
  }
}
