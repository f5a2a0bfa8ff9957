/** The present state of a promise, without awaiting it. */
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

  /** The value that the promise resolved with. Throws if it has not resolved. */
  get value(): T {
    if (this.state === 'resolved') return this.#value as T;
    throw new Error(`the promise is ${this.state}`, { cause: this.#error });
  }

  /** The error that the promise rejected with. Throws if it has not rejected. */
  get error(): Error & { readonly code?: string } {
    if (this.state === 'rejected') return this.#error as Error;
    throw new Error(`the promise is ${this.state}`);
  }
}

export const watch = <T>(promise: Promise<T>): Outcome<T> => new Outcome(promise);
