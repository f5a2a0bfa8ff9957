import { tracingChannel } from 'node:diagnostics_channel';
import type { ConnectionConfig } from './mysql2-module.js';

type Callback = (error: unknown, ...results: unknown[]) => void;

// mysql2 publishes it where its own pool hands out a connection, which ours does in its stead.
const channel = tracingChannel<unknown, object>('mysql2:pool:connect');

/** Runs `take` with its callback, between the events of `mysql2:pool:connect`. */
export function traceConnect(config: ConnectionConfig, take: (done: Callback) => void, done: Callback): void {
  const { database, host, port, socketPath } = config;
  const context = {
    database: database ?? '',
    serverAddress: socketPath ?? host ?? 'localhost',
    serverPort: socketPath === undefined ? (port ?? 3306) : undefined,
  };
  channel.traceCallback(take as (...args: unknown[]) => void, 0, context, undefined, done);
}

/** Whether anybody listens to that. */
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
