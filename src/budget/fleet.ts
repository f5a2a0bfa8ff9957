import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { threadId } from 'node:worker_threads';
import { systemClock, warnOnce, type Clock } from '../pool/index.js';
import type { Denial, PermitAccount, PermitHolder, PermitOutcome, Permits } from '../pool/index.js';
import { AccountCap } from './account-cap.js';
import type {
  AccountCount,
  AccountLimit,
  Coordination,
  Coordinator,
  CoordinatorState,
  FleetMember,
  Standing,
} from './coordinator.js';
import { Counters, type Counter } from './counters.js';
import { FleetLimitError } from './errors.js';
import { FleetAccount, type FleetLimit } from './fleet-account.js';
import type { ResolvedFleetOptions } from './fleet-options.js';
import type { FleetStats } from './fleet-stats.js';
import { MaxTotal } from './max-total.js';

// The account's limit is learned at login. A process that holds all connections of the limit opens no more, and would
// never learn of a higher one: while a caller waits, it tries one beyond the limit, this often (ms) at most.
const ASK_AGAIN = 1_000;

/** Names the limit in messages: "waiting for …". */
const LIMIT = 'the limit of the fleet';

interface FleetParts {
  /** Undefined: the coordinator `none`. */
  readonly coordinator?: Coordinator | undefined;
  readonly clock?: Clock;
  readonly random?: () => number;
}

/**
 * One process as a member of its fleet. It issues the permits of all pools that this process has on the account, whose
 * limit covers any number of processes. The server enforces the limit: a refused login is back-pressure, and waiters
 * keep their place in the queue. A coordinator makes processes give connections up for each other.
 */
export class Fleet implements Permits, FleetMember, FleetLimit {
  readonly id: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly options: ResolvedFleetOptions;
  /** Bounds the pools of this process together by the fleet's limit, and divides it between them. */
  readonly #pools: MaxTotal;
  readonly #cap = new AccountCap();
  readonly #accounts = new Set<FleetAccount>();
  /** Accounts that were denied a permit because of other processes, not because of pools of this one. */
  readonly #waiting = new Set<FleetAccount>();
  readonly #counters: Counters;
  readonly #coordinator: Coordinator | undefined;
  #coordination: Coordination | undefined;
  #coordinatorState: CoordinatorState = { state: 'ok' };
  #limit: number | undefined;
  /** The account's limit, and when the server told it, to whichever process of the fleet. */
  #accountLimit: number | undefined;
  #toldAt = -Infinity;
  /** When a connection beyond the limit was last tried. */
  #askedAt = -Infinity;
  #share: number | undefined;
  #heldBackUntil = -Infinity;
  /** How many connections are still to be closed for other processes: see `closeOnReturn`. */
  #toClose = 0;
  #pause = 0;
  #refusals = 0;
  #sheds = 0;
  #isRetrying = false;

  constructor(
    options: ResolvedFleetOptions,
    { coordinator, clock = systemClock, random = Math.random }: FleetParts = {},
  ) {
    this.id = `${hostname()}:${process.pid}:${threadId}:${randomBytes(4).toString('hex')}`;
    this.options = options;
    this.clock = clock;
    this.random = random;
    this.#counters = new Counters(clock);
    this.#pools = new MaxTotal(Infinity, { clock });
    this.#coordinator = coordinator;
    if (options.limit !== undefined) this.#setLimit(options.limit);
  }

  get name(): string {
    return this.options.name;
  }

  get limit(): number | undefined {
    return this.#limit;
  }

