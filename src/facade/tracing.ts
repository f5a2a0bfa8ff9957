import { tracingChannel } from 'node:diagnostics_channel';
import type { ConnectionConfig } from './mysql2-module.js';

type Callback = (error: unknown, ...results: unknown[]) => void;

// mysql2 publishes it where its own pool hands out a connection, which ours does in its stead.
const channel = tracingChannel<unknown, object>('mysql2:pool:connect');

/** Runs `take` with its callback, between the events of `mysql2:pool:connect` if anybody listens. */
export function traceConnect(config: ConnectionConfig, take: (done: Callback) => void, done: Callback): void {
  if (!hasListeners()) {
    take(done);
    return;
  }
  const { database, host, port, socketPath } = config;
  const context = {
    database: database ?? '',
    serverAddress: socketPath ?? host ?? 'localhost',
    serverPort: socketPath === undefined ? (port ?? 3306) : undefined,
  };
  channel.traceCallback(take as (...args: unknown[]) => void, 0, context, undefined, done);
}

function hasListeners(): boolean {
  const { start, end, asyncStart, asyncEnd, error } = channel;
  return [start, end, asyncStart, asyncEnd, error].some((each) => each.hasSubscribers);
}
