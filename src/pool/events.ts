import { channels, POOL_EVENTS } from './channels.js';
import { didYouMean } from './checks.js';
import type { OpenFailure } from './connector.js';
import { shown, thrown } from './shown.js';
import type { Leak, LoanEvent } from './stats.js';

/** Why a connection was closed. A closed list: every close has one of these reasons. */
export type CloseReason =
  | 'idle' // idle for longer than idleTimeout
  | 'lifetime' // older than maxLifetime
  | 'overflow' // came back, and maxIdle are there already
  | 'evicted' // evict() or invalidate({ soft }) since it was opened
  | 'spared' // closed so that another pool may open one
  | 'dead' // lost, or no answer to a ping
  | 'unclean' // could not be cleaned when it came back
  | 'destroyed' // its borrower said so
  | 'leaked' // its lease was lost: the garbage collector took it, and nobody gave it back
  | 'detached' // taken out of the pool by its borrower; still open
  | 'closed'; // the pool was closed

/**
 * What a pool tells its listeners, in the order in which things happen. Durations are in ms. A listener that throws
 * disturbs nobody, nor one whose promise rejects: the error becomes a process warning. The same is published on `node:diagnostics_channel` for all pools
 * together, as `mysqlpool:<event>`, with the pool as `pool`.
 * @since 0.1.0
 */
export interface PoolEvents {
  /** The pool has been made, and whoever made it has had the time to add listeners. */
  poolOpened: object;
  /** A connection is being opened. */
  opening: { readonly connection: number };
  opened: { readonly connection: number; readonly took: number };
  /**
   * A connection could not be opened. `kind` is `full` when the server had no room: callers go on waiting. `hook` is the
   * application's own code that failed or was late, such as `onConnect`, `password` or Knex's `pool.afterCreate`.
   */
  openFailed: {
    readonly connection: number;
    readonly took: number;
    readonly error: unknown;
    readonly kind: OpenFailure;
    readonly retryIn: number;
    readonly hook?: string | undefined;
  };
  /** A loan began; `waited` is 0 when it was served at once. */
  acquired: LoanEvent & { readonly waited: number };
  /** A caller took its place in line. */
  waiting: { readonly waiters: number; readonly label: string | undefined };
  /** A caller went away without a connection. */
  acquireFailed: { readonly waited: number; readonly error: unknown; readonly label: string | undefined };
  /** A loan ended. */
  released: LoanEvent & { readonly held: number };
  /** A returned connection was made as good as new; `kind` is the connector's word for what that took. */
  cleaned: { readonly connection: number; readonly took: number; readonly kind: string };
  closed: { readonly connection: number; readonly reason: CloseReason; readonly cause?: unknown };
  evicted: { readonly generation: number; readonly cause?: unknown };
  resized: { readonly maxSize: number };
  suspended: object;
  resumed: object;
  /** A loan has been out for longer than leakThreshold. */
  leakSuspected: Leak;
  /** A suspected leak has ended after all; `reclaimed` when nobody gave it back, but its lease was garbage. */
  leakEnded: LoanEvent & Pick<Leak, 'held' | 'callSite'> & { readonly reclaimed: boolean };
  /** `drain` was called: it closes once nobody has a connection and nobody waits. */
  poolDraining: object;
  poolClosing: object;
  poolClosed: object;
}

/** The name of an event. */
export type PoolEventName = keyof PoolEvents;
export type PoolListener<K extends PoolEventName> = (event: PoolEvents[K]) => unknown;

const { acquired, released, waiting } = channels;

/**
 * Listeners by event, and the channels of all pools. Whoever emits asks `wants` first, so that an event nobody listens to
 * is never even built.
 */
export class Emitter {
  readonly #owner: object;
  readonly #listeners = new Map<PoolEventName, readonly ((event: never) => void)[]>();
  #active = false;
  #ended = false;

  /** @param owner the pool, as the channels name it */
  constructor(owner: object) {
    this.#owner = owner;
  }

  /** @throws TypeError for an event that there is not, and a listener that is no function */
  on<K extends PoolEventName>(name: K, listener: PoolListener<K>): () => void {
    if (!POOL_EVENTS.includes(name)) {
      const hint = typeof name === 'string' ? didYouMean(name, POOL_EVENTS) : '';
      throw new TypeError(`unknown event ${shown(name)}${hint}`);
    }
    if (typeof listener !== 'function') {
      throw new TypeError(`event "${name}": expected a listener, got ${shown(listener)}`);
    }
    this.#listeners.set(name, [...(this.#listeners.get(name) ?? []), listener]);
    this.#active = true;
    return () => this.off(name, listener);
  }

  off<K extends PoolEventName>(name: K, listener: PoolListener<K>): void {
    const left = (this.#listeners.get(name) ?? []).filter((known) => known !== listener);
    if (left.length > 0) this.#listeners.set(name, left);
    else this.#listeners.delete(name);
    this.#active = this.#listeners.size > 0;
  }

  /** Whether it is worth asking for the events that every loan has: `wants` looks channels up, a tenth of a loan's cost. */
  get wantsLoans(): boolean {
    return this.#active || acquired.hasSubscribers || released.hasSubscribers || waiting.hasSubscribers;
  }

  /** Nothing happens any more: nobody is told of anything. */
  end(): void {
    this.#listeners.clear();
    this.#active = false;
    this.#ended = true;
  }

  wants(name: PoolEventName): boolean {
    return !this.#ended && ((this.#active && this.#listeners.has(name)) || channels[name].hasSubscribers);
  }

  emit<K extends PoolEventName>(name: K, event: PoolEvents[K]): void {
    if (this.#ended) return;
    for (const listener of (this.#listeners.get(name) ?? []) as readonly PoolListener<K>[]) {
      try {
        const outcome = listener(event);
        // An async listener fails later.
        if (typeof (outcome as Partial<PromiseLike<unknown>> | undefined)?.then === 'function') {
          Promise.resolve(outcome).catch((error: unknown) => warn(name, error));
        }
      } catch (error) {
        warn(name, error);
      }
    }
    // A subscriber that throws is reported by Node itself, as an uncaught exception of a later tick.
    if (channels[name].hasSubscribers) channels[name].publish({ pool: this.#owner, ...event });
  }
}

function warn(name: PoolEventName, error: unknown): void {
  process.emitWarning(`a listener of "${name}" threw: ${thrown(error)}`, 'PoolListenerWarning');
}
