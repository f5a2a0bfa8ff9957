import type { Timer } from './clock.js';
import type { OpenFailure } from './connector.js';
import type { Core } from './core.js';
import { Entry, State } from './entry.js';
import { ConnectError, OperationTimeoutError, PoolUnavailableError, type PoolError } from './errors.js';
import type { Upkeep } from './upkeep.js';

// The pause after the n-th failure in a row is random between 0 and FIRST_PAUSE x 2^n, so that processes that lost the
// same server do not come back in step. A server that is full is asked more often: it may have room any time.
const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 5_000;
const LONGEST_PAUSE_FULL = 1_000;
// The breaker: so many failures in a row, over so long, and nothing alive.
const BREAK_AFTER = 5;
const BREAK_AFTER_MS = 5_000;
// While something is alive, one more dial at a time, this long after the last: a short burst is served by what there is.
const RAMP = 50;

/** Opens connections when they are wanted: never too many at once, with pauses while the server cannot be reached. */
export class Dialler<C> {
  readonly #core: Core<C>;
  readonly #upkeep: Upkeep<C>;
  readonly #dials = new Map<Entry<C>, AbortController>();
  /** The last failure, until a dial succeeds. */
  lastError: unknown;
  /** Replacements for entries that have reached their lifetime. */
  replacements = 0;
  #failures = 0;
  #failingSince = 0;
  #failure: OpenFailure = 'transient';
  #retryAt = 0;
  #lastDial = -Infinity;
  #timer: Timer | undefined;
  #entries = 0;
  #denied = false;
  readonly #rejectAll: (error: PoolError) => void;

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
      if (wait === Infinity) return;
      if (wait > 0) {
        this.#timer = clock.setTimeout(() => this.#core.pump(), wait);
        this.#timer.unref();
        return;
      }
      if (!permits.take()) {
        this.#denied = true;
        return;
      }
      this.#denied = false;
      this.#open(new Entry<C>(++this.#entries, this.#core.generation));
    }
    if (this.#denied && this.#wanted() <= 0) {
      this.#denied = false;
      permits.withdraw();
    }
  }

  /** How many more dials would serve somebody. One already under way, or an entry being checked, counts for one. */
  #wanted(): number {
    const { roster, options, state } = this.#core;
    if (state !== 'open') return 0;
    const ready = roster.count(State.idle) + roster.count(State.checking);
    const forCallers = Math.max(0, this.#core.waiters() - roster.count(State.checking));
    const ahead = Math.max(this.replacements, options.minIdle - ready);
    const room = options.maxSize - roster.size;
    return Math.min(room, forCallers + Math.max(0, ahead) - roster.count(State.connecting));
  }

  /** How long to wait before the next dial, in ms; Infinity: until one of those under way has ended. */
  #pause(now: number): number {
    const { roster, options } = this.#core;
    const connecting = roster.count(State.connecting);
    const limit = this.#failures > 0 ? 1 : options.maxConnecting;
    if (connecting >= limit) return Infinity;
    if (now < this.#retryAt) return this.#retryAt - now;
    if (connecting > 0 && roster.alive > 0) return Math.max(0, this.#lastDial + RAMP - now);
    return 0;
  }

  /** Why a new caller need not get in line: nothing is alive, and connecting is known to fail. */
  refusal(now: number): PoolError | undefined {
    const { roster, options } = this.#core;
    if (this.#failures === 0 || roster.alive > 0) return undefined;
    const pausing = now < this.#retryAt;
    if (this.#failure === 'fatal') return pausing ? new ConnectError(options.name, this.lastError) : undefined;
    const broken = this.#failures >= BREAK_AFTER && now - this.#failingSince >= BREAK_AFTER_MS;
    if (!broken || this.#failure === 'full' || !(pausing || roster.count(State.connecting) > 0)) return undefined;
    return new PoolUnavailableError(options.name, this.#failures, this.#retryAt - now, this.lastError);
  }

  #clearTimer(): void {
    if (this.#timer !== undefined) this.#core.clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  abortAll(): void {
    this.#clearTimer();
    for (const dial of this.#dials.values()) dial.abort();
  }

  #open(entry: Entry<C>): void {
    const { roster, connector, clock, options, events } = this.#core;
    const started = clock.now();
    this.#lastDial = started;
    roster.add(entry);
    const dial = new AbortController();
    this.#dials.set(entry, dial);
    if (events.wants('opening')) events.emit('opening', { connection: entry.id });
    const timer = clock.setTimeout(() => {
      dial.abort(new OperationTimeoutError(options.name, 'connecting', options.connectTimeout));
    }, options.connectTimeout);
    const end = (): boolean => {
      clock.clearTimeout(timer);
      return this.#dials.delete(entry);
    };
    // What the connector does after the deadline is its own affair, but a connection that comes late is closed.
    dial.signal.addEventListener('abort', () => end() && this.#failed(entry, started, dial.signal.reason));
    const opened = (connection: C): void => {
      if (end()) this.#opened(entry, connection, started);
      else this.#upkeep.drop(connection);
    };
    const failed = (error: unknown): unknown => end() && this.#failed(entry, started, error);
    const lost = (cause: unknown): void => this.#core.lost(entry, cause);
    const unfit = (cause: unknown): void => this.#core.evict(cause);
    new Promise<C>((resolve) => resolve(connector.open({ id: entry.id, signal: dial.signal, lost, unfit }))).then(
      opened,
      failed,
    );
  }

  #opened(entry: Entry<C>, connection: C, started: number): void {
    const { clock, options, events, counters, random } = this.#core;
    const now = clock.now();
    this.#failures = 0;
    this.#retryAt = 0;
    this.lastError = undefined;
    counters.opened++;
    entry.connection = connection;
    entry.aliveAt = now;
    entry.usedAt = now;
    if (options.maxLifetime > 0) {
      // Connections made together must not all go together.
      entry.expiresAt = started + options.maxLifetime;
      entry.retireAt = entry.expiresAt - (random() * options.maxLifetime) / 4;
    }
    if (events.wants('opened')) events.emit('opened', { connection: entry.id, took: now - started });
    if (this.replacements > 0) this.replacements--;
    this.#core.onOpened();
    this.#core.place(entry);
    this.#core.pump();
  }

  #failed(entry: Entry<C>, started: number, error: unknown): void {
    const { roster, permits, connector, clock, options, events, counters, random, state } = this.#core;
    const now = clock.now();
    roster.move(entry, State.gone);
    permits.giveBack();
    counters.openFailed++;
    this.lastError = error;
    this.#failure = connector.classify?.(error) ?? 'transient';
    if (this.#failures++ === 0) this.#failingSince = now;
    const longest = this.#failure === 'full' ? LONGEST_PAUSE_FULL : LONGEST_PAUSE;
    const pause = random() * Math.min(longest, FIRST_PAUSE * 2 ** this.#failures);
    this.#retryAt = now + pause;
    if (events.wants('openFailed')) {
      events.emit('openFailed', { connection: entry.id, took: now - started, error, retryIn: pause });
    }
    if (this.#failure === 'fatal' && roster.alive === 0 && state === 'open') {
      this.#rejectAll(new ConnectError(options.name, error));
    }
    this.#core.pump();
  }
}
