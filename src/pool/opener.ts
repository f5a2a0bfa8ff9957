import { afterFailure, isBroken, NO_FAILURE, withoutPause, type Backoff, type FailedDial } from './backoff.js';
import type { Clock, Timer } from './clock.js';
import type { Entries } from './entries.js';
import { ConnectError, PoolUnavailableError, type PoolError } from './errors.js';
import type { ResolvedPoolOptions } from './options.js';
import type { PoolPermits } from './permit-holder.js';
import { codeOf, messageOf, originOf, printable } from './shown.js';
import type { WarmUps } from './warm-ups.js';

// While something is alive, a second dial waits for so long: a short burst is served by what there is. Whoever still
// waits then is no short burst: with each further round twice as many dials may start.
const RAMP = 50;
// How long a pool tries to get its first connection before it says so.
const SILENCE = 1_000;

/** What an opener needs of its pool. */
interface OpenerParts<C> {
  readonly clock: Clock;
  readonly entries: Entries<C>;
  readonly permits: PoolPermits<C>;
  readonly warmUps: WarmUps<C>;
  /** How many a connection is wanted for: callers in line, and errands. */
  waiting(): number;
  /** Whether anything may be opened now. */
  isOpen(): boolean;
  open(now: number): void;
  /** A pause is over. */
  processQueue(): void;
}

/** Decides how many connections are to be opened, and when, and has the pool open them. */
export class Opener<C> {
  readonly #parts: OpenerParts<C>;
  readonly #entries: Entries<C>;
  options: ResolvedPoolOptions;
  backoff: Backoff = NO_FAILURE;
  /** Whether there has ever been a connection. */
  hasConnected = false;
  #isWarned = false;
  /** Comes back when a pause between dials ends. */
  #retry: Timer | undefined;
  /** How many were on loan when the idle minimum was looked after last: a loan of a moment needs no stand-in. */
  #lent = 0;
  /** When the round of dials began, how many more may start in it, and how many in the next. */
  #round = -Infinity;
  #quota = 0;
  #nextQuota = 1;

  constructor(parts: OpenerParts<C>, options: ResolvedPoolOptions) {
    this.#parts = parts;
    this.#entries = parts.entries;
    this.options = options;
  }

  /** Whether it will come back by itself. */
  get isRetrying(): boolean {
    return this.#retry !== undefined;
  }

  /** Whether anybody waits for a connection to be opened. */
  get isAwaited(): boolean {
    return this.#parts.waiting() > 0 || this.#parts.warmUps.size > 0;
  }

  /** Has as many dials begun as are wanted and allowed now. */
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
    // Nobody waits any more: the next burst begins with one dial again.
    if (this.#parts.waiting() === 0) this.#nextQuota = 1;
    permits.withdraw();
  }

  #comeBackIn(pause: number): void {
    if (pause === Infinity) return;
    this.#retry = this.#parts.clock.setTimeout(() => this.#parts.processQueue(), pause);
    // Nobody waits: a process that has nothing else to do may end.
    if (!this.isAwaited) this.#retry.unref();
  }

  /** How many more dials would serve somebody. A dial under way, or an entry being checked, counts for one. */
  #wanted(): number {
    const { connecting, checking, size, ageing } = this.#entries;
    const { maxSize, maxIdle } = this.options;
    const reserve = Math.max(this.#missing(), this.#parts.warmUps.missing(maxIdle));
    const wanted = Math.max(0, this.#parts.waiting() - checking) + ageing.size + reserve - connecting;
    return Math.min(wanted, maxSize - size);
  }

  /** How many idle ones are missing: below `minIdle`, and not only because some are on loan for a moment. */
  #missing(): number {
    const { minIdle } = this.options;
    if (minIdle === 0) return 0;
    const { idle, checking, alive, inUse } = this.#entries;
    this.#lent = Math.min(this.#lent, inUse);
    return Math.max(0, Math.min(minIdle - idle.length - checking, minIdle + this.#lent - alive));
  }

  /** What is on loan now is on loan for longer: the idle minimum is to be had besides. */
  lookAtLoans(): void {
    this.#lent = this.#entries.inUse;
  }

  /** How long to wait before the next dial, in ms; Infinity: until one of those under way has ended. */
  #pause(now: number): number {
    const { connecting, alive } = this.#entries;
    const { failures, awaitedAt, retryAt } = this.backoff;
    if (connecting >= (failures > 0 ? 1 : this.options.maxConnecting)) return Infinity;
    const ramp = connecting > 0 && alive > 0 && this.#quota === 0 ? this.#round + RAMP : 0;
    return Math.max(0, (this.isAwaited ? awaitedAt : retryAt) - now, ramp - now);
  }

  /** A dial begins: it counts in its round. */
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

  /** Books a failure. Returns how long until the next dial, in ms. */
  failed(dial: FailedDial): number {
    this.backoff = afterFailure(this.backoff, dial, this.#parts.permits.pacesFull);
    if (!this.hasConnected) this.#warn(dial);
    const { awaitedAt, retryAt } = this.backoff;
    return (this.isAwaited ? awaitedAt : retryAt) - dial.now;
  }

  /** Told once to whoever runs the program, although nobody listens, when dials have failed for a second. */
  #warn({ now, took, kind, error }: FailedDial): void {
    const { failures, since } = this.backoff;
    const trying = Math.max(took, now - since);
    // Where a full server is a line, to wait in it is no outage.
    const isInLine = kind === 'full' && this.#parts.permits.pacesFull;
    if (this.#isWarned || trying < SILENCE || isInLine) return;
    this.#isWarned = true;
    // What a statement of a hook was answered may quote values.
    const isOfStatement = typeof (error as { readonly sql?: unknown } | null | undefined)?.sql === 'string';
    const why = printable(originOf(error) + ((isOfStatement ? codeOf(error) : undefined) ?? messageOf(error)));
    const times = failures === 1 ? 'an attempt has' : `${failures} attempts have`;
    const state = kind === 'full' ? 'no connection yet, the server has no room' : 'no connection yet';
    const text = `${this.options.name}: ${state}: ${times} failed in ${(trying / 1000).toFixed(1)} s: ${why}`;
    process.emitWarning(text, { type: 'MysqlPoolWarning', code: 'POOL_NOT_CONNECTED' });
  }

  /** Every connection is replaced, and what failed was about the old ones. */
  forgive(): void {
    if (this.backoff.failures > 0) this.backoff = withoutPause(this.backoff);
  }

  /** Why a new caller need not get in line: nothing is alive, and connecting is known to fail. */
  refusal(now: number): PoolError | undefined {
    const { kind, awaitedAt } = this.backoff;
    const isProbed = this.#entries.connecting > 0;
    // The first to ask when the pause is over has a dial begun, and waits for what comes of it.
    if (now >= awaitedAt && (kind === 'fatal' || !isProbed)) return undefined;
    return this.#hopeless(now, isProbed);
  }

  /** After a failure: why those in line need not wait any longer. A dial that is under way may serve them yet. */
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
