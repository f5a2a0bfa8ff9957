import { executionAsyncId } from 'node:async_hooks';

/** A timer as the engine uses it; Node's own `Timeout` is one. */
export interface Timer {
  ref(): unknown;
  unref(): unknown;
}

/**
 * The engine's only source of time: monotonic milliseconds and timers. Tests put a fake in its place.
 * @since 0.1.0
 */
export interface Clock {
  /** Milliseconds since some fixed point; never goes back. */
  now(): number;
  /**
   * The same, cheaper: within one callback of the event loop it may be an earlier reading, as no answer can have come
   * in meanwhile. Good for dates of connections, not for deadlines.
   */
  recent(): number;
  setTimeout(callback: () => void, ms: number): Timer;
  clearTimeout(timer: Timer): void;
  /** Runs `callback` after the input and output that is already waiting has been handled. */
  setImmediate(callback: () => void): void;
}

// setTimeout treats anything above 2^31-1 ms as 1 ms.
const LONGEST_TIMER = 2 ** 31 - 1;

// A reading costs as much as the rest of an acquire. Bounded, so that no chain of promises lives on one for long.
const USES_PER_READING = 32;
let reading = 0;
let readingOf = -1;
let uses = 0;

function recent(): number {
  const callback = executionAsyncId();
  if (callback !== readingOf || ++uses > USES_PER_READING) {
    readingOf = callback;
    uses = 0;
    reading = performance.now();
  }
  return reading;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  recent,
  setTimeout: (callback, ms) => setTimeout(callback, Math.min(Math.ceil(ms), LONGEST_TIMER)),
  clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout),
  setImmediate: (callback) => void setImmediate(callback),
};

/**
 * Rejects with `late()` if `work` has not settled within `ms`. What `work` does afterwards is ignored, never unhandled.
 */
export function within<T>(clock: Clock, ms: number, work: Promise<T>, late: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = clock.setTimeout(() => reject(late()), ms);
    const done = (): void => clock.clearTimeout(timer);
    work.then(resolve, reject).finally(done).catch(reject);
  });
}
