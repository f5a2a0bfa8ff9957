import type { Reading } from '../session/index.js';
import { Command, type AnswerKind, type ErrorPacket } from '../wire/index.js';
import { frameOf } from './backend.js';
import type { ClientStatement } from './client-statements.js';

/** One command of a client that a backend runs. */
export interface Task {
  readonly kind: AnswerKind;
  /** What goes to the backend, header included. */
  readonly frame: Buffer;
  /** What it may do to the session; undefined: nothing. */
  readonly reading: Reading | undefined;
  /** The statement that it is about, named in the frame by the client's number. */
  readonly statement?: ClientStatement | undefined;
  /** The types of its parameters, as they are again when the server cannot read those in the frame. */
  readonly typesBefore?: Buffer | undefined;
  /** What the server would say without preparing the statement anew, which may fail where it is prepared on another backend. */
  readonly unprepared?: ErrorPacket | undefined;
  /** A COM_STMT_EXECUTE that asks for a cursor. */
  readonly asksForCursor?: boolean | undefined;
  /** The text to prepare, as latin1, and what it will do when it is run. */
  readonly preparing?: { readonly text: string; readonly reading: Reading } | undefined;
  /** What COM_SET_OPTION says. */
  readonly several?: boolean | undefined;
}

/** What is asked before a backend goes back. */
export const SETTLING: Task = { kind: 'none', frame: Buffer.alloc(0), reading: undefined };
/** COM_INIT_DB. */
export const USE: Reading = { effect: { kind: 'write' }, pins: [], first: 'use', keepsDiagnostics: true };
/** COM_STMT_PREPARE: what its text does it does when it is run. */
export const PREPARE: Reading = { effect: { kind: 'read' }, pins: [], first: 'prepare' };
/** What it answers is as long as the value of the moment. */
export const PREPARE_OF_TRACKERS: Reading = { ...PREPARE, seesTrackers: true };
/** MariaDB keeps the diagnostics where it would when the text is run. */
export const PREPARE_AS_KEPT: Reading = { ...PREPARE, keepsDiagnostics: true };
const SIGNAL: Reading = { effect: { kind: 'read' }, pins: [], first: 'signal' };

/** An error of the gateway's own that a backend says, which then has it for SHOW ERRORS and GET DIAGNOSTICS. */
export function refusal({ errno, sqlState, message }: ErrorPacket): Task {
  const text = message.replaceAll("'", "''");
  const sql = `SIGNAL SQLSTATE '${sqlState}' SET MYSQL_ERRNO = ${errno}, MESSAGE_TEXT = '${text}'`;
  return { kind: 'query', frame: frameOf(Command.QUERY, Buffer.from(sql)), reading: SIGNAL };
}
