import { performance } from 'node:perf_hooks';

/** A timer as the engine uses it; Node's own `Timeout` is one. */
export interface Timer {
  ref(): unknown;
  unref(): unknown;
}

/**
 * The engine's only source of time: a monotonic clock, in milliseconds, and timers. Tests replace it with a fake.
 * @since 0.1.0
 */
export interface Clock {
  /** Milliseconds since some fixed point; never goes back. */
  now(): number;
  /**
   * Like `now`, but cheaper: it may return an earlier reading of the same turn of the event loop. Exact enough for the
   * dates of connections, not for deadlines.
   */
  recent(): number;
  /** How long (ms) the event loop has waited for events so far, as opposed to running code. */
  idle(): number;
  setTimeout(callback: () => void, ms: number): Timer;
  clearTimeout(timer: Timer): void;
  /** Runs `callback` after the input and output that is already waiting has been handled. */
  setImmediate(callback: () => void): void;
}

/** The longest delay (ms) of a Node timer, about 25 days: setTimeout treats anything above as 1 ms. */
export const LONGEST_TIMER: number = 2 ** 31 - 1;

// Reading the clock costs a sixth of a whole loan, so one reading is shared within a turn of the event loop. It is not
// shared across turns, as the process may have been stopped for any time between two of them. The number of uses is
// limited as well, since a chain of promises can go on for any time within one turn.
const USES_PER_READING = 64;
let reading = 0;
let usesLeft = 0;
// The event loop never waits within a turn, so one reading of its idle time serves the whole turn: reading it costs more
// than queueing a caller.
let idleTime: number | undefined;
let isEndDue = false;

function recent(): number {
  if (usesLeft-- > 0) return reading;
  usesLeft = USES_PER_READING - 1;
  reading = performance.now();
  if (!isEndDue) awaitEnd();
  return reading;
}

function idle(): number {
  if (idleTime === undefined && !isEndDue) awaitEnd();
  return (idleTime ??= performance.eventLoopUtilization().idle);
}

function awaitEnd(): void {
  isEndDue = true;
  process.nextTick(endTurn);
}

function endTurn(): void {
  usesLeft = 0;
  idleTime = undefined;
  isEndDue = false;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  recent,
  idle,
  setTimeout: (callback, ms) => setTimeout(callback, Math.min(Math.ceil(ms), LONGEST_TIMER)),
  clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout),
  setImmediate: (callback) => void setImmediate(callback),
};

// A timer that fires this late (ms) shows that the event loop was blocked: the awaited answer may lie unread in a
// socket.
const LATE = 50;

/** A timer that, if it fires late itself, first lets the event loop read the answers that have already arrived. */
export function after(clock: Clock, ms: number, callback: () => void): Timer {
  const due = clock.now() + ms;
  return clock.setTimeout(() => {
    if (clock.now() - due > LATE) clock.setImmediate(callback);
    else callback();
  }, ms);
}

/** Rejects with `late()` if `work` has not settled within `ms`. What `work` settles with afterwards is ignored. */
export function within<T>(clock: Clock, ms: number, work: Promise<T>, late: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = after(clock, ms, () => reject(late()));
    work
      .then(resolve, reject)
      .finally(() => clock.clearTimeout(timer))
      .catch(reject);
  });
}
