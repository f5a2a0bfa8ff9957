import type { MysqlLease } from '../api/index.js';
import { AT_ONCE, type Borrowed, type BorrowOptions } from './lender.js';
import type { BasePoolConnection, ConnectionConfig, CoreModule, Query } from './mysql2-module.js';

type Callback = (error: unknown, rows?: unknown, fields?: unknown) => void;

/** Where a statement gets its connection from: a pool, or a part of a cluster. */
export interface Source {
  readonly config: { readonly connectionConfig: ConnectionConfig };
  borrow(done: Borrowed, options: BorrowOptions): void;
}

/** `pool.query`: the command is there at once, for its events and its stream, and runs when there is a connection. */
export function runQuery(core: CoreModule, pool: Source, sql: unknown, values: unknown, callback: unknown): Query {
  const { connectionConfig } = pool.config;
  const command = core.createQuery(sql, values, callback, connectionConfig);
  command.namedPlaceholders ??= connectionConfig.namedPlaceholders;
  const stream = command.onResult === undefined ? watchStream(command) : undefined;
  pool.borrow((error, connection, lease) => {
    if (error) fail(command, error);
    else if (stream?.isClosed === true) lease!.release();
    else send(command, connection!, lease!, stream);
  }, AT_ONCE);
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

function send(
  command: Query,
  connection: BasePoolConnection,
  lease: MysqlLease,
  stream: WatchedStream | undefined,
): void {
  const { onResult } = command;
  if (onResult !== undefined) command.onResult = givingBack(lease, onResult);
  try {
    connection.query(command as never);
    if (onResult === undefined) whenOver(command, stream, lease);
  } catch (error) {
    lease.release();
    // Whoever has called may not have had the time to listen yet.
    process.nextTick(fail, command, error, onResult);
  }
}

function whenOver(command: Query, stream: WatchedStream | undefined, lease: MysqlLease): void {
  // mysql2 takes a command off only after its events: before the next tick the connection would look busy.
  const later = (): void => process.nextTick(() => lease.release());
  command.once('end', later);
  if (stream === undefined) return;
  stream.onClose = later;
  command.once('error', later);
}

/** Before the callback, so that the next statement in it finds the connection free. Once: a late answer is no answer. */
function givingBack(lease: MysqlLease, callback: Callback): Callback {
  let isAnswered = false;
  return (error, rows, fields) => {
    if (isAnswered) return;
    isAnswered = true;
    lease.release();
    callback(error, rows, fields);
  };
}

function fail(command: Query, error: unknown, onResult: Callback | undefined = command.onResult): void {
  if (onResult === undefined) command.emit('error', error);
  else onResult(error);
}

/** `pool.execute`: as in mysql2, it gives nothing back, and its answer goes to the callback. */
export function runExecute(pool: Source, sql: unknown, values: unknown, callback: unknown): void {
  const [parameters, done = raise] = (typeof values === 'function' ? [undefined, values] : [values, callback]) as [
    unknown,
    Callback | undefined,
  ];
  pool.borrow((error, connection, lease) => {
    if (error) {
      done(error);
      return;
    }
    try {
      connection!.execute(sql as string, parameters as never, givingBack(lease!, done) as never);
    } catch (thrown) {
      lease!.release();
      process.nextTick(done, thrown);
    }
  }, AT_ONCE);
}

/** Without a callback an error is nobody's, and must not be lost. */
function raise(error: unknown): void {
  if (error) throw error as Error;
}
