import { WireError } from './errors.js';
import { HEADER, packet, payloadOf } from './packets.js';

// Offsets in a command with its header: the statement id follows the command byte.
const ID = HEADER + 1;
const FLAGS = ID + 4;
const BODY = FLAGS + 1 + 4;

/** The flags that ask for a cursor. */
const CURSORS = 0x07;
/** Bytes of one parameter's type. */
const TYPE = 2;

/** The statement id in a COM_STMT_EXECUTE, _FETCH, _RESET, _CLOSE or _SEND_LONG_DATA. */
export function statementIdIn(frame: Buffer): number {
  if (frame.length < FLAGS) throw new WireError('a command about a prepared statement without its number');
  return frame.readUInt32LE(ID);
}

/** The index (from 0) of the parameter that a COM_STMT_SEND_LONG_DATA is for; undefined if the command is too short. */
export function parameterIn(frame: Buffer): number | undefined {
  return frame.length < FLAGS + 2 ? undefined : frame.readUInt16LE(FLAGS);
}

/** Replaces the statement id in a command, in place. */
export function renumber(frame: Buffer, id: number): void {
  frame.writeUInt32LE(id, ID);
}

/** A COM_STMT_EXECUTE that contains the types of its parameters. */
export interface Execution {
  /** The command with its packet headers, and with the types inserted if they were missing. */
  readonly frame: Buffer;
  /** The types, two bytes each; undefined if the statement has no parameters, or the types are not known. */
  readonly types: Buffer | undefined;
  readonly opensCursor: boolean;
}

/**
 * Completes a COM_STMT_EXECUTE so that any session can run it. A client sends the types of the parameters only with the
 * first execution, so that a session that has not run the statement before does not know them.
 * @param types the types that the client has sent last
 */
export function executionIn(frame: Buffer, parameters: number, types: Buffer | undefined): Execution {
  if (frame.length < BODY) throw new WireError('a COM_STMT_EXECUTE that is too short');
  const opensCursor = (frame[FLAGS]! & CURSORS) !== 0;
  if (parameters === 0) return { frame, types: undefined, opensCursor };
  const flag = BODY + ((parameters + 7) >> 3);
  const begins = flag + 1;
  // A command that is too short is passed on as it is: the server refuses it.
  if (frame.length < begins) return { frame, types, opensCursor };
  if (frame[flag] === 1) {
    const ends = begins + parameters * TYPE;
    if (frame.length < ends) return { frame, types, opensCursor };
    return { frame, types: Buffer.from(frame.subarray(begins, ends)), opensCursor };
  }
  // The client has never sent the types: the command is passed on as it is, and the server refuses it.
  if (types === undefined) return { frame, types, opensCursor };
  // The values may span several packets, so the command is taken apart and packed anew.
  const payload = payloadOf(frame);
  const valuesAt = begins - HEADER;
  const whole = Buffer.concat([payload.subarray(0, valuesAt), types, payload.subarray(valuesAt)]);
  whole[flag - HEADER] = 1;
  return { frame: packet(whole, frame[3]!), types, opensCursor };
}
