import { performance } from 'node:perf_hooks';

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
   * The same, cheaper: it may be an earlier reading of the same turn of the event loop. Good for dates of connections, not
   * for deadlines.
   */
  recent(): number;
  /** Grows by a ms for each ms in which the event loop was busy, not waiting for anything. */
  busy(): number;
  setTimeout(callback: () => void, ms: number): Timer;
  clearTimeout(timer: Timer): void;
  /** Runs `callback` after the input and output that is already waiting has been handled. */
  setImmediate(callback: () => void): void;
}

// setTimeout treats anything above 2^31-1 ms as 1 ms.
const LONGEST_TIMER = 2 ** 31 - 1;

// A reading costs a sixth of a whole loan, so one is shared within a turn of the event loop, and no longer: between two
// turns the process may have stood still for any time. Bounded as well, since a chain of promises never ends its turn.
const USES_PER_READING = 64;
let reading = 0;
let usesLeft = 0;
// For how long the loop has waited so far. Within a turn it never waits, and to ask costs more than a caller in line does.
let idle: number | undefined;
let ends = false;

function recent(): number {
  if (usesLeft-- > 0) return reading;
  usesLeft = USES_PER_READING - 1;
  reading = performance.now();
  if (!ends) awaitEnd();
  return reading;
}

function busy(): number {
  if (idle === undefined) {
    idle = performance.eventLoopUtilization().idle;
    if (!ends) awaitEnd();
  }
  return performance.now() - idle;
}

function awaitEnd(): void {
  ends = true;
  process.nextTick(endTurn);
}

function endTurn(): void {
  usesLeft = 0;
  idle = undefined;
  ends = false;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  recent,
  busy,
  setTimeout: (callback, ms) => setTimeout(callback, Math.min(Math.ceil(ms), LONGEST_TIMER)),
  clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout),
  setImmediate: (callback) => void setImmediate(callback),
};

// A timer this late means that the loop was blocked: what it waits for may lie unread in a socket.
const LATE = 50;

/** A timer that, when it is late itself, lets the answers that are already there come first. */
export function after(clock: Clock, ms: number, callback: () => void): Timer {
  const due = clock.now() + ms;
  return clock.setTimeout(() => {
    if (clock.now() - due > LATE) clock.setImmediate(callback);
    else callback();
  }, ms);
}

/** Rejects with `late()` if `work` has not settled within `ms`. What comes of it afterwards is ignored. */
export function within<T>(clock: Clock, ms: number, work: Promise<T>, late: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = after(clock, ms, () => reject(late()));
    work
      .then(resolve, reject)
      .finally(() => clock.clearTimeout(timer))
      .catch(reject);
  });
}
