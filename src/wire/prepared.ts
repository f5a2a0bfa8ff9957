import { WireError } from './errors.js';
import { HEADER, packet, payloadOf } from './packets.js';

// Of a command with its header: the number of the statement follows the command.
const ID = HEADER + 1;
const FLAGS = ID + 4;
const BODY = FLAGS + 1 + 4;

/** A cursor is to be opened. */
const CURSORS = 0x07;
const TYPE = 2;

/** The number of the statement that a command is about: COM_STMT_EXECUTE, _FETCH, _RESET, _CLOSE, _SEND_LONG_DATA. */
export function statementIdIn(frame: Buffer): number {
  if (frame.length < FLAGS) throw new WireError('a command about a prepared statement without its number');
  return frame.readUInt32LE(ID);
}

/** Which parameter a COM_STMT_SEND_LONG_DATA sends a part of, counted from 0; undefined for one that is too short to tell. */
export function parameterIn(frame: Buffer): number | undefined {
  return frame.length < FLAGS + 2 ? undefined : frame.readUInt16LE(FLAGS);
}

/** The same command about another statement, in place. */
export function renumber(frame: Buffer, id: number): void {
  frame.writeUInt32LE(id, ID);
}

/** What a COM_STMT_EXECUTE says besides values. */
export interface Execution {
  /** The command with its header, or headers, and with the types of its parameters in it. */
  readonly frame: Buffer;
  /** Two bytes each; undefined for a statement without parameters. */
  readonly types: Buffer | undefined;
  readonly opensCursor: boolean;
}

/**
 * A COM_STMT_EXECUTE that any session can run: a client sends the types of its parameters once, and a session that has
 * not run the statement yet would not know them.
 * @param types those that the client has sent last
 */
export function executionIn(frame: Buffer, parameters: number, types: Buffer | undefined): Execution {
  if (frame.length < BODY) throw new WireError('a COM_STMT_EXECUTE that is too short');
  const opensCursor = (frame[FLAGS]! & CURSORS) !== 0;
  if (parameters === 0) return { frame, types: undefined, opensCursor };
  const flag = BODY + ((parameters + 7) >> 3);
  const begins = flag + 1;
  // What is too short is refused by the server.
  if (frame.length < begins) return { frame, types, opensCursor };
  if (frame[flag] === 1) {
    const ends = begins + parameters * TYPE;
    if (frame.length < ends) return { frame, types, opensCursor };
    return { frame, types: Buffer.from(frame.subarray(begins, ends)), opensCursor };
  }
  // Without them the server answers that there are none.
  if (types === undefined) return { frame, types, opensCursor };
  // The values may take several packets, all others are in the first.
  const payload = payloadOf(frame);
  const valuesAt = begins - HEADER;
  const whole = Buffer.concat([payload.subarray(0, valuesAt), types, payload.subarray(valuesAt)]);
  whole[flag - HEADER] = 1;
  return { frame: packet(whole, frame[3]!), types, opensCursor };
}
