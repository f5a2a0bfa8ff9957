import { setMaxListeners } from 'node:events';
import type { Waiter } from './wait-queue.js';

/** Tells of callers in line whose signals abort. */
export class AbortWatch<L> {
  readonly #aborted: (waiter: Waiter<L>, reason: unknown) => void;

  constructor(aborted: (waiter: Waiter<L>, reason: unknown) => void) {
    this.#aborted = aborted;
  }

  watch(waiter: Waiter<L>, signal: AbortSignal): void {
    const onAbort = (): void => this.#aborted(waiter, signal.reason);
    // Any number of callers may wait on one signal, of a request for instance; Node would warn from the 11th on.
    setMaxListeners(0, signal);
    signal.addEventListener('abort', onAbort);
    waiter.unwatch = () => signal.removeEventListener('abort', onAbort);
  }
}
