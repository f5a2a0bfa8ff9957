import type { EventEmitter } from 'node:events';

type Listener = (...args: unknown[]) => void;
type Listeners = ReadonlyMap<string | symbol, readonly Listener[]>;

/**
 * The listeners that belong to a connection itself. Listeners that a borrower adds are removed when the connection is
 * returned, and listeners that a borrower removes are put back. Otherwise listeners would accumulate with every loan,
 * or an error would have no listener.
 */
export class OwnListeners {
  readonly #emitter: EventEmitter;
  /** The listeners of the pool itself, before anybody else could add any. */
  readonly #first: Listeners;
  /** The listeners of a clean connection: those of the pool, and those added by the set-up of the new connection. */
  #own: Listeners;
  #isTouched = false;

  /** Takes the current listeners for the connection's own. */
  constructor(emitter: EventEmitter) {
    this.#emitter = emitter;
    const touch = (): void => {
      this.#isTouched = true;
    };
    for (const event of ['newListener', 'removeListener']) emitter.on(event, touch);
    const removeAll = emitter.removeAllListeners.bind(emitter);
    emitter.removeAllListeners = (event) => {
      removeAll(event);
      // Restored at once: an error without a listener would end the process.
      this.#isTouched = true;
      this.restore();
      return emitter;
    };
    this.#first = this.#own = this.#now();
  }

  /** Makes the current listeners those of a clean connection. */
  adopt(): void {
    if (this.#isTouched) this.#own = this.#now();
    this.#isTouched = false;
  }

  /** Restores the listeners of a clean connection. */
  restore(): void {
    if (!this.#isTouched) return;
    this.#put(this.#own);
    this.#isTouched = false;
  }

  /**
   * Restores the listeners of the new connection, before its set-up added more; the set-up will run again and add them
   * again.
   */
  begin(): void {
    if (!this.#isTouched && this.#own === this.#first) return;
    this.#put(this.#first);
    this.#isTouched = true;
  }

  #put(own: Listeners): void {
    const emitter = this.#emitter;
    const names = emitter.eventNames();
    for (const name of names) {
      const wanted = own.get(name) ?? [];
      const now = emitter.rawListeners(name) as Listener[];
      if (wanted.length === now.length && wanted.every((listener, index) => listener === now[index])) continue;
      for (const listener of now) if (!wanted.includes(listener)) emitter.removeListener(name, listener);
      for (const listener of wanted) if (!now.includes(listener)) emitter.on(name, listener);
    }
    for (const [name, wanted] of own) if (!names.includes(name)) for (const each of wanted) emitter.on(name, each);
  }

  #now(): Listeners {
    const emitter = this.#emitter;
    return new Map(emitter.eventNames().map((name) => [name, emitter.rawListeners(name) as Listener[]]));
  }
}
