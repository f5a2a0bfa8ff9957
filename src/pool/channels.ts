import { channel, tracingChannel, type Channel, type TracingChannel } from 'node:diagnostics_channel';
import type { AcquirePhase } from './errors.js';

/** Every event by name. @since 0.1.0 */
export const POOL_EVENTS = [
  'poolOpened',
  'opening',
  'opened',
  'openFailed',
  'acquired',
  'waiting',
  'acquireFailed',
  'released',
  'cleaned',
  'closed',
  'evicted',
  'resized',
  'suspended',
  'resumed',
  'leakSuspected',
  'leakEnded',
  'poolClosing',
  'poolClosed',
] as const;

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
}

/** Calls of `acquire` that have to get in line; the others are not traced. @since 0.1.0 */
export const acquireTrace: TracingChannel<unknown, AcquireTrace> = tracingChannel(`${PREFIX}:acquire`);

/** Connections that are being opened. @since 0.1.0 */
export const openTrace: TracingChannel<unknown, OpenTrace> = tracingChannel(`${PREFIX}:open`);
