import { openTrace } from './channels.js';
import { after, within, type Clock, type Timer } from './clock.js';
import type { Connector, OpenFailure } from './connector.js';
import { State, type Entry } from './entries.js';
import { OperationTimeoutError } from './errors.js';
import type { ResolvedPoolOptions } from './options.js';
import { thrown, withMessage } from './shown.js';

/** The value of an outcome that needed no round trip: it says nothing about whether the server is alive. */
export const UNASKED: unique symbol = Symbol('unasked');

/**
 * The outcome of an operation of a connector: its value, or the reason why there is none. `abandoned`: a dial was
 * aborted because nobody wanted it any more.
 */
export type Outcome<T> = { readonly value: T } | { readonly cause: unknown; readonly abandoned?: boolean };

/** What a new connection calls when it dies (`lost`), or when its whole server is unfit; see `OpenContext`. */
export interface OpenListener {
  readonly lost: (cause: unknown) => void;
  readonly unfit: (cause: unknown) => void;
}

/**
 * Decorates any connector with a time limit on each of its operations. No operation here rejects: whatever the
 * connector throws, rejects with or never answers becomes an outcome.
 */
export class BoundedConnector<C> {
  readonly #connector: Connector<C>;
  readonly #clock: Clock;
  readonly #owner: object;
  /** Dials under way. */
  readonly #dials = new Set<AbortController>();
  readonly #abandoned = new WeakSet<AbortController>();
  /** The time limits of these dials. */
  readonly #dialTimers = new Set<Timer>();
  #isAwaited = false;
  options: ResolvedPoolOptions;

  constructor(connector: Connector<C>, clock: Clock, owner: object, options: ResolvedPoolOptions) {
    this.#connector = connector;
    this.#clock = clock;
    this.#owner = owner;
    this.options = options;
  }

  /** Opens a connection. If it is established after its dial was aborted, it is closed again. */
  async open(id: number, begun: () => void, listener: OpenListener): Promise<Outcome<C>> {
    const { connectTimeout, name } = this.options;
    const dial = new AbortController();
    const { signal } = dial;
    const timer = after(this.#clock, connectTimeout, () => {
      if (this.#dials.has(dial)) dial.abort(new OperationTimeoutError(name, 'connecting', connectTimeout));
    });
    this.#dials.add(dial);
    this.#dialTimers.add(timer);
    if (!this.#isAwaited) timer.unref();
    let opening: Promise<C> | undefined;
    try {
      // A listener of `opening` may close the pool, which aborts this dial.
      begun();
      signal.throwIfAborted();
      const aborted = new Promise<never>((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
      });
      opening = this.#traced(id, () => this.#connector.open({ id, signal, ...listener }));
      return { value: await Promise.race([opening, aborted]) };
    } catch (cause) {
      opening?.then(
        (connection) => this.destroy(connection),
        () => undefined,
      );
      return { cause: withMessage(cause), abandoned: this.#abandoned.has(dial) };
    } finally {
      this.#clock.clearTimeout(timer);
      this.#dialTimers.delete(timer);
      this.#dials.delete(dial);
    }
  }

  #traced(id: number, open: () => Promise<C>): Promise<C> {
    if (!openTrace.hasSubscribers) return open();
    return openTrace.tracePromise(open, { pool: this.#owner, connection: id, kindOf: (error) => this.classify(error) });
  }

  /** Tells whether somebody waits for dials, under way or to come. Only then do dials keep the process alive. */
  awaitDials(isAwaited: boolean): void {
    this.#isAwaited = isAwaited;
    for (const timer of this.#dialTimers) {
      if (isAwaited) timer.ref();
      else timer.unref();
    }
  }

  /** Aborts up to `count` dials, the latest first, because nobody wants them any more. */
  abandonDials(count: number): void {
    for (const dial of [...this.#dials].toReversed().slice(0, count)) {
      this.#abandoned.add(dial);
      dial.abort();
    }
  }

  ping(connection: C): Promise<Outcome<unknown>> {
    return this.#bounded('a ping', this.options.pingTimeout, () => this.#connector.ping(connection));
  }

  /** Cleans a returned connection. Undefined, without a round trip, when there is nothing to clean. */
  clean(connection: C): Promise<Outcome<unknown>> | undefined {
    let cleaning: Promise<unknown> | undefined;
    try {
      cleaning = this.#connector.clean(connection, this.options.reset);
    } catch (cause) {
      return Promise.resolve({ cause });
    }
    return cleaning && this.#cleaned(cleaning);
  }

  #cleaned(cleaning: Promise<unknown>): Promise<Outcome<unknown>> {
    return this.#bounded('cleaning', this.options.resetTimeout, () => cleaning);
  }

  /** Like `clean`, after the borrower's own hooks have run, the last one added first. */
  undoAndClean(entry: Entry<C>, hooks: ((connection: C) => unknown)[]): Promise<Outcome<unknown>> {
    return this.#bounded('cleaning', this.options.resetTimeout, () => this.#undo(entry, hooks));
  }

  async #undo(entry: Entry<C>, hooks: ((connection: C) => unknown)[]): Promise<unknown> {
    const { ping, reset } = this.options;
    entry.undo = undefined;
    while (hooks.length > 0) {
      await hooks.pop()!(entry.connection);
      // Evicted or lost while a hook ran: the connection is closed already.
      if (entry.state >= State.closing) return UNASKED;
    }
    const cleaning = this.#connector.clean(entry.connection, reset);
    if (cleaning !== undefined) return cleaning;
    // The next waiter gets this connection without a further check, and the hooks may not have asked the server
    // anything: a ping that is due is made here.
    const isDue = ping === 'always' || (ping !== 'never' && this.#clock.now() - entry.aliveAt >= ping.idleFor);
    return isDue ? this.#connector.ping(entry.connection) : UNASKED;
  }

  /**
   * Says good-bye to the server, for at most `pingTimeout`, and closes. Resolves when the connection's place is free.
   */
  async close(connection: C): Promise<void> {
    await this.#bounded('the good-bye', this.options.pingTimeout, () => this.#connector.close(connection));
    await this.destroy(connection);
  }

  /**
   * Closes at once. Returns a promise if the connection keeps its place for longer; it settles when the place is free.
   */
  destroy(connection: C, cause?: Error): Promise<unknown> | undefined {
    try {
      this.#connector.destroy(connection, cause);
      const end = this.#connector.lingers?.(connection);
      return end && this.#bounded('its end', this.options.resetTimeout, () => end);
    } catch (error) {
      process.emitWarning(`destroying a connection failed: ${thrown(error)}`, 'PoolConnectorWarning');
      return undefined;
    }
  }

  /** Asks the connector to call `closed` once a detached connection is closed. False when it cannot. */
  watchEnd(connection: C, closed: () => void): boolean {
    try {
      return this.#connector.watchEnd?.(connection, closed) === true;
    } catch {
      return false;
    }
  }

  classify(error: unknown): OpenFailure {
    try {
      return this.#connector.classify?.(error) ?? 'transient';
    } catch {
      return 'transient';
    }
  }

  #bounded(what: string, limit: number, work: () => Promise<unknown>): Promise<Outcome<unknown>> {
    const started = new Promise((resolve) => resolve(work()));
    const late = (): Error => new OperationTimeoutError(this.options.name, what, limit);
    return within(this.#clock, limit, started, late).then(
      (value) => ({ value }),
      (cause: unknown) => ({ cause }),
    );
  }
}
