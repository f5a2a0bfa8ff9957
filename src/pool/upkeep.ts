import { within } from './clock.js';
import type { Core } from './core.js';
import { State, type Entry } from './entry.js';
import { OperationTimeoutError } from './errors.js';
import { thrown } from './shown.js';

/** Nothing was to be cleaned, and so the server was not asked. */
const UNASKED = Symbol('unasked');

/**
 * Pings, cleans and closes entries in the background, everything bounded in time. While a ping or a cleaning is under
 * way the entry may lie on the idle stack: whoever takes it waits for the outcome.
 */
export class Upkeep<C> {
  readonly #core: Core<C>;

  constructor(core: Core<C>) {
    this.#core = core;
  }

  ping(entry: Entry<C>): void {
    const { connector, options } = this.#core;
    const pong = this.#bounded('a ping', options.pingTimeout, () => connector.ping(entry.connection));
    void this.#see(entry, 'dead', pong);
  }

  /** Pings every idle entry that is not being seen to: a sibling was lost, or the process stood still. */
  pingIdle(): void {
    for (const entry of this.#core.roster.idle) if (!entry.pending) this.ping(entry);
  }

  /** Starts what a returned connection needs; false when that is nothing. */
  clean(entry: Entry<C>): boolean {
    const { connector, options } = this.#core;
    const { connection, undo } = entry;
    let work: Promise<unknown> | undefined;
    try {
      work = undo === undefined ? connector.clean(connection, options.reset) : this.#undo(entry, undo);
    } catch (error) {
      work = Promise.reject(error as Error);
    }
    if (work === undefined) return false;
    const cleaning = work;
    const cleaned = this.#bounded('cleaning', options.resetTimeout, () => cleaning);
    void this.#see(entry, 'unclean', cleaned);
    return true;
  }

  async #undo(entry: Entry<C>, undo: ((connection: C) => unknown)[]): Promise<unknown> {
    const { connector, clock, options } = this.#core;
    entry.undo = undefined;
    while (undo.length > 0) {
      await undo.pop()!(entry.connection);
      // Evicted or lost meanwhile: it is closed already.
      if (entry.state >= State.closing) return UNASKED;
    }
    const cleaning = connector.clean(entry.connection, options.reset);
    if (cleaning !== undefined) return cleaning;
    // The hooks may have asked the server nothing, and whoever waits is given the connection as it is.
    const { ping } = options;
    const isDue = ping === 'always' || (ping !== 'never' && clock.now() - entry.usedAt >= ping.idleFor);
    return isDue ? connector.ping(entry.connection) : UNASKED;
  }

  async #see(entry: Entry<C>, otherwise: 'dead' | 'unclean', work: Promise<unknown>): Promise<void> {
    const { clock, events } = this.#core;
    const started = clock.now();
    entry.pending = true;
    entry.readyUntil = 0;
    let failure: { readonly cause: unknown } | undefined;
    const kind = await work.catch((cause: unknown) => {
      failure = { cause };
    });
    entry.pending = false;
    if (entry.state >= State.closing) return;
    if (failure !== undefined) {
      this.#core.retire(entry, otherwise, failure.cause);
      if (otherwise === 'dead') this.pingIdle();
      return;
    }
    const now = clock.now();
    if (kind !== UNASKED) entry.aliveAt = now;
    if (otherwise === 'unclean' && events.wants('cleaned')) {
      const word = typeof kind === 'string' ? kind : 'cleaned';
      events.emit('cleaned', { connection: entry.id, took: now - started, kind: word });
    }
    this.#core.place(entry);
    this.#core.pump();
  }

  /** Says good-bye to the server, though not for long, and closes. Never rejects. */
  async sayGoodBye(entry: Entry<C>): Promise<void> {
    const { connector, options } = this.#core;
    const goodBye = this.#bounded('the good-bye', options.pingTimeout, () => connector.close(entry.connection));
    await goodBye.catch(() => undefined);
    await this.drop(entry.connection);
  }

  /** Closes at once. A promise, which never rejects, says when its place is free if that is later. */
  drop(connection: C): Promise<unknown> | undefined {
    const { connector, options } = this.#core;
    try {
      connector.destroy(connection);
      const end = connector.lingers?.(connection);
      return end && this.#bounded('its end', options.resetTimeout, () => end).catch(() => undefined);
    } catch (error) {
      process.emitWarning(`destroying a connection failed: ${thrown(error)}`, 'PoolConnectorWarning');
      return undefined;
    }
  }

  /** What the connector throws becomes a rejection, and what it never answers a time-out. */
  #bounded(what: string, limit: number, work: () => Promise<unknown>): Promise<unknown> {
    const { clock, options } = this.#core;
    const started = new Promise((resolve) => resolve(work()));
    return within(clock, limit, started, () => new OperationTimeoutError(options.name, what, limit));
  }
}
