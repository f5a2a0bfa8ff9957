import { internals, type Command, type MysqlConnection } from './driver.js';

type Packet = object | undefined;
export type Take = (packet: Packet, connection: MysqlConnection) => unknown;

/**
 * How mysql2 runs a command: `next` starts it, and is then called with each packet and returns the handler of the
 * following one, until there is none.
 */
export interface Executable extends Command {
  next: Take | null;
  start: Take;
  execute(packet: Packet, connection: MysqlConnection): boolean;
}

interface QueryMaker {
  createQuery?(sql: string, done: () => void, none: undefined, config: object): Executable;
}

/**
 * Wraps a ping or reset that the pool sends in a Query command. V8 optimises the reading of rows for the few command
 * classes that connections have run: once a connection has run a command of another class, reading rows becomes slower
 * in the whole process.
 */
export function asQuery(connection: MysqlConnection, command: Command): Command {
  const maker = connection.constructor as QueryMaker;
  if (typeof command.sql === 'string' || maker.createQuery === undefined) return command;
  const inside = internals(connection);
  const inner = command as Executable;
  const query = maker.createQuery('', () => undefined, undefined, inside.config);
  // Marks the command as not being a statement.
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
