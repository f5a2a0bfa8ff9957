import type { Denial, PermitAccount, PermitHolder, PermitOutcome } from '../pool/index.js';
import type { MaxTotal } from './max-total.js';

/** What an account needs of the fleet that it draws on. */
export interface FleetLimit {
  /** Why this process may not open one more now, whichever pool asks. */
  refusal(account: FleetAccount): Denial | undefined;
  denial(retryIn?: number, coming?: number): Denial;
  /** Why nobody gets one, while the server has no room. */
  readonly full: Denial | undefined;
  /** Whether what comes back to a pool of this process is due to another process. */
  readonly isDue: boolean;
  /**
   * How long until one more than the limit may be asked for, in ms: this process has all there is, somebody waits, and the
   * limit may have been raised since it was told. Infinity: it may not.
   */
  asksAgainIn(account: FleetAccount): number;
  /** Has `take` find one permit more than there are. */
  lift(take: () => boolean): boolean;
  /** What was asked for beyond the limit is answered. */
  lower(): void;
  /** A pool of this process begins to open one. */
  began(account: FleetAccount): void;
  /** A permit comes back, or is about to. */
  book(outcome: PermitOutcome): void;
  /** Room may be there: whoever waits asks again. */
  retryAll(): void;
  withdrawn(account: FleetAccount): void;
  left(account: FleetAccount): void;
}

/** One pool's account with the fleet. */
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
    // Out of the line, so that it is not told of what it takes itself.
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
