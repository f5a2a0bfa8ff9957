const GRAIN = 10;

/** How long the event loop was late in all: what a promise may be late for, since nobody could have settled it. */
export class LoopLag implements Disposable {
  #total = 0;
  #last = performance.now();
  readonly #timer: NodeJS.Timeout;

  constructor() {
    this.#timer = setInterval(() => {
      const now = performance.now();
      this.#total += Math.max(0, now - this.#last - GRAIN);
      this.#last = now;
    }, GRAIN);
  }

  /** Milliseconds since the beginning, what is under way included. */
  get total(): number {
    return this.#total + Math.max(0, performance.now() - this.#last - GRAIN);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
