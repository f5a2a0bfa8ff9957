import { tracingChannel } from 'node:diagnostics_channel';
import type { ConnectionConfig } from './mysql2-module.js';

type Callback = (error: unknown, ...results: unknown[]) => void;

// mysql2 publishes to this channel where its own pool hands out a connection, which our pool replaces.
const channel = tracingChannel<unknown, object>('mysql2:pool:connect');

/** Runs `take` as a traced operation of the channel `mysql2:pool:connect`. */
export function traceConnect(config: ConnectionConfig, take: (done: Callback) => void, done: Callback): void {
  const { database, host, port, socketPath } = config;
  const context = {
    database: database ?? '',
    serverAddress: socketPath ?? host ?? 'localhost',
    serverPort: socketPath === undefined ? (port ?? 3306) : undefined,
  };
  channel.traceCallback(take as (...args: unknown[]) => void, 0, context, undefined, done);
}

/** Whether the channel has subscribers. */
export function isTraced(): boolean {
  const { start, end, asyncStart, asyncEnd, error } = channel;
  return (
    start.hasSubscribers ||
    end.hasSubscribers ||
    asyncStart.hasSubscribers ||
    asyncEnd.hasSubscribers ||
    error.hasSubscribers
  );
}
