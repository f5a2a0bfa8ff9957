import type { Waiter } from './waiters.js';

/**
 * Tells of callers in line whose signals abort. Any number of them may wait on one signal, of a request for instance: it
 * has one listener of ours, while anybody waits on it, so that Node's warning about listeners stays the caller's own.
 */
export class AbortWatch<L> {
  readonly #aborted: (waiter: Waiter<L>, reason: unknown) => void;
  readonly #bySignal = new WeakMap<AbortSignal, Set<Waiter<L>>>();

  constructor(aborted: (waiter: Waiter<L>, reason: unknown) => void) {
    this.#aborted = aborted;
  }

  watch(waiter: Waiter<L>, signal: AbortSignal): void {
    const waiters = this.#bySignal.get(signal) ?? this.#listen(signal);
    waiters.add(waiter);
    waiter.unwatch = () => waiters.delete(waiter);
    // Between the first look at it and this one it may have aborted, and tells that no more.
    if (signal.aborted) this.#aborted(waiter, signal.reason);
  }

  #listen(signal: AbortSignal): Set<Waiter<L>> {
    const waiters = new WatchedSet<Waiter<L>>(() => {
      signal.removeEventListener('abort', onAbort);
      this.#bySignal.delete(signal);
    });
    const onAbort = (): void => {
      for (const waiter of [...waiters]) this.#aborted(waiter, signal.reason);
    };
    signal.addEventListener('abort', onAbort);
    this.#bySignal.set(signal, waiters);
    return waiters;
  }
}

/** A set that tells when its last member leaves. */
class WatchedSet<T> extends Set<T> {
  readonly #emptied: () => void;

  constructor(emptied: () => void) {
    super();
    this.#emptied = emptied;
  }

  override delete(member: T): boolean {
    const was = super.delete(member);
    if (was && this.size === 0) this.#emptied();
    return was;
  }
}
