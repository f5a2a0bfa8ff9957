import { channel, tracingChannel, type Channel } from 'node:diagnostics_channel';
import type { AcquirePhase } from './errors.js';

/** Every event by name. @since 0.1.0 */
export const POOL_EVENTS = [
  'poolOpened', 'opening', 'opened', 'openFailed', 'acquired', 'waiting', 'acquireFailed', 'released', 'cleaned', 'closed',
  'evicted', 'resized', 'suspended', 'resumed', 'leakSuspected', 'leakEnded', 'poolDraining', 'poolClosing', 'poolClosed',
] as const; // prettier-ignore

/** The same type as `PoolEventName`, which is not imported since that would be a circular import. */
type EventName = (typeof POOL_EVENTS)[number];

const PREFIX = 'mysqlpool';

/**
 * The diagnostics channel of each event, `mysqlpool:acquired` and so on. All pools of the process publish on it what
 * their listeners get, with the pool itself as `pool`.
 * @since 0.1.0
 */
export const channels: Readonly<Record<EventName, Channel>> = Object.fromEntries(
  POOL_EVENTS.map((name) => [name, channel(`${PREFIX}:${name}`)]),
) as Record<EventName, Channel>;

/**
 * The context in which a waiting caller is traced, on the channels `tracing:mysqlpool:acquire:start` to `asyncEnd`. The
 * result of the trace is the lease.
 * @since 0.1.0
 */
export interface AcquireTrace {
  /** The pool itself. */
  readonly pool: object;
  readonly label: string | undefined;
  /** What the caller had to wait for when it joined the queue. */
  readonly phase: AcquirePhase;
}

/**
 * The context in which the opening of a connection is traced, on the channels `tracing:mysqlpool:open:start` to
 * `asyncEnd`.
 * @since 0.1.0
 */
export interface OpenTrace {
  readonly pool: object;
  readonly connection: number;
  /**
   * Classifies an error of this dial, as `openFailed` does: with `full` the server has no room, and callers wait on.
   */
  readonly kindOf: (error: unknown) => string;
}

/** Subscribers to a traced operation; see Node's `TracingChannel`. @since 0.1.0 */
export interface TraceSubscribers<T extends object> {
  start(message: T): void;
  end(message: T & { error?: unknown; result?: unknown }): void;
  asyncStart(message: T & { error?: unknown; result?: unknown }): void;
  asyncEnd(message: T & { error?: unknown; result?: unknown }): void;
  error(message: T & { error: unknown }): void;
}

/**
 * The part of Node's `TracingChannel` that this package uses. It is declared here because the order of that type's
 * parameters differs between the versions of Node's types.
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

/**
 * Traces calls of `acquire` that have to wait in the queue. Calls that are served at once are not traced.
 * @since 0.1.0
 */
export const acquireTrace: TraceChannel<AcquireTrace> = trace('acquire');

/** Traces the opening of connections. @since 0.1.0 */
export const openTrace: TraceChannel<OpenTrace> = trace('open');
