import { afterFailure, isBroken, NO_FAILURE, withoutPause, type Backoff, type FailedDial } from './backoff.js';
import type { Clock, Timer } from './clock.js';
import type { Entries } from './entries.js';
import { ConnectError, PoolUnavailableError, type PoolError } from './errors.js';
import type { ResolvedPoolOptions } from './options.js';
import type { PoolPermits } from './permit-holder.js';
import { codeOf, messageOf, originOf, printable } from './shown.js';
import type { WarmUps } from './warm-ups.js';

// While a connection is alive, a second dial starts only after this long (ms), as a short burst can be served by what
// is there. A queue that is still there then is more than a short burst: each further round may start twice as many
// dials.
const RAMP = 50;
// How long (ms) a pool fails to get its first connection before it warns.
const SILENCE = 1_000;

/** What an opener needs of its pool. */
interface OpenerParts<C> {
  readonly clock: Clock;
  readonly entries: Entries<C>;
  readonly permits: PoolPermits<C>;
  readonly warmUps: WarmUps<C>;
  /**
   * How many connections are wanted: one for each caller in the queue and for each errand that one may be opened for.
   */
  waiting(): number;
  /** Whether anything may be opened now. */
  isOpen(): boolean;
  open(now: number): void;
  /** Called when a pause between dials is over. */
  processQueue(): void;
}

/** Decides how many connections are to be opened, and when, and has the pool open them. */
export class Opener<C> {
  readonly #parts: OpenerParts<C>;
  readonly #entries: Entries<C>;
  options: ResolvedPoolOptions;
  backoff: Backoff = NO_FAILURE;
  /** Whether the pool has ever had a connection. */
  hasConnected = false;
  #isWarned = false;
  /** The timer of the current pause between dials. */
  #retry: Timer | undefined;
  /**
   * How many of the loans are older than the last round of the housekeeper, at most. Only these get a stand-in for
   * `minIdle`: a short loan is over soon.
   */
  #lent = 0;
  /** The current round of dials: when it began, how many more may start in it, and how many in the next round. */
  #round = -Infinity;
  #quota = 0;
  #nextQuota = 1;

  constructor(parts: OpenerParts<C>, options: ResolvedPoolOptions) {
    this.#parts = parts;
    this.#entries = parts.entries;
    this.options = options;
  }

  /** Whether a timer is set for the next dial. */
  get isRetrying(): boolean {
    return this.#retry !== undefined;
  }

  /** Whether a caller, an errand or a warm-up waits for a connection to be opened. */
  get isAwaited(): boolean {
    return this.#parts.waiting() > 0 || this.#parts.warmUps.size > 0;
  }

