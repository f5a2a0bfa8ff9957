import type { Waiter } from './waiters.js';

/**
 * Reports when the signals of waiting callers abort. Any number of callers may wait on one signal, for instance that of
 * an HTTP request: the signal has a single listener from here, and only while somebody waits on it, so that the pool
 * never causes Node's warning about too many listeners.
 */
export class AbortWatch<L> {
  readonly #aborted: (waiter: Waiter<L>, reason: unknown) => void;
  readonly #bySignal = new WeakMap<AbortSignal, { readonly waiters: Set<Waiter<L>>; readonly onAbort: () => void }>();

  constructor(aborted: (waiter: Waiter<L>, reason: unknown) => void) {
    this.#aborted = aborted;
  }

  watch(waiter: Waiter<L>, signal: AbortSignal): void {
    const { waiters, onAbort } = this.#bySignal.get(signal) ?? this.#know(signal);
    if (waiters.size === 0) signal.addEventListener('abort', onAbort);
    waiters.add(waiter);
    waiter.unwatch = () => {
      if (waiters.delete(waiter) && waiters.size === 0) signal.removeEventListener('abort', onAbort);
    };
    // The signal may have aborted since `acquire` checked it, and then it fires no further event.
    if (signal.aborted) this.#aborted(waiter, signal.reason);
  }

  #know(signal: AbortSignal): { readonly waiters: Set<Waiter<L>>; readonly onAbort: () => void } {
    const waiters = new Set<Waiter<L>>();
    const onAbort = (): void => {
      for (const waiter of [...waiters]) this.#aborted(waiter, signal.reason);
    };
    const known = { waiters, onAbort };
    this.#bySignal.set(signal, known);
    return known;
  }
}
