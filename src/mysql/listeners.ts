import type { EventEmitter } from 'node:events';

type Listener = (...args: unknown[]) => void;
type Listeners = ReadonlyMap<string | symbol, readonly Listener[]>;

/**
 * The listeners that belong to a connection itself. What its borrowers add to them goes when they give it back, and what
 * they take away comes back; otherwise they would pile up with every loan, or an error would be heard by nobody.
 */
export class OwnListeners {
  readonly #emitter: EventEmitter;
  /** Those of the pool, before anybody else could add any. */
  readonly #first: Listeners;
  /** Those that a clean connection has: what was done to it when it was new may have added some. */
  #own: Listeners;
  #isTouched = false;

  /** Takes those that are there now for its own. */
  constructor(emitter: EventEmitter) {
    this.#emitter = emitter;
    const touch = (): void => {
      this.#isTouched = true;
    };
    for (const event of ['newListener', 'removeListener']) emitter.on(event, touch);
    const removeAll = emitter.removeAllListeners.bind(emitter);
    emitter.removeAllListeners = (event) => {
      removeAll(event);
      // At once: an error that nobody hears would end the process.
      this.#isTouched = true;
      this.restore();
      return emitter;
    };
    this.#first = this.#own = this.#now();
  }

  /** Those that are there now shall be there whenever it is lent. */
  adopt(): void {
    if (this.#isTouched) this.#own = this.#now();
    this.#isTouched = false;
  }

  /** As they are on a clean connection. */
  restore(): void {
    if (!this.#isTouched) return;
    this.#put(this.#own);
    this.#isTouched = false;
  }

  /** As they were on the new connection: who adds more to each new one will do so again. */
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
