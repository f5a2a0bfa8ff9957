import { afterFailure, isBroken, NO_FAILURE, withoutPause, type Backoff, type FailedDial } from './backoff.js';
import type { Entries } from './entries.js';
import { ConnectError, PoolUnavailableError, type PoolError } from './errors.js';
import type { ResolvedPoolOptions } from './options.js';

// While something is alive, a second dial waits for so long: a short burst is served by what there is. Whoever still
// waits then is no short burst: with each further round twice as many dials may start.
const RAMP = 50;

/** Decides how many connections are to be opened, and when. The pool asks it, and opens them. */
export class Opener<C> {
  readonly #entries: Entries<C>;
  options: ResolvedPoolOptions;
  backoff: Backoff = NO_FAILURE;
  /** Whether there has ever been a connection. */
  hasConnected = false;
  /** How many were on loan when the idle minimum was looked after last: a loan of a moment needs no stand-in. */
  #lent = 0;
  /** When the round of dials began, how many more may start in it, and how many in the next. */
  #round = -Infinity;
  #quota = 0;
  #nextQuota = 1;

  constructor(entries: Entries<C>, options: ResolvedPoolOptions) {
    this.#entries = entries;
    this.options = options;
  }

  /** How many more dials would serve somebody, `ahead` of them nobody in line. A dial under way, or an entry being checked, counts for one. */
  wanted(waiters: number, ahead: number): number {
    const { connecting, checking, size, ageing } = this.#entries;
    const reserve = Math.max(this.#missing(), ahead);
    const wanted = Math.max(0, waiters - checking) + ageing.size + reserve - connecting;
    return Math.min(wanted, this.options.maxSize - size);
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
  pause(now: number, isAwaited: boolean): number {
    const { connecting, alive } = this.#entries;
    const { failures, awaitedAt, retryAt } = this.backoff;
    if (connecting >= (failures > 0 ? 1 : this.options.maxConnecting)) return Infinity;
    const ramp = connecting > 0 && alive > 0 && this.#quota === 0 ? this.#round + RAMP : 0;
    return Math.max(0, (isAwaited ? awaitedAt : retryAt) - now, ramp - now);
  }

  /** A dial begins: it counts in its round. */
  began(now: number): void {
    if (now - this.#round >= RAMP) {
      this.#round = now;
      this.#quota = this.#nextQuota;
      this.#nextQuota *= 2;
    }
    if (this.#quota > 0) this.#quota--;
  }

  /** Nobody waits any more: the next burst begins with one dial again. */
  served(): void {
    this.#nextQuota = 1;
  }

  succeeded(): void {
    this.hasConnected = true;
    this.backoff = NO_FAILURE;
  }

  failed(dial: FailedDial): void {
    this.backoff = afterFailure(this.backoff, dial);
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
