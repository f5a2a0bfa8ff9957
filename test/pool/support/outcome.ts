/** What has become of a promise so far, without waiting for it. */
export class Outcome<T> {
  state: 'pending' | 'resolved' | 'rejected' = 'pending';
  #value: T | undefined;
  #error: unknown;

  constructor(promise: Promise<T>) {
    promise.then(
      (value) => {
        this.state = 'resolved';
        this.#value = value;
      },
      (error: unknown) => {
        this.state = 'rejected';
        this.#error = error;
      },
    );
  }

  /** What it resolved with; throws when it has not. */
  get value(): T {
    if (this.state === 'resolved') return this.#value as T;
    throw new Error(`the promise is ${this.state}`, { cause: this.#error });
  }

  /** What it rejected with; throws when it has not. */
  get error(): Error & { readonly code?: string } {
    if (this.state === 'rejected') return this.#error as Error;
    throw new Error(`the promise is ${this.state}`);
  }
}

export const watch = <T>(promise: Promise<T>): Outcome<T> => new Outcome(promise);
