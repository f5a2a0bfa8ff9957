import type { BasePoolConnection, ConnectionConfig, CoreModule, Query } from './mysql2-module.js';

type Callback = (error: unknown, rows?: unknown, fields?: unknown) => void;

/** Where a statement gets its connection from: a pool, or a part of a cluster. */
export interface Source {
  readonly config: { readonly connectionConfig: ConnectionConfig };
  getConnection(done: (error: unknown, connection?: BasePoolConnection) => void): void;
}

/** `pool.query`: the command is there at once, for its events and its stream, and runs when there is a connection. */
export function runQuery(core: CoreModule, pool: Source, sql: unknown, values: unknown, callback: unknown): Query {
  const { connectionConfig } = pool.config;
  const command = core.createQuery(sql, values, callback, connectionConfig);
  command.namedPlaceholders ??= connectionConfig.namedPlaceholders;
  const stream = watchStream(command);
  pool.getConnection((error, connection) => {
    if (error) fail(command, error);
    else if (stream.isClosed) connection!.release();
    else send(command, connection!, stream);
  });
  return command;
}

interface WatchedStream {
  /** Nobody reads it any more. */
  isClosed: boolean;
  onClose: (() => void) | undefined;
}

/** A stream that is broken off must not keep its connection: mysql2 reads all the rest of it. */
function watchStream(command: Query): WatchedStream {
  const watched: WatchedStream = { isClosed: false, onClose: undefined };
  const stream = command.stream.bind(command);
  command.stream = (options) => {
    const rows = stream(options);
    rows.once('close', () => {
      watched.isClosed = true;
      watched.onClose?.();
    });
    return rows;
  };
  return watched;
}

function send(command: Query, connection: BasePoolConnection, stream: WatchedStream): void {
  const giveBack = once(() => connection.release());
  const { onResult } = command;
  // mysql2 takes a command off only after its events, so before the next tick the connection would look busy.
  const later = (): void => process.nextTick(giveBack);
  stream.onClose = later;
  command.once('end', later);
  if (onResult === undefined) command.once('error', later);
  else command.onResult = givingBack(giveBack, onResult);
  try {
    connection.query(command as never);
  } catch (error) {
    giveBack();
    fail(command, error, onResult);
  }
}

/** Before the callback, so that the next statement in it finds the connection free. Once: a late answer is no answer. */
function givingBack(giveBack: () => void, callback: Callback): Callback {
  let isAnswered = false;
  return (error, rows, fields) => {
    if (isAnswered) return;
    isAnswered = true;
    giveBack();
    callback(error, rows, fields);
  };
}

function fail(command: Query, error: unknown, onResult: Callback | undefined = command.onResult): void {
  if (onResult === undefined) command.emit('error', error);
  else onResult(error);
}

/** `pool.execute`. */
export function runExecute(pool: Source, sql: unknown, values: unknown, callback: unknown): undefined {
  const done = (typeof values === 'function' ? values : callback) as Callback;
  const parameters = typeof values === 'function' ? undefined : values;
  pool.getConnection((error, connection) => {
    if (error) {
      done(error);
      return;
    }
    const giveBack = once(() => connection!.release());
    try {
      connection!.execute(sql as string, parameters as never, givingBack(giveBack, done) as never);
    } catch (thrown) {
      giveBack();
      done(thrown);
    }
  });
}

function once(fn: () => void): () => void {
  let isDone = false;
  return () => {
    if (isDone) return;
    isDone = true;
    fn();
  };
}
