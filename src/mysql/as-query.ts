import { internals, type Command, type MysqlConnection } from './driver.js';

type Packet = object | undefined;
export type Take = (packet: Packet, connection: MysqlConnection) => unknown;

/** What mysql2 does with a command: `next` begins it, and then takes one packet after the other, until there is none. */
export interface Executable extends Command {
  next: Take | null;
  start: Take;
  execute(packet: Packet, connection: MysqlConnection): boolean;
}

interface QueryMaker {
  createQuery?(sql: string, done: () => void, none: undefined, config: object): Executable;
}

/**
 * A ping or a reset of the pool's own in the shape of a query. V8 compiles the reading of rows for the few kinds of commands
 * that a connection has carried out: after one of another class it is slower for the whole process.
 */
export function asQuery(connection: MysqlConnection, command: Command): Command {
  const maker = connection.constructor as QueryMaker;
  if (typeof command.sql === 'string' || maker.createQuery === undefined) return command;
  const inside = internals(connection);
  const inner = command as Executable;
  const query = maker.createQuery('', () => undefined, undefined, inside.config);
  // It is no statement.
  query.sql = undefined;
  query.onResult = inner.onResult;
  inner.onResult = (...answer) => query.onResult?.(...answer);
  const step: Take = (packet) => {
    inner.next = inner.next!(packet, connection) as Take | null;
    return inner.next ? step : null;
  };
  query.next = (packet) => {
    inside.sequenceId = 0;
    inner.next = inner.start(packet, connection) as Take | null;
    return inner.next ? step : null;
  };
  return query;
}
