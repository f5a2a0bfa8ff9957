import { internals, type Command, type MysqlConnection } from './driver.js';

const COM_RESET_CONNECTION = 0x1f;
/** Where a packet says what command it is: after its length and its number. */
const CODE = 4;

interface Packet {
  readonly buffer: Buffer;
}

/** A command of mysql2 that the server answers with OK. */
interface Ping extends Command {
  start: (packet: unknown, connection: Writing) => unknown;
}

interface Writing {
  readonly writePacket: (packet: Packet) => void;
}

/**
 * Gives a connection of a mysql2 below 3.22 the `reset` that newer ones have. To log in again instead would need the
 * password, which may have expired, and an exchange of packets that cannot go out together with other commands.
 */
export function addReset(connection: MysqlConnection): void {
  if ((connection as { readonly reset?: unknown }).reset !== undefined) return;
  connection.reset = (done) => {
    const answered = (error: unknown): void => {
      // The server has forgotten them.
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
 * A ping of the connection's own mysql2, that has not been sent; undefined where somebody has wrapped `ping` so that it is sent
 * at once. An object whose prototype is the connection would collect it as well, but to V8 the connection would be of a kind
 * of its own from then on, and all that is done with it slower.
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

/** The connection, as far as a ping uses it, but that what is written says something else. */
function asReset(connection: MysqlConnection, writePacket: Writing['writePacket']): Writing {
  return {
    writePacket: (packet) => {
      packet.buffer[CODE] = COM_RESET_CONNECTION;
      writePacket.call(connection, packet);
    },
  };
}

/** Who looks at what makes a session another one without any statement. */
interface ResetWatcher {
  /** False: the watcher's own, of which it need not hear again. */
  sending(how: 'reset' | 'changeUser'): boolean;
  sent(): void;
}

/** Has every reset of the connection watched, and every log-in anew. */
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
