import { after, type Timer } from './clock.js';
import type { OpenFailure } from './connector.js';
import { openTrace } from './channels.js';
import type { Core } from './core.js';
import { Entry, State } from './entry.js';
import { ConnectError, OperationTimeoutError, PoolUnavailableError, type PoolError } from './errors.js';
import type { Upkeep } from './upkeep.js';

// The pause after the n-th failure in a row is random, from 0 to FIRST_PAUSE x 2^n: processes that lost the same server
// must not come back in step. A server that is full is asked more often, as it may have room at any time.
const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 5_000;
const LONGEST_PAUSE_FULL = 1_000;
// While somebody waits, dials begin no further apart than from this to half as much again: a server that is back is found
// within a second.
const AWAITED = 500;
// The breaker opens after so many failures in a row, over so long, with nothing alive.
const BREAK_AFTER = 5;
const BREAK_AFTER_MS = 5_000;
// While something is alive, a second dial waits for so long: a short burst is served by what there is. Whoever still
// waits then is no short burst: with each further round twice as many dials may start.
const RAMP = 50;

/** Opens connections when they are wanted: few at a time, and with pauses while the server cannot be reached. */
export class Dialler<C> {
  readonly #core: Core<C>;
  readonly #upkeep: Upkeep<C>;
  readonly #rejectAll: (error: PoolError) => void;
  readonly #dials = new Set<AbortController>();
  /** The last failure, until a dial succeeds. */
  lastError: unknown;
  /** How many entries that near the end of their lifetime are to be replaced. */
  replacements = 0;
  /** Whether minIdle is being restored: now and then, as connections that are lent for a moment need no stand-in. */
  refill = false;
  #failures = 0;
  #failingSince = 0;
  #failure: OpenFailure = 'transient';
  #retryAt = 0;
  /** The same while somebody waits. */
  #awaitedAt = 0;
  /** When the round of dials began, how many more may start in it, and how many in the next. */
  #round = -Infinity;
  #quota = 0;
  #nextQuota = 1;
  #entries = 0;
  #timer: Timer | undefined;
  #denied = false;

  constructor(core: Core<C>, upkeep: Upkeep<C>, rejectAll: (error: PoolError) => void) {
    this.#core = core;
    this.#upkeep = upkeep;
    this.#rejectAll = rejectAll;
  }

