const GRAIN = 10;

/** The total delay of the event loop, by which promises may settle late: nothing runs during a delay. */
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

  /** The delay since the beginning in ms, including a delay in progress. */
  get total(): number {
    return this.#total + Math.max(0, performance.now() - this.#last - GRAIN);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
