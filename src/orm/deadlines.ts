/**
 * Bounds work that nearly always ends at once, such as an ORM's check of each connection: with one timer for all of it,
 * which is set when the first begins and not for each.
 */
export class Deadlines {
  readonly #open = new Map<(error: Error) => void, number>();
  #timer: NodeJS.Timeout | undefined;
  #dueAt = Infinity;

  /** @throws what `work` rejects with, or an error when it has not settled by `deadline` (monotonic ms) */
  within<T>(deadline: number, work: PromiseLike<T>): Promise<T> {
    if (deadline === Infinity) return Promise.resolve(work);
    return new Promise<T>((resolve, reject) => {
      this.#open.set(reject, deadline);
      if (deadline < this.#dueAt) this.#arm(deadline);
      work.then(
        (value) => {
          this.#open.delete(reject);
          resolve(value);
        },
        (error: unknown) => {
          this.#open.delete(reject);
          reject(error as Error);
        },
      );
    });
  }

  #arm(deadline: number): void {
    clearTimeout(this.#timer);
    this.#dueAt = deadline;
    const ms = Math.max(0, Math.ceil(deadline - performance.now()));
    // What it waits for keeps the process alive, or nothing does.
    this.#timer = setTimeout(() => this.#look(), Math.min(ms, 2 ** 31 - 1)).unref();
  }

  #look(): void {
    this.#dueAt = Infinity;
    const now = performance.now();
    let next = Infinity;
    for (const [reject, deadline] of this.#open) {
      if (deadline > now) {
        next = Math.min(next, deadline);
        continue;
      }
      this.#open.delete(reject);
      reject(new Error("the ORM's own check did not end in time"));
    }
    if (next < Infinity) this.#arm(next);
  }
}
