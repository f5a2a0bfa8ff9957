import type { Waiter } from './waiters.js';

/**
 * Tells of callers in line whose signals abort. Any number of them may wait on one signal, of a request for instance: it
 * has one listener of ours, while anybody waits on it, so that Node's warning about listeners stays the caller's own.
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
    // Between the first look at it and this one it may have aborted, and tells that no more.
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
