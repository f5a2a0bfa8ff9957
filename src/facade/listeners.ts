import type { EventEmitter } from 'node:events';

type Listener = (...args: unknown[]) => void;

/**
 * The listeners that belong to a connection itself. What its borrowers add to them goes when they give it back, and what
 * they take away comes back; otherwise they would pile up with every loan.
 */
export class OwnListeners {
  readonly #emitter: EventEmitter;
  readonly #own = new Map<string | symbol, readonly Listener[]>();
  #isTouched = false;

  constructor(emitter: EventEmitter) {
    this.#emitter = emitter;
  }

  /** Takes those that are there now for its own. To be called once. */
  adopt(): void {
    const touch = (): void => {
      this.#isTouched = true;
    };
    for (const event of ['newListener', 'removeListener']) this.#emitter.on(event, touch);
    for (const name of this.#emitter.eventNames()) this.#own.set(name, this.#now(name));
  }

  restore(): void {
    if (!this.#isTouched) return;
    const emitter = this.#emitter;
    const names = emitter.eventNames();
    for (const name of names) {
      const own = this.#own.get(name) ?? [];
      const now = this.#now(name);
      if (own.length === now.length && own.every((listener, index) => listener === now[index])) continue;
      for (const listener of now) if (!own.includes(listener)) emitter.removeListener(name, listener);
      for (const listener of own) if (!now.includes(listener)) emitter.on(name, listener);
    }
    for (const [name, own] of this.#own) if (!names.includes(name)) for (const each of own) emitter.on(name, each);
    this.#isTouched = false;
  }

  #now(name: string | symbol): Listener[] {
    return this.#emitter.rawListeners(name) as Listener[];
  }
}
