import type { Readable } from 'node:stream';
import type { Command, MysqlConnection } from '../mysql/driver.js';
import { QueryTimeoutError } from '../mysql/errors.js';
import { watchLimits, withoutLimits, type QueryLimits } from './limits.js';
import { sessionOf } from '../mysql/session.js';
import { placed, sendTo, type Place } from './statements.js';
import { stopCommand } from '../mysql/stop.js';

/** Options of a stream of rows. @since 0.1.0 */
export interface StreamLimits extends QueryLimits {
  /** How many unread rows are buffered before the server has to wait. @default 16 */
  readonly highWaterMark?: number | undefined;
}

/**
 * Reads the rows of a statement one by one with back-pressure: the server waits while nobody reads. When reading ends
 * early, by a `break` or an error, the statement is stopped on the server, so that the connection can be used again; if
 * it cannot be stopped, the connection is destroyed.
 */
export async function* streamRows<T>(
  connection: MysqlConnection,
  statement: unknown,
  values: unknown,
  limits: StreamLimits,
  place: Place | undefined,
): AsyncGenerator<T, void, undefined> {
  limits.signal?.throwIfAborted();
  const session = sessionOf(connection);
  const command = sendTo(connection, 'query', withoutLimits(statement), values);
  const rows = (command as Command & { stream(options: object): Readable }).stream({
    highWaterMark: limits.highWaterMark ?? 16,
  });
  let isOver = false;
  let over = (): void => undefined;
  const ended = new Promise<void>((resolve) => {
    over = (): void => {
      isOver = true;
      resolve();
    };
  });
  // After a `break` there is no other listener, and mysql2 would throw the error of the killed statement as uncaught.
  command.on('error', () => undefined);
  command.on('end', over);
  // When a connection is lost, mysql2 informs only commands with a callback, and a streamed command has none.
  const forgetLoss = session.gate.onLoss((cause) => {
    over();
    rows.destroy(cause as Error);
  });
  let isStopping = false;
  let reason: unknown;
  const stop = (): void => {
    if (!isOver && !isStopping) stopCommand(session, command, ended);
    isStopping = true;
  };
  const timedOut = (ms: number): Error => new QueryTimeoutError(session.host.pool, 'statement', ms);
  const endWatch = watchLimits(limits, timedOut, (why) => {
    reason = why;
    rows.destroy(new Error('stopped'));
    stop();
  });
  try {
    for await (const row of rows) yield row as T;
  } catch (error) {
    throw reason === undefined ? placed(error, place) : reason;
  } finally {
    endWatch();
    stop();
    if (isOver) forgetLoss();
    else void ended.then(forgetLoss);
  }
}
