import { LONGEST_TIMER } from '../pool/clock.js';

interface Limit {
  readonly deadline: number;
  readonly late: () => Error;
}

/**
 * Time limits for work that almost always ends quickly, such as an ORM's check of each connection. All of it shares one
 * timer, which is not restarted for each piece of work.
 */
export class Deadlines {
  readonly #open = new Map<(error: Error) => void, Limit>();
  #timer: NodeJS.Timeout | undefined;
  #dueAt = Infinity;

  /**
   * @throws what `work` rejects with, or the error that `late` returns if it has not settled by `deadline` (monotonic
   * ms)
   */
  within<T>(deadline: number, work: PromiseLike<T>, late: () => Error): Promise<T> {
    if (deadline === Infinity) return Promise.resolve(work);
    return new Promise<T>((resolve, reject) => {
      this.#open.set(reject, { deadline, late });
      if (deadline < this.#dueAt) this.#arm(deadline);
      // While somebody waits, the timer keeps the process alive, even if nothing else does; afterwards it no longer
      // does.
      if (this.#open.size === 1) this.#timer!.ref();
      work.then(
        (value) => {
          this.#close(reject);
          resolve(value);
        },
        (error: unknown) => {
          this.#close(reject);
          reject(error as Error);
        },
      );
    });
  }

  #close(reject: (error: Error) => void): void {
    if (this.#open.delete(reject) && this.#open.size === 0) this.#timer?.unref();
  }

  #arm(deadline: number): void {
    clearTimeout(this.#timer);
    this.#dueAt = deadline;
    const ms = Math.max(0, Math.ceil(deadline - performance.now()));
    this.#timer = setTimeout(() => this.#look(), Math.min(ms, LONGEST_TIMER));
  }

  #look(): void {
    this.#dueAt = Infinity;
    const now = performance.now();
    let next = Infinity;
    for (const [reject, { deadline, late }] of this.#open) {
      if (deadline > now) {
        next = Math.min(next, deadline);
        continue;
      }
      this.#open.delete(reject);
      reject(late());
    }
    if (next < Infinity) this.#arm(next);
  }
}
