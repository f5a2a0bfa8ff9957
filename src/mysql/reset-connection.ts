import { internals, type Command, type MysqlConnection } from './driver.js';

const COM_RESET_CONNECTION = 0x1f;
/** The position of the command code in a packet: after the length and the sequence number. */
const CODE = 4;

interface Packet {
  readonly buffer: Buffer;
}

/** A command of mysql2 that the server answers with a plain OK. */
interface Ping extends Command {
  start: (packet: unknown, connection: Writing) => unknown;
}

interface Writing {
  readonly writePacket: (packet: Packet) => void;
}

/**
 * Adds the `reset` that mysql2 has since 3.22 to a connection of an older version. Using `changeUser` instead would
 * need the password, which may have expired, and an exchange of packets that cannot be pipelined with other commands.
 */
export function addReset(connection: MysqlConnection): void {
  if ((connection as { readonly reset?: unknown }).reset !== undefined) return;
  connection.reset = (done) => {
    const answered = (error: unknown): void => {
      // The server has dropped the prepared statements.
      if (!error) (internals(connection)._statements as { clear(): void }).clear();
      done?.(error as Parameters<NonNullable<typeof done>>[0]);
    };
    const command = pingOf(connection, answered, Reflect.getPrototypeOf(connection) as MysqlConnection)!;
    const { start } = command;
    command.start = (packet, { writePacket }) => start.call(command, packet, asReset(connection, writePacket));
    internals(connection).addCommand(command);
  };
}

/**
 * Creates a ping command of the connection's own copy of mysql2 without sending it; undefined if somebody has wrapped
 * `ping` so that it is sent at once. The command is collected through a stand-in object. An object that inherits from
 * the connection would work as well, but would make V8 treat the connection as a prototype, and slow down everything
 * done with it.
 */
export function pingOf(
  connection: MysqlConnection,
  done: (error: unknown) => void,
  from: Pick<MysqlConnection, 'ping'> = connection,
): Ping | undefined {
  let command: Command | undefined;
  const collector = { addCommand: (made: Command): Command => (command = made) };
  from.ping.call(collector as unknown as MysqlConnection, done);
  return command as Ping | undefined;
}

/**
 * A stand-in for the connection, with the one method that a ping uses; it turns the written packet into a
 * COM_RESET_CONNECTION.
 */
function asReset(connection: MysqlConnection, writePacket: Writing['writePacket']): Writing {
  return {
    writePacket: (packet) => {
      packet.buffer[CODE] = COM_RESET_CONNECTION;
      writePacket.call(connection, packet);
    },
  };
}

/** Is told of commands that change the session without being statements. */
interface ResetWatcher {
  /** Returns false for the pool's own reset, for which `sent` is not called. */
  sending(how: 'reset' | 'changeUser'): boolean;
  sent(): void;
}

/** Reports every reset and every change of user on the connection. */
export function watchResets(connection: MysqlConnection, watcher: ResetWatcher): void {
  for (const how of ['reset', 'changeUser'] as const) {
    const send = connection[how].bind(connection) as (...args: unknown[]) => void;
    connection[how] = (...args: unknown[]): void => {
      const isWatched = watcher.sending(how);
      send(...args);
      if (isWatched) watcher.sent();
    };
  }
}
