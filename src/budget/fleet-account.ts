import type { Denial, PermitAccount, PermitHolder, PermitOutcome } from '../pool/index.js';
import type { MaxTotal } from './max-total.js';

/** The fleet that an account takes its permits from. */
export interface FleetLimit {
  /** Why no pool of this process may open a connection now; undefined when one may. */
  refusal(account: FleetAccount): Denial | undefined;
  denial(retryIn?: number, coming?: number): Denial;
  /** The denial while the server refuses logins because the limit is reached. */
  readonly full: Denial | undefined;
  /** Whether a connection that is released in this process must be closed in favour of another process. */
  readonly isDue: boolean;
  /**
   * How long until this process may try to open one connection beyond the limit, in ms. It does so when it holds all
   * connections of the limit and a caller waits, as the limit may have been raised since the server told it. Infinity:
   * it may not.
   */
  asksAgainIn(account: FleetAccount): number;
  /** Runs `take` with one permit more than the limit. Returns whether it got one. */
  lift(take: () => boolean): boolean;
  /** Sets the number of permits back to the limit, once the attempt beyond it has an answer. */
  lower(): void;
  /** A pool of this process begins to open a connection. */
  began(account: FleetAccount): void;
  /** Notes why a permit comes back. */
  book(outcome: PermitOutcome): void;
  /** There may be room: all waiting pools ask again. */
  retryAll(): void;
  withdrawn(account: FleetAccount): void;
  left(account: FleetAccount): void;
}

/** The permits of one pool under the limit of its fleet. */
export class FleetAccount implements PermitAccount {
  readonly holder: PermitHolder;
  readonly pacesFull = true;
  readonly issuer: NonNullable<PermitAccount['issuer']>;
  readonly #fleet: FleetLimit;
  readonly #own: PermitAccount;

  constructor(fleet: FleetLimit, holder: PermitHolder, pools: MaxTotal) {
    this.#fleet = fleet;
    this.holder = holder;
    this.issuer = pools;
    this.#own = pools.join(holder);
  }

  take(): true | Denial {
    const refusal = this.#fleet.refusal(this);
    if (refusal !== undefined) return refusal;
    const permit = this.#own.take();
    if (permit !== true && !this.#asksAgain()) {
      const retryIn = Math.min(permit.retryIn ?? Infinity, this.#fleet.asksAgainIn(this));
      return this.#fleet.denial(retryIn === Infinity ? undefined : retryIn, permit.coming);
    }
    this.#fleet.began(this);
    return true;
  }

  #asksAgain(): boolean {
    if (this.#fleet.asksAgainIn(this) > 0) return false;
    // Leaves the queue first: raising the limit would otherwise tell this account of the very permit it takes below.
    this.#own.withdraw();
    return this.#fleet.lift(() => this.#own.take() === true);
  }

  giveBack(outcome: PermitOutcome): void {
    this.#fleet.book(outcome);
    this.#own.giveBack(outcome);
    this.#fleet.lower();
    this.#fleet.retryAll();
  }

  withdraw(): void {
    this.#fleet.withdrawn(this);
    this.#own.withdraw();
  }

  get full(): Denial | undefined {
    return this.#fleet.full;
  }

  get contested(): boolean {
    return this.#own.contested || this.#fleet.isDue;
  }

  close(): void {
    this.#fleet.left(this);
    this.#own.close();
  }
}
