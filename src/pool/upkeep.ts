import { within } from './clock.js';
import type { Core } from './core.js';
import { State, type Entry } from './entry.js';
import { OperationTimeoutError } from './errors.js';
import type { CloseReason } from './events.js';

/**
 * Pings, cleans and closes entries in the background, everything bounded in time. While a ping or a cleaning is under
 * way the entry may stay on the idle stack: whoever takes it then waits for the outcome.
 */
export class Upkeep<C> {
  readonly #core: Core<C>;

  constructor(core: Core<C>) {
    this.#core = core;
  }

  ping(entry: Entry<C>): void {
    const { connector, options } = this.#core;
    this.#run(entry, 'a ping', options.pingTimeout, 'dead', () => connector.ping(entry.connection));
  }

  /** Pings every idle entry that is not being seen to already: a sibling was lost, or the process was frozen. */
  pingIdle(): void {
    for (const entry of this.#core.roster.idle) if (!entry.pending) this.ping(entry);
  }

  /** Starts what a returned connection needs; returns false when that is nothing. */
  clean(entry: Entry<C>): boolean {
    const { connector, options } = this.#core;
    const undo = entry.undo;
    if (undo === undefined) {
      let work: Promise<unknown> | undefined;
      try {
        work = connector.clean(entry.connection, options.reset);
      } catch (error) {
        work = Promise.reject(error instanceof Error ? error : new Error(String(error)));
      }
      if (work === undefined) return false;
      const started = work;
      this.#run(entry, 'cleaning', options.resetTimeout, 'unclean', () => started);
      return true;
    }
    entry.undo = undefined;
    this.#run(entry, 'cleaning', options.resetTimeout, 'unclean', async () => {
      while (undo.length > 0) await undo.pop()!(entry.connection);
      await connector.clean(entry.connection, options.reset);
    });
    return true;
  }

  #run(entry: Entry<C>, what: string, limit: number, reason: CloseReason, work: () => Promise<unknown>): void {
    const { clock, options, events } = this.#core;
    const started = clock.now();
    entry.pending = true;
    entry.readyUntil = 0;
    const late = (): Error => new OperationTimeoutError(options.name, what, limit);
    within(clock, limit, attempt(work) ?? Promise.resolve(), late).then(
      () => {
        entry.aliveAt = clock.now();
        if (reason === 'unclean' && events.wants('cleaned')) {
          events.emit('cleaned', { connection: entry.id, took: entry.aliveAt - started });
        }
        this.#done(entry);
      },
      (error: unknown) => {
        this.#done(entry, reason, error);
      },
    );
  }

  #done(entry: Entry<C>, failure?: CloseReason, cause?: unknown): void {
    entry.pending = false;
    if (entry.state >= State.closing) return;
    if (failure === undefined) {
      this.#core.place(entry);
      return;
    }
    this.#core.retire(entry, failure, cause);
    if (failure === 'dead') this.pingIdle();
  }

  /** Says good-bye to the server, but not for long, and closes. Never rejects. */
  async dispose(entry: Entry<C>): Promise<void> {
    const { clock, connector, options } = this.#core;
    const late = (): Error => new OperationTimeoutError(options.name, 'the good-bye', options.pingTimeout);
    const goodBye = attempt(() => connector.close(entry.connection)) ?? Promise.resolve();
    await within(clock, options.pingTimeout, goodBye, late).catch(() => undefined);
    this.drop(entry.connection);
  }

  /** Closes at once. */

  drop(connection: C): void {
    try {
      this.#core.connector.destroy(connection);
    } catch (error) {
      process.emitWarning(`destroying a connection failed: ${String(error)}`, 'PoolConnectorWarning');
    }
  }
}

/** Calls `fn`; what it throws becomes a rejection, so that a faulty connector cannot break the engine's own step. */
function attempt<T>(fn: () => Promise<T> | undefined): Promise<T> | undefined {
  try {
    return fn();
  } catch (error) {
    return Promise.reject(error instanceof Error ? error : new Error(String(error)));
  }
}
