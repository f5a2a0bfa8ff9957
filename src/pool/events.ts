import { channels, POOL_EVENTS } from './channels.js';
import { didYouMean } from './checks.js';
import type { OpenFailure } from './connector.js';
import { once } from './once.js';
import { shown, thrown } from './shown.js';
import type { Leak, LoanEvent } from './stats.js';

/** Why a connection was closed. A closed list: every close has one of these reasons. */
export type CloseReason =
  | 'idle' // idle for longer than idleTimeout
  | 'lifetime' // older than maxLifetime
  | 'overflow' // returned while maxIdle connections were idle already
  | 'evicted' // evict() or invalidate({ soft }) since it was opened
  | 'spared' // closed so that another pool can open one under a common limit
  | 'dead' // lost, or no answer to a ping
  | 'unclean' // could not be cleaned when it came back
  | 'destroyed' // its borrower destroyed it
  | 'leaked' // its lease was garbage collected without having been released
  | 'detached' // taken out of the pool by its borrower; still open
  | 'closed'; // the pool was closed

/**
 * The events of a pool, emitted in the order in which things happen. Durations are in ms. A listener that throws, or
 * whose promise rejects, affects nobody else: its error becomes a process warning. The same events of all pools are
 * published on `node:diagnostics_channel` as `mysqlpool:<event>`, with the pool as `pool`.
 * @since 0.1.0
 */
export interface PoolEvents {
  /** The pool has been created, and its creator has had the time to add listeners. */
  poolOpened: object;
  /** A connection is being opened. */
  opening: { readonly connection: number };
  opened: { readonly connection: number; readonly took: number };
  /**
   * A connection could not be opened. `kind` is `full` when the server had no room: callers go on waiting. `retryIn` is
   * how long until the next dial may begin. `hook` is the application's own code that failed or was late, such as
   * `onConnect`, `password` or Knex's `pool.afterCreate`.
   */
  openFailed: {
    readonly connection: number;
    readonly took: number;
    readonly error: unknown;
    readonly kind: OpenFailure;
    readonly retryIn: number;
    readonly hook?: string | undefined;
  };
  /** A loan began; `waited` is 0 when the caller was served at once. */
  acquired: LoanEvent & { readonly waited: number };
  /** A caller joined the queue. */
  waiting: { readonly waiters: number; readonly label: string | undefined };
  /** A caller got no connection. */
  acquireFailed: { readonly waited: number; readonly error: unknown; readonly label: string | undefined };
  /** A loan ended. */
  released: LoanEvent & { readonly held: number };
  /** A returned connection was made as good as new; `kind` is the connector's word for how. */
  cleaned: { readonly connection: number; readonly took: number; readonly kind: string };
  closed: { readonly connection: number; readonly reason: CloseReason; readonly cause?: unknown };
  evicted: { readonly generation: number; readonly cause?: unknown };
  resized: { readonly maxSize: number };
  suspended: object;
  resumed: object;
  /** A loan has been out for longer than leakThreshold. */
  leakSuspected: Leak;
  /** A suspected leak has ended after all; or, with `reclaimed`, a lease was garbage collected without a release. */
  leakEnded: LoanEvent & Pick<Leak, 'held' | 'callSite'> & { readonly reclaimed: boolean };
  /** `drain` was called: the pool closes once no connection is on loan and nobody waits. */
  poolDraining: object;
  poolClosing: object;
  poolClosed: object;
}

/** The name of an event. */
export type PoolEventName = keyof PoolEvents;
export type PoolListener<K extends PoolEventName> = (event: PoolEvents[K]) => unknown;

const { acquired, released, waiting } = channels;

/**
 * The listeners of each event, and the diagnostics channels of all pools. Ask `wants` before `emit`, so that an event
 * that nobody listens to is not even built.
 */
export class Emitter {
  readonly #owner: object;
  readonly #listeners = new Map<PoolEventName, readonly ((event: never) => void)[]>();
  #active = false;
  #ended = false;

  /** @param owner the pool, published on the channels as `pool` */
  constructor(owner: object) {
    this.#owner = owner;
  }

  /** @throws TypeError for an unknown event, or for a listener that is not a function */
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
    return once(() => this.off(name, listener));
  }

  off<K extends PoolEventName>(name: K, listener: PoolListener<K>): void {
    const known = this.#listeners.get(name) ?? [];
    // Added several times, it is removed once, as by Node's own emitters.
    const last = known.lastIndexOf(listener);
    const left = known.filter((_, index) => index !== last);
    if (left.length > 0) this.#listeners.set(name, left);
    else this.#listeners.delete(name);
    this.#active = this.#listeners.size > 0;
  }

  /**
   * Whether `wants` need be asked about the events of every loan: it looks up channels, which costs a tenth of a loan.
   */
  get wantsLoans(): boolean {
    return this.#active || acquired.hasSubscribers || released.hasSubscribers || waiting.hasSubscribers;
  }

  /** Removes all listeners for good: after the end of the pool nothing is emitted any more. */
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
        // An async listener fails by rejecting its promise.
        if (typeof (outcome as Partial<PromiseLike<unknown>> | undefined)?.then === 'function') {
          Promise.resolve(outcome).catch((error: unknown) => warn(name, error));
        }
      } catch (error) {
        warn(name, error);
      }
    }
    // A channel subscriber that throws is reported by Node itself, as an uncaught exception of a later tick.
    if (channels[name].hasSubscribers) channels[name].publish({ pool: this.#owner, ...event });
  }
}

function warn(name: PoolEventName, error: unknown): void {
  process.emitWarning(`a listener of "${name}" threw: ${thrown(error)}`, 'PoolListenerWarning');
}
