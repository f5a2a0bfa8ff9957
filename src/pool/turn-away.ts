import type { Waiter } from './wait-queue.js';

/**
 * Rejects the promise that it fulfils, so that a waiter need not keep a second function for that: a tenth of its weight.
 * A rejected promise in its place would count for a moment as one that nobody handles.
 */
class Refusal {
  readonly #error: unknown;

  constructor(error: unknown) {
    this.#error = error;
  }

  // oxlint-disable-next-line unicorn/no-thenable -- that is its purpose
  then(_fulfil: unknown, reject: (error: unknown) => void): void {
    reject(this.#error);
  }
}

/** Rejects the promise of a caller in line. */
export function turnAway<L>(waiter: Waiter<L>, error: unknown): void {
  waiter.resolve(new Refusal(error) as unknown as PromiseLike<never>);
}

/** The stack of a timer says nothing about the caller, and is most of the cost of an error. */
export function withoutStack<E>(make: () => E): E {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return make();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}
