import { channel, tracingChannel, type Channel } from 'node:diagnostics_channel';
import type { AcquirePhase } from './errors.js';

/** Every event by name. @since 0.1.0 */
export const POOL_EVENTS = [
  'poolOpened', 'opening', 'opened', 'openFailed', 'acquired', 'waiting', 'acquireFailed', 'released', 'cleaned', 'closed',
  'evicted', 'resized', 'suspended', 'resumed', 'leakSuspected', 'leakEnded', 'poolDraining', 'poolClosing', 'poolClosed',
] as const; // prettier-ignore

/** Not `PoolEventName`, which is the same: that would be a circle of imports. */
type EventName = (typeof POOL_EVENTS)[number];

const PREFIX = 'mysqlpool';

/**
 * The channel of each event, `mysqlpool:acquired` and so on: all pools of the process publish there what their listeners
 * hear, with the pool itself as `pool`.
 * @since 0.1.0
 */
export const channels: Readonly<Record<EventName, Channel>> = Object.fromEntries(
  POOL_EVENTS.map((name) => [name, channel(`${PREFIX}:${name}`)]),
) as Record<EventName, Channel>;

/**
 * What a caller in line is traced with: `tracing:mysqlpool:acquire:start` to `asyncEnd`. Its result is the lease.
 * @since 0.1.0
 */
export interface AcquireTrace {
  /** The pool itself. */
  readonly pool: object;
  readonly label: string | undefined;
  /** What the caller had to wait for when it got in line. */
  readonly phase: AcquirePhase;
}

/** What the opening of a connection is traced with: `tracing:mysqlpool:open:start` to `asyncEnd`. @since 0.1.0 */
export interface OpenTrace {
  readonly pool: object;
  readonly connection: number;
  /** Of which kind an error of it is, as in `openFailed`: with `full` the server has no room, and callers go on waiting. */
  readonly kindOf: (error: unknown) => string;
}

/** What hears of an operation that is traced; see Node's `TracingChannel`. @since 0.1.0 */
export interface TraceSubscribers<T extends object> {
  start(message: T): void;
  end(message: T & { error?: unknown; result?: unknown }): void;
  asyncStart(message: T & { error?: unknown; result?: unknown }): void;
  asyncEnd(message: T & { error?: unknown; result?: unknown }): void;
  error(message: T & { error: unknown }): void;
}

/**
 * A `TracingChannel` of Node's, as far as we use it: the order of that type's parameters differs between the versions of
 * Node's types.
 * @since 0.1.0
 */
export interface TraceChannel<T extends object> {
  readonly start: Channel;
  readonly end: Channel;
  readonly asyncStart: Channel;
  readonly asyncEnd: Channel;
  readonly error: Channel;
  readonly hasSubscribers: boolean;
  subscribe(subscribers: Partial<TraceSubscribers<T>>): void;
  unsubscribe(subscribers: Partial<TraceSubscribers<T>>): void;
  tracePromise<R>(fn: () => Promise<R>, context: T): Promise<R>;
}

const trace = <T extends object>(name: string): TraceChannel<T> =>
  tracingChannel(`${PREFIX}:${name}`) as unknown as TraceChannel<T>;

/** Calls of `acquire` that have to get in line; the others are not traced. @since 0.1.0 */
export const acquireTrace: TraceChannel<AcquireTrace> = trace('acquire');

/** Connections that are being opened. @since 0.1.0 */
export const openTrace: TraceChannel<OpenTrace> = trace('open');
