import { internals, type Command, type MysqlConnection } from './driver.js';
import type { Session } from './session.js';

const CONNECT_ATTRS = 0x100000;

/** What mysql2 makes of `changeUser`. */
interface ChangeUser extends Command {
  charsetNumber: number;
  start: (packet: unknown, connection: Writing) => unknown;
}

/** A packet that is ready to be written, and was never numbered. */
interface Packet {
  buffer: Buffer;
  end: number;
}

interface Writing {
  writePacket(packet: Packet): void;
}

type Done = (error: unknown) => void;

/**
 * COM_CHANGE_USER, to the user that it has. The server makes a new session of it, as a reset does, with everything that a
 * login decides. It takes the session out of the account's count and then admits it as it does at a login, so that another
 * one may have come first. What the server's plugin asks for is answered as it was the first time, by the password of then.
 */
export function logInAgain(session: Session): Promise<void> {
  const { connection, state } = session;
  return new Promise<void>((resolve, reject) => {
    const done: Done = (error) => (error ? reject(error as Error) : resolve());
    const command = changeOf(connection, state.firstSchema, done);
    // What a plugin fails with later on is told in this way alone.
    command.on('error', done);
    command.charsetNumber = session.configuredCharset;
    addAttributes(connection, command);
    session.own(() => internals(connection).addCommand(command));
  });
}

/** The command of the connection's own mysql2, that has not been sent. */
function changeOf(connection: MysqlConnection, database: string, done: Done): ChangeUser {
  let change: Command | undefined;
  const addCommand = (command: Command): Command => (change = command);
  const collector = Object.create(connection, { addCommand: { value: addCommand } }) as MysqlConnection;
  // That of the connection itself is watched, and is its borrower's.
  const changeUser = Reflect.get(Reflect.getPrototypeOf(connection)!, 'changeUser') as MysqlConnection['changeUser'];
  changeUser.call(collector, { database }, done);
  return change as ChangeUser;
}

/** mysql2 leaves them out, and the server would forget whose session it is. They are the last of the packet. */
function addAttributes(connection: MysqlConnection, command: ChangeUser): void {
  const { clientFlags, connectAttributes } = internals(connection).config;
  if ((clientFlags & CONNECT_ATTRS) === 0) return;
  const attributes = Object.entries(connectAttributes ?? {}).flatMap((pair) => pair.map((text) => counted(text)));
  const { start } = command;
  command.start = (packet, writing) => {
    writing.writePacket = (made) => {
      Reflect.deleteProperty(writing, 'writePacket');
      // In the place of the length 0.
      made.buffer = Buffer.concat([made.buffer.subarray(0, -1), counted(Buffer.concat(attributes))]);
      made.end = made.buffer.length;
      writing.writePacket(made);
    };
    return start.call(command, packet, writing);
  };
}

/** Bytes after their number, as the protocol writes it. No login takes as much as would need more than two bytes of it. */
function counted(text: string | Buffer): Buffer {
  const bytes = Buffer.from(text as string);
  const { length } = bytes;
  return Buffer.concat([Buffer.from(length < 251 ? [length] : [0xfc, length & 0xff, length >> 8]), bytes]);
}
