import {
  shown,
  systemClock,
  type Clock,
  type Denial,
  type PermitAccount,
  type PermitHolder,
  type Permits,
  thrown,
  type Timer,
} from '../pool/index.js';
import { Account, type Issuer } from './account.js';

// A connection that is idle now may be needed a moment later. So a pool that has no more connections than the one that
// asks is asked for its idle ones only this often (ms). It is also how long a pool may keep its only connection while
// another has none.
const TURN = 20;

/** Names the limit in messages: "waiting for …". */
const LIMIT = 'the limit over all pools';

/** The figures of a limit over several pools. */
export interface MaxTotalStats {
  readonly limit: number;
  /** Permits in use. More than `limit` only after the limit was lowered, until enough connections are closed. */
  readonly held: number;
  /** Pools that are queued for a permit. */
  readonly waiting: number;
  /** Pools that share the limit. */
  readonly pools: number;
}

/**
 * One limit on the connections of several pools together: pass the same object as `permits` to each of them. A pool
 * that wants a connection while all permits are in use is queued; idle connections of other pools are closed in its
 * favour, and pools that have more connections than it close one when it is released. Under lasting load on all pools,
 * each ends up with the same number of connections, give or take one.
 * @since 0.1.0
 */
export class MaxTotal implements Permits, Issuer {
  readonly #clock: Clock;
  readonly #accounts = new Set<Account>();
  /** Accounts that are queued for a permit, in order of arrival. */
  readonly #line = new Set<Account>();
  #limit: number;
  #held = 0;
  #serving = false;
  #serveAgain = false;
  #timer: Timer | undefined;

  /** @param limit a whole number from 1 up, or Infinity. @throws RangeError for any other */
  constructor(limit: number, parts: { readonly clock?: Clock } = {}) {
    this.#limit = checked(limit);
    this.#clock = parts.clock ?? systemClock;
  }

  get limit(): number {
    return this.#limit;
  }

  /**
   * Changes the limit. A higher one serves queued pools at once. A lower one closes idle connections now, and others
   * when they are released; no loan is cut short.
   * @throws RangeError for an invalid limit; the old one then stays
   */
  set limit(limit: number) {
    this.#limit = checked(limit);
    this.#shrink();
    this.#serve();
  }

