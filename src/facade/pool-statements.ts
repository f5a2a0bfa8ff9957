import type { MysqlLease } from '../api/index.js';
import { AT_ONCE, type Borrowed, type BorrowOptions } from './callback-pool.js';
import type { BasePoolConnection, ConnectionConfig, CoreModule, Query } from './mysql2-module.js';

type Callback = (error: unknown, rows?: unknown, fields?: unknown) => void;

/** What a statement borrows its connection from: a pool, or a namespace of a cluster. */
export interface Source {
  readonly config: { readonly connectionConfig: ConnectionConfig };
  borrow(done: Borrowed, options: BorrowOptions): void;
}

/**
 * `pool.query`: returns the command at once, for its events and its stream; it runs when a connection has been
 * borrowed.
 */
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
  /** The stream was closed by its reader. */
  isClosed: boolean;
  onClose: (() => void) | undefined;
}

/**
 * Watches for a reader that stops early: the connection must be released then, although mysql2 goes on to read the rest
 * of the rows.
 */
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
    // The caller may not have attached its listeners yet.
    process.nextTick(fail, command, error, onResult);
  }
}

function whenOver(command: Query, stream: WatchedStream | undefined, lease: MysqlLease): void {
  // mysql2 removes a command from its queue only after the events: until the next tick the connection would look busy.
  const later = (): void => process.nextTick(() => lease.release());
  command.once('end', later);
  if (stream === undefined) return;
  stream.onClose = later;
  command.once('error', later);
}

/**
 * Releases the connection before the callback runs, so that the next statement in it finds the connection idle. Only
 * once: a second call is ignored.
 */
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

/** `pool.execute`: returns nothing, as in mysql2; the result goes to the callback. */
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

/** Without a callback nobody would see the error, so it is thrown. */
function raise(error: unknown): void {
  if (error) throw error as Error;
}