  get accountLimit(): AccountLimit | undefined {
    const limit = this.#accountLimit;
    return limit === undefined ? undefined : { limit, ago: this.clock.now() - this.#toldAt };
  }

  /** How long, in ms, a session may be silent before the server ends it. */
  get lease(): number {
    return this.options.lease;
  }

  get statementLimit(): number | undefined {
    return this.options.statementLimit;
  }

  get slots(): { readonly fleet: string; readonly count: number } | undefined {
    const { cap, name, limit } = this.options;
    return cap === 'slots' ? { fleet: name, count: limit! } : undefined;
  }

  /** Whether a caller waits while this process has no connection but the one that it is trying to open. */
  get isStarving(): boolean {
    if (!this.#cap.isFull || this.#pools.stats().held > 1) return false;
    for (const { holder } of this.#accounts) if (holder.waiters > 0) return true;
    return false;
  }

  /** Whether any pool of this process belongs to it. */
  get hasPools(): boolean {
    return this.#accounts.size > 0;
  }

  // ---- What the server tells ----

  /**
   * The server has accepted a login.
   * @param accountLimit the account's limit as the server tells it, 0 for none
   * @throws FleetLimitError when there is none, with `cap: 'account'`
   */
  admitted(accountLimit: number): void {
    const { cap, limit } = this.options;
    if (cap === 'account') {
      if (accountLimit === 0) throw new FleetLimitError(this.name, limit);
      this.#learn(accountLimit);
    }
    const wasFull = this.#cap.isFull;
    this.#cap.admitted();
    if (wasFull) this.#changed();
    this.retryAll();
  }

  /** The server has refused a login. @param accountLimit the account's limit, if the refusal tells it */
  refused(accountLimit: number | undefined): void {
    if (this.options.cap === 'account' && accountLimit !== undefined) this.#learn(accountLimit);
  }

  /**
   * Takes the account's limit from another source than a login of this process, which does not log in while it has idle
   * connections, and would not learn of a lower limit.
   * @param ago how long ago, in ms, the server told it
   */
  told(accountLimit: number, ago = 0): void {
    if (this.options.cap !== 'account' || accountLimit === 0) return;
    if (this.clock.now() - ago < this.#toldAt) return;
    const before = this.#limit;
    this.#learn(accountLimit, ago);
    if (before !== undefined && this.#limit! > before) this.retry();
  }

  #learn(accountLimit: number, ago = 0): void {
    const { limit = accountLimit } = this.options;
    if (limit < accountLimit) {
      warnOnce(
        'MYSQLPOOL_FLEET_LIMIT',
        `fleet "${this.name}": the server admits ${accountLimit} connections of the account, more than the limit of ` +
          `${limit}: only a limit of the account binds all processes (ALTER USER … WITH MAX_USER_CONNECTIONS ${limit})`,
        this.name,
      );
    }
    this.#accountLimit = accountLimit;
    this.#toldAt = this.clock.now() - ago;
    this.#setLimit(Math.min(limit, accountLimit));
  }

  #setLimit(limit: number): void {
    this.#limit = limit;
    this.lower();
  }

  countBy(counter: Counter): void {
    this.#counters.add(counter);
  }

  count(isFull: boolean): Promise<AccountCount | undefined> {
    return this.#counters.count(isFull && this.options.cap === 'account', this.#refusals);
  }

  // ---- Permits ----

  join(holder: PermitHolder): PermitAccount {
    const account = new FleetAccount(this, holder, this.#pools);
    this.#accounts.add(account);
    return account;
  }

  refusal(account: FleetAccount): Denial | undefined {
    const now = this.clock.now();
    const keeps = this.#keeps;
    const retryIn = this.#cap.pause(now, account.holder.waiters > 0);
    const isBeyond = keeps >= this.#most;
    const heldBack = keeps >= this.floor ? this.#heldBackFor(now) : 0;
    if (retryIn === 0 && !isBeyond && heldBack <= 0) return undefined;
    this.#waiting.add(account);
    if (account.holder.waiters > 0) this.#changed();
    const ask = isBeyond ? Infinity : Math.max(retryIn, heldBack);
    return this.denial(ask === Infinity ? undefined : ask);
  }

  /** How long nothing may be opened, as connections are given up for others; Infinity while one is closing. */
  #heldBackFor(now: number): number {
    return Math.min(this.#toClose, this.#closing()) > 0 ? Infinity : this.#heldBackUntil - now;
  }

  get full(): Denial | undefined {
    return this.#cap.isFull ? this.denial() : undefined;
  }

  denial(retryIn?: number, coming = 0): Denial {
    const { held } = this.#pools.stats();
    const of = this.#limit ?? held;
    // A share is set only while others wait, and they do so only when the whole limit is in use.
    const isFull = this.#cap.isFull || this.#share !== undefined;
    return { limit: LIMIT, held: isFull ? of : Math.min(of, held), of, coming, retryIn };
  }

  asksAgainIn(account: FleetAccount): number {
    const { cap, limit: own = Infinity } = this.options;
    const known = this.#limit;
    if (cap !== 'account' || known === undefined || known >= own || account.holder.waiters === 0) return Infinity;
    if (this.#pools.stats().held !== known) return Infinity;
    return Math.max(0, Math.max(this.#toldAt, this.#askedAt) + ASK_AGAIN - this.clock.now());
  }

  lift(take: () => boolean): boolean {
    this.#askedAt = this.clock.now();
    this.#pools.limit = this.#limit! + 1;
    if (take()) return true;
    this.lower();
    return false;
  }

  lower(): void {
    const limit = this.#limit;
    if (limit !== undefined && this.#pools.limit !== limit) this.#pools.limit = limit;
  }

  began(account: FleetAccount): void {
    this.#waiting.delete(account);
    this.#cap.began();
    this.#coordination ??= this.#coordinator?.join(this);
  }

  book(outcome: PermitOutcome): void {
    const now = this.clock.now();
    if (this.#share !== undefined) this.#changed();
    if (outcome === 'full') {
      this.#refusals++;
      this.#cap.refused(now, this.random());
    } else if (outcome === 'failed') this.#cap.ended();
    else {
      if (this.#toClose > 0) {
        this.#toClose--;
        this.#sheds++;
        this.#heldBackUntil = now + this.#pause;
        this.#cap.gaveUp(now);
      } else this.#cap.roomMade(now);
    }
  }

  withdrawn(account: FleetAccount): void {
    if (this.#waiting.delete(account) && this.#waiting.size === 0) this.#changed();
  }

  left(account: FleetAccount): void {
    this.#accounts.delete(account);
    this.#waiting.delete(account);
    if (this.#accounts.size > 0) return;
    this.#counters.clear();
    const coordination = this.#coordination;
    this.#coordination = undefined;
    this.#share = undefined;
    this.#toClose = 0;
    void coordination?.close();
  }

  get isDue(): boolean {
    // Called on each release: the sums below are skipped while no other process wants anything.
    if (this.#toClose === 0 && this.#share === undefined) return false;
    return this.#toClose > this.#closing() || this.#keeps > this.#most;
  }

  retryAll(): void {
    if (this.#isRetrying) return;
    this.#isRetrying = true;
    try {
      for (const account of [...this.#waiting]) if (this.#waiting.has(account)) account.holder.retry();
    } finally {
      this.#isRetrying = false;
    }
  }

  #closing(): number {
    let closing = 0;
    for (const { holder } of this.#accounts) closing += holder.closing;
    return closing;
  }

  /** Connections that this process will have once its closing ones are closed. */
  get #keeps(): number {
    return this.#pools.stats().held - this.#closing();
  }

  /** How many connections this process may have. */
  get #most(): number {
    return this.#share === undefined ? Infinity : Math.max(this.#share, this.floor);
  }

  #changed(): void {
    this.#coordination?.changed();
  }

  // ---- What a coordinator sees and does ----

  get floor(): number {
    let reserved = 0;
    for (const { holder } of this.#accounts) reserved += holder.floor;
    return Math.max(this.options.floor, reserved);
  }

  standing(): Standing {
    let [idle, waiters, demand] = [0, 0, 0];
    for (const { holder } of this.#accounts) {
      idle += holder.idle;
      waiters += holder.waiters;
      demand += holder.demand;
    }
    const { held } = this.#pools.stats();
    const { floor, options } = this;
    demand = Math.min(demand, options.limit ?? Infinity);
    return { held, idle, waiters, demand, floor, weight: options.weight, refusals: this.#refusals };
  }

  shed(count: number): number {
    const wanted = Math.max(0, Math.min(count, this.#keeps - this.floor));
    let left = wanted;
    for (const { holder } of [...this.#accounts].toSorted((a, b) => b.holder.idle - a.holder.idle)) {
      if (left === 0) break;
      left -= holder.shed(left);
    }
    this.#sheds += wanted - left;
    return wanted - left;
  }

  closeOnReturn(count: number, pause: number): void {
    this.#toClose = count === 0 ? 0 : this.#closing() + count;
    this.#pause = pause;
    if (count === 0) this.#heldBackUntil = -Infinity;
  }

  setShare(share: number | undefined): void {
    if (share === this.#share) return;
    const isMore = share === undefined || (this.#share !== undefined && share > this.#share);
    this.#share = share;
    if (isMore) this.retryAll();
  }

  retry(): void {
    this.#heldBackUntil = -Infinity;
    this.#cap.roomMade(this.clock.now());
    this.retryAll();
  }

  tell(state: CoordinatorState): void {
    this.#coordinatorState = state;
  }

  stats(): FleetStats {
    const { idle: _, ...standing } = this.standing();
    return {
      name: this.name,
      cap: this.options.cap,
      limit: this.#limit,
      ...standing,
      share: this.#share,
      isFull: this.#cap.isFull,
      counted: this.#counters.last,
      sheds: this.#sheds,
      coordinator: { kind: this.#coordinator?.kind ?? 'none', ...this.#coordinatorState },
    };
  }
}