  stats(): MaxTotalStats {
    return { limit: this.#limit, held: this.#held, waiting: this.#line.size, pools: this.#accounts.size };
  }

  join(holder: PermitHolder): PermitAccount {
    const account = new Account(this, holder);
    this.#accounts.add(account);
    return account;
  }

  take(account: Account): true | Denial {
    if (account.closed) return this.#denial(0);
    if (this.#grant(account)) return true;
    if (!this.#line.has(account)) {
      account.since = this.#clock.now();
      this.#line.add(account);
    }
    if (!account.urgent) return this.#denial(0);
    account.taking = true;
    this.#askRicher(account);
    account.taking = false;
    if (this.#grant(account)) return true;
    this.#watch();
    return this.#denial(this.#coming() >= this.#urgent() ? 1 : 0);
  }

  #denial(coming: number): Denial {
    return { limit: LIMIT, held: this.#held, of: this.#limit, coming };
  }

  /** A permit for a pool's idle reserve is granted only if one is left for every queued pool with waiting callers. */
  #grant(account: Account): boolean {
    const ahead = account.urgent ? 0 : this.#urgent();
    if (this.#limit - this.#held <= ahead) return false;
    this.#held++;
    account.held++;
    this.#line.delete(account);
    return true;
  }

  giveBack(account: Account): void {
    if (account.held === 0) return;
    account.held--;
    this.#held--;
    this.#serve();
  }

  withdraw(account: Account): void {
    if (this.#line.delete(account)) this.#serve();
  }

  close(account: Account): void {
    account.closed = true;
    this.#accounts.delete(account);
    this.#line.delete(account);
    this.#held -= account.held;
    account.held = 0;
    this.#serve();
  }

  /**
   * Whether a connection that is released in this pool must be closed in favour of another. Permits that are free, or
   * are coming back already, are subtracted from the wishes: without that, a burst would close far more connections
   * than are wanted.
   */
  contested(account: Account): boolean {
    if (this.#held > this.#limit && this.#held - this.#closing() > this.#limit) return true;
    if (this.#line.size === 0) return false;
    const keeps = account.keeps;
    let due = 0;
    for (const other of this.#line) {
      if (other !== account && other.urgent && this.#isDue(keeps - other.keeps, other)) due++;
    }
    return due > this.#coming();
  }

  /**
   * Whether a pool that has `difference` connections more than the queued pool owes it one. Two or more: moving one
   * makes them more equal. One against none: they take turns.
   */
  #isDue(difference: number, poorer: Account): boolean {
    if (difference >= 2) return true;
    return difference === 1 && poorer.keeps === 0 && this.#clock.now() - poorer.since >= TURN;
  }

  #closing(): number {
    let closing = 0;
    for (const account of this.#accounts) closing += account.held - account.keeps;
    return closing;
  }

  /** Permits that are free, or will be once closing connections are closed. */
  #coming(): number {
    return this.#limit - this.#held + this.#closing();
  }

  /** How many queued pools have waiting callers. */
  #urgent(): number {
    let urgent = 0;
    for (const account of this.#line) if (account.urgent) urgent++;
    return urgent;
  }

  /** Has a pool that holds more than `account` close an idle connection for it; the largest is asked first. */
  #askRicher(account: Account): void {
    if (this.#coming() >= this.#urgent()) return;
    for (const other of this.#byMost()) {
      if (other.keeps <= account.keeps || other.holder.shed(1) > 0) return;
    }
  }

  #byMost(): Account[] {
    return [...this.#accounts].toSorted((a, b) => b.keeps - a.keeps);
  }

  /** While a queued pool has waiting callers, looks for idle connections of any other pool every TURN. */
  #watch(): void {
    if (this.#timer !== undefined) return;
    this.#timer = this.#clock.setTimeout(() => {
      this.#timer = undefined;
      this.#askAll();
      if (this.#urgent() > 0) this.#watch();
    }, TURN);
    this.#timer.unref();
  }

  #askAll(): void {
    for (const account of [...this.#line]) {
      if (!account.urgent) continue;
      for (const other of this.#byMost()) {
        if (this.#coming() >= this.#urgent()) return;
        if (other !== account && other.holder.shed(1) > 0) break;
      }
    }
  }

  /** After the limit was lowered: closes idle connections until the lower limit holds. */
  #shrink(): void {
    for (let over = this.#held - this.#closing() - this.#limit; over > 0; over--) {
      if (!this.#byMost().some((account) => account.holder.shed(1) > 0)) return;
    }
  }

  /**
   * Tells queued pools that a permit is free: first those with waiting callers, among them those that hold fewest,
   * among equals those that came first. A permit that is given back meanwhile starts another round instead of a nested
   * call.
   */
  #serve(): void {
    if (this.#serving) {
      this.#serveAgain = true;
      return;
    }
    this.#serving = true;
    do {
      this.#serveAgain = false;
      for (const account of this.#inTurn()) {
        if (this.#held >= this.#limit) break;
        if (this.#line.has(account) && !account.taking) tell(account.holder);
      }
    } while (this.#serveAgain);
    this.#serving = false;
  }

  #inTurn(): Account[] {
    return [...this.#line].toSorted((a, b) => Number(b.urgent) - Number(a.urgent) || a.held - b.held);
  }
}

/** A pool that throws when told of a permit must not break the one that has just given it back. */
function tell(holder: PermitHolder): void {
  try {
    holder.retry();
  } catch (error) {
    process.emitWarning(`pool "${holder.name}" could not use a permit: ${thrown(error)}`, 'PoolPermitsWarning');
  }
}

function checked(limit: number): number {
  if (limit === Infinity || (Number.isSafeInteger(limit) && limit >= 1)) return limit;
  throw new RangeError(`maxTotal: expected a whole number from 1 up, or Infinity, got ${shown(limit)}`);
}