  /** Begins as many dials as are wanted and allowed now; sets a timer if more are wanted after a pause. */
  fill(): void {
    const { clock, permits } = this.#parts;
    if (this.#retry !== undefined) clock.clearTimeout(this.#retry);
    this.#retry = undefined;
    while (this.#parts.isOpen() && this.#wanted() > 0) {
      const now = clock.now();
      const pause = this.#pause(now);
      if (pause > 0) return this.#comeBackIn(pause);
      if (!permits.take()) return this.#comeBackIn(permits.denial?.retryIn ?? Infinity);
      this.#began(now);
      this.#parts.open(now);
    }
    // The queue is empty: the next burst begins with a single dial again.
    if (this.#parts.waiting() === 0) this.#nextQuota = 1;
    permits.withdraw();
  }

  #comeBackIn(pause: number): void {
    if (pause === Infinity) return;
    this.#retry = this.#parts.clock.setTimeout(() => this.#parts.processQueue(), pause);
    // Nobody waits: a process with nothing else to do may exit.
    if (!this.isAwaited) this.#retry.unref();
  }

  /** How many more dials are wanted. A dial under way serves one waiter, and so does an entry that is being checked. */
  #wanted(): number {
    const { connecting, checking, size, ageing } = this.#entries;
    const { maxSize, maxIdle } = this.options;
    const reserve = Math.max(this.#missing(), this.#parts.warmUps.missing(maxIdle));
    const wanted = Math.max(0, this.#parts.waiting() - checking) + ageing.size + reserve - connecting;
    return Math.min(wanted, maxSize - size);
  }

  /** How many idle connections are missing to have `minIdle`, not counting those that are on loan only briefly. */
  #missing(): number {
    const { minIdle } = this.options;
    if (minIdle === 0) return 0;
    const { idle, checking, alive, inUse } = this.#entries;
    this.#lent = Math.min(this.#lent, inUse);
    return Math.max(0, Math.min(minIdle - idle.length - checking, minIdle + this.#lent - alive));
  }

  /** Called in each round of the housekeeper: the current loans are now long ones, and get a stand-in for `minIdle`. */
  lookAtLoans(): void {
    this.#lent = this.#entries.inUse;
  }

  /** How long to wait before the next dial, in ms. Infinity: until one of the dials under way has ended. */
  #pause(now: number): number {
    const { connecting, alive } = this.#entries;
    const { failures, awaitedAt, retryAt } = this.backoff;
    if (connecting >= (failures > 0 ? 1 : this.options.maxConnecting)) return Infinity;
    const ramp = connecting > 0 && alive > 0 && this.#quota === 0 ? this.#round + RAMP : 0;
    return Math.max(0, (this.isAwaited ? awaitedAt : retryAt) - now, ramp - now);
  }

  /** Counts a dial that begins in the current round of dials. */
  #began(now: number): void {
    if (now - this.#round >= RAMP) {
      this.#round = now;
      this.#quota = this.#nextQuota;
      this.#nextQuota *= 2;
    }
    if (this.#quota > 0) this.#quota--;
  }

  succeeded(): void {
    this.hasConnected = true;
    this.backoff = NO_FAILURE;
  }

  /** Records a failure. Returns how long until the next dial, in ms. */
  failed(dial: FailedDial): number {
    this.backoff = afterFailure(this.backoff, dial, this.#parts.permits.pacesFull);
    if (!this.hasConnected) this.#warn(dial);
    const { awaitedAt, retryAt } = this.backoff;
    return (this.isAwaited ? awaitedAt : retryAt) - dial.now;
  }

  /** Warns once, when the first connection has failed to come up for a second: this is seen even without listeners. */
  #warn({ now, took, kind, error }: FailedDial): void {
    const { failures, since } = this.backoff;
    const trying = Math.max(took, now - since);
    // Where an issuer of permits has callers wait for room on a full server, that wait is no outage.
    const isInLine = kind === 'full' && this.#parts.permits.pacesFull;
    if (this.#isWarned || trying < SILENCE || isInLine) return;
    this.#isWarned = true;
    // The error of a statement in a hook may quote values: only its code is shown.
    const isOfStatement = typeof (error as { readonly sql?: unknown } | null | undefined)?.sql === 'string';
    const why = printable(originOf(error) + ((isOfStatement ? codeOf(error) : undefined) ?? messageOf(error)));
    const times = failures === 1 ? 'an attempt has' : `${failures} attempts have`;
    const state = kind === 'full' ? 'no connection yet, the server has no room' : 'no connection yet';
    const text = `${this.options.name}: ${state}: ${times} failed in ${(trying / 1000).toFixed(1)} s: ${why}`;
    process.emitWarning(text, { type: 'MysqlPoolWarning', code: 'POOL_NOT_CONNECTED' });
  }

  /** Ends a pause when all connections are evicted: the failures concerned the old ones. */
  forgive(): void {
    if (this.backoff.failures > 0) this.backoff = withoutPause(this.backoff);
  }

  /** Why a new caller is rejected instead of queued: no connection is alive, and connecting is known to fail. */
  refusal(now: number): PoolError | undefined {
    const { kind, awaitedAt } = this.backoff;
    const isProbed = this.#entries.connecting > 0;
    // The first caller after the pause has a dial begun, and waits for its outcome.
    if (now >= awaitedAt && (kind === 'fatal' || !isProbed)) return undefined;
    return this.#hopeless(now, isProbed);
  }

  /**
   * After a failure: why waiters need not wait any longer. Undefined while another dial is under way that may serve
   * them, unless the failure was fatal.
   */
  verdict(now: number): PoolError | undefined {
    const isProbed = this.#entries.connecting > 0;
    return isProbed && this.backoff.kind !== 'fatal' ? undefined : this.#hopeless(now, isProbed);
  }

  #hopeless(now: number, isProbed: boolean): PoolError | undefined {
    const { failures, kind, awaitedAt, error } = this.backoff;
    const { name, failFast } = this.options;
    if (failures === 0 || this.#entries.alive > 0 || kind === 'full') return undefined;
    if (kind === 'fatal') return new ConnectError(name, error);
    const failsFast = failFast && !this.hasConnected && !isProbed;
    if (!failsFast && !isBroken(this.backoff, now)) return undefined;
    return new PoolUnavailableError(name, failures, awaitedAt - now, error);
  }
}
