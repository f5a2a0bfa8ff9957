import type { FieldPacket, QueryOptions, QueryResult } from 'mysql2';
import { kindOf, type Lease } from '../pool/index.js';
import { internals, type Command, type MysqlConnection } from '../mysql/driver.js';
import { errnoOf, isLost } from '../session/index.js';
import { QueryTimeoutError } from '../mysql/errors.js';
import { watchLimits, withoutLimits, type QueryLimits } from './limits.js';
import { sessionOf } from '../mysql/session.js';
import { stopCommand } from '../mysql/stop.js';

/** mysql2's options of one statement, with a `signal` beside its `timeout`. @since 0.1.0 */
export interface StatementOptions extends QueryOptions {
  readonly signal?: AbortSignal | undefined;
}

/** The result of a statement, in the shape of mysql2's promise API. @since 0.1.0 */
export type Answer<T> = [T, FieldPacket[]];

/** `query` uses the text protocol; `execute` prepares the statement once per connection and then runs it by its id. */
export type Method = 'query' | 'execute';

type Callback = (error: unknown, rows?: unknown, fields?: unknown) => void;
type Send = (statement: unknown, values: unknown, done?: Callback) => Command;

/** Where a call was made. */
export interface Place {
  readonly stack?: string;
}

/** Captures the call site as cheaply as possible; the stack text is built only if an error has to show it. */
export function placeOf<T extends object>(owner: T, method: keyof T): Place {
  const place = {};
  // Frames above that method are left out of the stack.
  Error.captureStackTrace(place, owner[method] as (...args: never[]) => unknown);
  return place;
}

/** Whether call sites are captured: mysql2's option `trace: false` saves that cost. */
export function tracesOn(connection: MysqlConnection): boolean {
  return internals(connection).config.trace !== false;
}

/** Gives an error that was created when the answer arrived the stack of the caller. */
export function placed(error: unknown, place: Place | undefined): unknown {
  if (error instanceof Error && typeof place?.stack === 'string') {
    const lines = place.stack.split('\n');
    lines[0] = `${error.name}: ${error.message}`;
    error.stack = lines.join('\n');
  }
  return error;
}

/** The lease through which a statement is sent. */
export interface Loan extends Pick<Lease<MysqlConnection>, 'active' | 'wasCutOff' | 'endedError'> {
  /** Whether the lease ended because its connection was lost. */
  readonly isLost: boolean;
}

/**
 * If the lease was ended while the statement ran, that destroyed the connection: report the end of the lease then, not
 * a network error.
 */
function explained(error: unknown, lease: Loan | undefined): unknown {
  if (lease === undefined || lease.active) return error;
  if (!isLost(error)) return error;
  if (lease.wasCutOff) return lease.endedError();
  return lease.isLost || errnoOf(error) !== undefined ? error : lease.endedError(error);
}

/** Sends a statement and resolves with mysql2's result. */
export function runStatement<T extends QueryResult>(
  connection: MysqlConnection,
  method: Method,
  statement: unknown,
  values: unknown,
  limits: QueryLimits | undefined,
  place: Place | undefined,
  lease?: Loan,
): Promise<Answer<T>> {
  return new Promise<Answer<T>>((resolve, reject) => {
    const done: Callback = (error, rows, fields) => {
      if (error) reject(placed(explained(error, lease), place) as Error);
      else resolve([rows, fields] as Answer<T>);
    };
    if (limits === undefined) sendTo(connection, method, statement, values, done);
    else runWithin(connection, method, withoutLimits(statement), values, limits, done);
  });
}

/** mysql2 distinguishes between an argument that is undefined and one that is missing. */
export function sendTo(
  connection: MysqlConnection,
  method: Method,
  statement: unknown,
  values: unknown,
  done?: Callback,
): Command {
  checkCall(method, statement, values);
  const send = connection[method] as unknown as Send;
  if (values !== undefined) return send.call(connection, statement, values, done);
  return (send as (statement: unknown, done?: Callback) => Command).call(connection, statement, done);
}

/**
 * Checked here, because mysql2 closes the connection when the statement is not a string, and with a function as the
 * values the promise would never settle. A pool checks it before it asks for a connection as well, so that the mistake
 * is told also when there is none.
 * @throws TypeError
 */
export function checkCall(method: Method | 'stream', statement: unknown, values: unknown): void {
  const isObject = typeof statement === 'object' && statement !== null;
  const sql: unknown = isObject ? (statement as { sql?: unknown }).sql : statement;
  if (typeof sql !== 'string') {
    const got = isObject ? `an object with sql: ${kindOf(sql)}` : kindOf(statement);
    throw new TypeError(`${method}: expected SQL as a text or { sql }, got ${got}`);
  }
  if (typeof values === 'function') {
    throw new TypeError(`${method}: expected values, got a function; it takes no callback: await what it returns`);
  }
}

/**
 * Refuses what mysql2 refuses when it sends a prepared statement, in its words, for a pool that has no connection yet.
 * @throws TypeError
 */
export function checkBound(statement: unknown, values: unknown): void {
  const bound = values ?? (statement as { readonly values?: unknown }).values;
  if (Array.isArray(bound) && bound.some((value) => value === undefined))
    throw new TypeError('Bind parameters must not contain undefined. To pass SQL NULL specify JS null');
}

/** Calls `done` exactly once: with the answer, or with the reason when a limit is reached first. */
function runWithin(
  connection: MysqlConnection,
  method: Method,
  statement: unknown,
  values: unknown,
  limits: QueryLimits,
  done: Callback,
): void {
  if (limits.signal?.aborted === true) {
    done(limits.signal.reason);
    return;
  }
  const session = sessionOf(connection);
  let isStopping = false;
  let isOver = false;
  let endWatch = (): void => undefined;
  let markEnded = (): void => undefined;
  const ended = new Promise<void>((resolve) => (markEnded = resolve));
  const command = sendTo(connection, method, statement, values, (error, rows, fields) => {
    isOver = true;
    endWatch();
    markEnded();
    if (!isStopping) done(error, rows, fields);
  });
  // A command that could not be sent has been answered synchronously.
  if (isOver) return;
  const timedOut = (ms: number): Error => new QueryTimeoutError(session.host.pool, 'statement', ms);
  endWatch = watchLimits(limits, timedOut, (reason) => {
    isStopping = true;
    stopCommand(session, command, ended);
    done(reason);
  });
}
