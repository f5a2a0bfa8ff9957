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

// A connection that lies idle at this moment may be wanted in the next: a pool that has no more than the one that asks
// is looked at only so often (ms). It is also how long a pool keeps its only connection while another has none.
const TURN = 20;

/** What a caller is told to wait for. */
const LIMIT = 'the limit over all pools';

/** How a limit over several pools stands. */
export interface MaxTotalStats {
  readonly limit: number;
  /** Permits given out; above the limit only after the limit was lowered, until enough have come back. */
  readonly held: number;
  /** Pools in line for a permit. */
  readonly waiting: number;
  /** Pools that share the limit. */
  readonly pools: number;
}

/**
 * One limit over all pools that are given it. A pool that wants a connection when all are out is put in line: idle
 * connections of other pools are closed in its favour, and a pool that has more than its share gives back what returns
 * to it. Under lasting load on all, every pool ends with the same number, give or take one.
 * @since 0.1.0
 */
export class MaxTotal implements Permits, Issuer {
  readonly #clock: Clock;
  readonly #accounts = new Set<Account>();
  /** In order of their coming. */
  readonly #line = new Set<Account>();
  #limit: number;
  #held = 0;
  #serving = false;
  #serveAgain = false;
  #timer: Timer | undefined;

  /** @param limit 1 or more, or Infinity. @throws RangeError */
  constructor(limit: number, parts: { readonly clock?: Clock } = {}) {
    this.#limit = checked(limit);
    this.#clock = parts.clock ?? systemClock;
  }

  get limit(): number {
    return this.#limit;
  }

  /**
   * Changes the limit. More serves those in line at once. Less closes idle connections now and others as they come
   * back; nobody's loan is cut short.
   * @throws RangeError, and nothing has changed
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

  /** A reserve is granted only out of what those with callers leave. */
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
   * Whether what comes back to this pool is due to another. Only as many as are wanted: what is free, or on its way
   * back already, is counted against the wishes, or a burst would close far more than it opens.
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

  /** One more for the poorer makes the two more alike; when nobody has more than one, they take turns. */
  #isDue(difference: number, poorer: Account): boolean {
    if (difference >= 2) return true;
    return difference === 1 && poorer.keeps === 0 && this.#clock.now() - poorer.since >= TURN;
  }

  #closing(): number {
    let closing = 0;
    for (const account of this.#accounts) closing += account.held - account.keeps;
    return closing;
  }

  /** Permits that are free, or will be. */
  #coming(): number {
    return this.#limit - this.#held + this.#closing();
  }

  #urgent(): number {
    let urgent = 0;
    for (const account of this.#line) if (account.urgent) urgent++;
    return urgent;
  }

  /** Has an idle connection closed for `account` by a pool that has more than it, the one with most first. */
  #askRicher(account: Account): void {
    if (this.#coming() >= this.#urgent()) return;
    for (const other of this.#byMost()) {
      if (other.keeps <= account.keeps || other.holder.shed(1) > 0) return;
    }
  }

  #byMost(): Account[] {
    return [...this.#accounts].toSorted((a, b) => b.keeps - a.keeps);
  }

  /** While a pool is in line for a caller, looks again and again for idle connections, whosever they are. */
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

  /** After the limit was lowered: what lies idle goes at once. */
  #shrink(): void {
    for (let over = this.#held - this.#closing() - this.#limit; over > 0; over--) {
      if (!this.#byMost().some((account) => account.holder.shed(1) > 0)) return;
    }
  }

  /**
   * Tells those in line that a permit is free: those with callers first, of them the one that has least, of equals the
   * one that came first. What is given back meanwhile starts another round, not a call inside a call.
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

/** A holder that throws must not break the step of the pool that gave the permit back. */
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
