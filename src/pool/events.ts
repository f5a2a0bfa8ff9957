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
  | 'detached' // taken out of the pool by its borrower; still open
  | 'closed'; // the pool was closed

/**
 * What a pool tells its listeners, in the order in which things happen. Durations are in ms. A listener that throws
 * disturbs nobody: the error becomes a process warning.
 * @since 0.1.0
 */
export interface PoolEvents {
  /** A connection is being opened. */
  opening: { readonly connection: number };
  opened: { readonly connection: number; readonly took: number };
  openFailed: { readonly connection: number; readonly took: number; readonly error: unknown; readonly retryIn: number };
  /** A loan began; `waited` is 0 when it was served at once. */
  acquired: { readonly loan: number; readonly connection: number; readonly waited: number };
  /** A caller took its place in line. */
  waiting: { readonly waiters: number };
  /** A caller went away without a connection. */
  acquireFailed: { readonly waited: number; readonly error: unknown };
  /** A loan ended. */
  released: { readonly loan: number; readonly connection: number; readonly held: number };
  /** A returned connection was made as good as new. */
  cleaned: { readonly connection: number; readonly took: number };
  closed: { readonly connection: number; readonly reason: CloseReason; readonly cause?: unknown };
  evicted: { readonly generation: number; readonly cause?: unknown };
  resized: { readonly maxSize: number };
  suspended: object;
  resumed: object;
  /** A loan has been out for longer than leakThreshold; `takenAt` is the stack of its acquire. */
  leakSuspected: {
    readonly loan: number;
    readonly connection: number;
    readonly held: number;
    readonly takenAt: string;
  };
  /** A suspected leak came back after all. */
  leakEnded: { readonly loan: number; readonly connection: number; readonly held: number };
  poolClosing: object;
  poolClosed: object;
}

export type PoolEventName = keyof PoolEvents;
export type PoolListener<K extends PoolEventName> = (event: PoolEvents[K]) => void;

/** Listeners by event. Whoever emits asks `wants` first, so that an event nobody listens to is never even built. */
export class Emitter {
  readonly #listeners = new Map<PoolEventName, readonly ((event: never) => void)[]>();
  /** Whether anybody listens to anything: the one test on the hot path. */
  active = false;

  on<K extends PoolEventName>(name: K, listener: PoolListener<K>): () => void {
    this.#listeners.set(name, [...(this.#listeners.get(name) ?? []), listener]);
    this.active = true;
    return () => this.off(name, listener);
  }

  off<K extends PoolEventName>(name: K, listener: PoolListener<K>): void {
    const left = (this.#listeners.get(name) ?? []).filter((known) => known !== listener);
    if (left.length > 0) this.#listeners.set(name, left);
    else this.#listeners.delete(name);
    this.active = this.#listeners.size > 0;
  }

  wants(name: PoolEventName): boolean {
    return this.active && this.#listeners.has(name);
  }

  emit<K extends PoolEventName>(name: K, event: PoolEvents[K]): void {
    for (const listener of (this.#listeners.get(name) ?? []) as readonly PoolListener<K>[]) {
      try {
        listener(event);
      } catch (error) {
        process.emitWarning(`a listener of "${name}" threw: ${String(error)}`, 'PoolListenerWarning');
      }
    }
  }
}
