import type { EventEmitter } from 'node:events';

type Listener = (...args: unknown[]) => void;

/**
 * The listeners that belong to a connection itself. What its borrowers add to them goes when they give it back, and what
 * they take away comes back; otherwise they would pile up with every loan.
 */
export class OwnListeners {
  readonly #emitter: EventEmitter;
  readonly #own = new Map<string | symbol, readonly Listener[]>();

  constructor(emitter: EventEmitter) {
    this.#emitter = emitter;
  }

  /** Takes those that are there now for its own. */
  adopt(): void {
    this.#own.clear();
    for (const name of this.#emitter.eventNames()) this.#own.set(name, this.#now(name));
  }

  restore(): void {
    const emitter = this.#emitter;
    const names = emitter.eventNames();
    for (const name of names) {
      const own = this.#own.get(name) ?? [];
      const now = this.#now(name);
      if (own.length === now.length && own.every((listener, index) => listener === now[index])) continue;
      for (const listener of now) if (!own.includes(listener)) emitter.removeListener(name, listener);
      for (const listener of own) if (!now.includes(listener)) emitter.on(name, listener);
    }
    if (names.length >= this.#own.size) return;
    for (const [name, own] of this.#own) if (!names.includes(name)) for (const each of own) emitter.on(name, each);
  }

  #now(name: string | symbol): Listener[] {
    return this.#emitter.rawListeners(name) as Listener[];
  }
}
