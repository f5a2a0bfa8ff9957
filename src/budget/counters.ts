import type { Clock } from '../pool/index.js';
import type { AccountCount } from './coordinator.js';
import { Starving } from './starving.js';

/** Counts the account's sessions over a pool's connections. */
export interface Counter {
  /** The pool is closed. */
  readonly isOver: boolean;
  /** @param asksRefusals also how many logins the server has refused since it was started */
  now(asksRefusals: boolean): Promise<Counted | undefined>;
}

interface Counted {
  readonly sessions: number;
  readonly refusals?: number | undefined;
  /** With slots: whether a process that has none stands in line. */
  readonly isAwaited?: boolean | undefined;
}

/** How the account stands, asked over the first pool of the process that has a connection to ask over. */
export class Counters {
  readonly #clock: Clock;
  readonly #starving = new Starving();
  readonly #counters = new Set<Counter>();
  /** Sessions of the account when they were counted last. */
  last: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Pools come and go: those that are closed are forgotten. */
  add(counter: Counter): void {
    for (const before of this.#counters) if (before.isOver) this.#counters.delete(before);
    this.#counters.add(counter);
  }

  clear(): void {
    this.#counters.clear();
  }

  /**
   * @param asks whether refusals say that somebody is starving, and that is of interest
   * @param own how many logins of this process the server has refused so far
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