  /** Starts as many dials as are wanted and allowed now; comes back by itself when a pause ends. */
  fill(): void {
    const { permits, clock } = this.#core;
    this.#clearTimer();
    while (this.#wanted() > 0) {
      const wait = this.#pause(clock.now());
      if (wait > 0) {
        if (wait < Infinity) this.#timer = clock.setTimeout(() => this.#core.pump(), wait);
        // Nobody waits: a process that has nothing else to do may end.
        if (this.#core.waiters === 0) this.#timer?.unref();
        return;
      }
      this.#denied = !permits.take();
      if (this.#denied) return;
      this.#count(clock.now());
      void this.#open(new Entry<C>(++this.#entries, this.#core.generation));
    }
    if (this.#core.waiters === 0) this.#nextQuota = 1;
    if (this.#denied) permits.withdraw();
    this.#denied = false;
  }

  /** Counts a dial in its round. */
  #count(now: number): void {
    if (now - this.#round >= RAMP) {
      this.#round = now;
      this.#quota = this.#nextQuota;
      this.#nextQuota *= 2;
    }
    if (this.#quota > 0) this.#quota--;
  }

  /** How many more dials would serve somebody. A dial under way, or an entry being checked, counts for one. */
  #wanted(): number {
    const { roster, options, state, waiters } = this.#core;
    if (state !== 'open') return 0;
    const checking = roster.count(State.checking);
    const missing = Math.max(0, options.minIdle - roster.count(State.idle) - checking);
    this.refill &&= missing > 0;
    const ahead = this.replacements + (this.refill ? missing : 0);
    const wanted = Math.max(0, waiters - checking) + ahead - roster.count(State.connecting);
    return Math.min(wanted, options.maxSize - roster.size);
  }

  /** How long to wait before the next dial, in ms; Infinity: until one of those under way has ended. */
  #pause(now: number): number {
    const { roster, options } = this.#core;
    const connecting = roster.count(State.connecting);
    if (connecting >= (this.#failures > 0 ? 1 : options.maxConnecting)) return Infinity;
    const ramp = connecting > 0 && roster.alive > 0 && this.#quota === 0 ? this.#round + RAMP : 0;
    const retryAt = this.#core.waiters > 0 ? this.#awaitedAt : this.#retryAt;
    return Math.max(0, retryAt - now, ramp - now);
  }

  /** Why a new caller need not get in line: nothing is alive, and connecting is known to fail. */
  refusal(): PoolError | undefined {
    const { roster, options, clock } = this.#core;
    if (this.#failures === 0 || roster.alive > 0 || this.#failure === 'full') return undefined;
    const now = clock.now();
    const pause = this.#awaitedAt - now;
    if (this.#failure === 'fatal') return pause > 0 ? new ConnectError(options.name, this.lastError) : undefined;
    const broken = this.#failures >= BREAK_AFTER && now - this.#failingSince >= BREAK_AFTER_MS;
    if (!broken || (pause <= 0 && roster.count(State.connecting) === 0)) return undefined;
    return new PoolUnavailableError(options.name, this.#failures, pause, this.lastError);
  }

  /** What failed was about what is replaced now: the next dial need not wait. */
  forgive(): void {
    this.#retryAt = this.#awaitedAt = 0;
  }

  /** The pool closes: nothing is waited for any more. */
  abortAll(): void {
    this.#clearTimer();
    for (const dial of this.#dials) dial.abort();
  }

  #clearTimer(): void {
    if (this.#timer !== undefined) this.#core.clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  async #open(entry: Entry<C>): Promise<void> {
    const { roster, connector, clock, options, events } = this.#core;
    const { connectTimeout, name } = options;
    const started = clock.now();
    const dial = new AbortController();
    const { signal } = dial;
    const timer = after(clock, connectTimeout, () => {
      if (this.#dials.has(dial)) dial.abort(new OperationTimeoutError(name, 'connecting', connectTimeout));
    });
    this.#dials.add(dial);
    roster.add(entry);
    let opening: Promise<C> | undefined;
    try {
      if (events.wants('opening')) events.emit('opening', { connection: entry.id });
      signal.throwIfAborted();
      const aborted = new Promise<never>((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
      });
      const lost = (cause: unknown): void => this.#core.lost(entry, cause);
      const unfit = (cause: unknown): void => this.#core.evict(cause);
      const context = { id: entry.id, signal, lost, unfit };
      opening = openTrace.hasSubscribers
        ? openTrace.tracePromise(() => connector.open(context), { pool: this.#core.owner, connection: entry.id })
        : connector.open(context);
      entry.connection = await Promise.race([opening, aborted]);
    } catch (error) {
      // The connector may still come up with a connection: nobody wants it any more.
      opening?.then(
        (connection) => this.#upkeep.drop(connection),
        () => undefined,
      );
      this.#failed(entry, clock.now() - started, error);
      return;
    } finally {
      clock.clearTimeout(timer);
      this.#dials.delete(dial);
    }
    this.#opened(entry, started);
  }

  #opened(entry: Entry<C>, started: number): void {
    const { clock, options, events, counters, random } = this.#core;
    const now = clock.now();
    this.#failures = 0;
    this.#retryAt = this.#awaitedAt = 0;
    this.lastError = undefined;
    counters.opened++;
    entry.aliveAt = entry.usedAt = now;
    if (options.maxLifetime > 0) {
      // Connections opened together must not all go together.
      entry.expiresAt = started + options.maxLifetime;
      entry.retireAt = entry.expiresAt - (random() * options.maxLifetime) / 4;
    }
    if (events.wants('opened')) events.emit('opened', { connection: entry.id, took: now - started });
    this.#core.onOpened();
    this.#core.place(entry);
    this.#core.pump();
  }

  #classify(error: unknown): OpenFailure {
    try {
      return this.#core.connector.classify?.(error) ?? 'transient';
    } catch {
      return 'transient';
    }
  }

  #failed(entry: Entry<C>, took: number, error: unknown): void {
    const { roster, clock, options, events, counters, random, state } = this.#core;
    const now = clock.now();
    this.#core.gone(entry);
    counters.openFailed++;
    this.lastError = error;
    this.#failure = this.#classify(error);
    if (this.#failures++ === 0) this.#failingSince = now;
    const longest = this.#failure === 'full' ? LONGEST_PAUSE_FULL : LONGEST_PAUSE;
    const dice = random();
    const pause = dice * Math.min(longest, FIRST_PAUSE * 2 ** this.#failures);
    const awaited = Math.max(0, AWAITED * (1 + dice / 2) - took);
    this.#retryAt = now + pause;
    // What trying again cannot mend must not lock an account.
    this.#awaitedAt = this.#failure === 'fatal' ? this.#retryAt : now + Math.min(pause, awaited);
    const retryIn = (this.#core.waiters > 0 ? this.#awaitedAt : this.#retryAt) - now;
    if (events.wants('openFailed')) events.emit('openFailed', { connection: entry.id, took, error, retryIn });
    const hopeless = this.#failure === 'fatal' && roster.alive === 0 && state === 'open';
    if (hopeless) this.#rejectAll(new ConnectError(options.name, error));
    this.#core.pump();
  }
}
