import type { Reading } from '../session/index.js';
import { Command, type AnswerKind, type ErrorPacket } from '../wire/index.js';
import { frameOf } from './backend.js';
import type { ClientStatement } from './client-statements.js';

/** A command of a client for a backend to run. */
export interface Task {
  readonly kind: AnswerKind;
  /** The command, header included. */
  readonly frame: Buffer;
  /** What the command may do to the session; undefined if it does nothing. */
  readonly reading: Reading | undefined;
  /** The prepared statement that the command is about. The frame has the client's id of it. */
  readonly statement?: ClientStatement | undefined;
  /** The statement's parameter types before this command, restored if the server cannot read those in the frame. */
  readonly typesBefore?: Buffer | undefined;
  /**
   * The error that the client gets if the statement cannot be prepared on this backend: on a server, where it is
   * prepared already, the command would fail with this one.
   */
  readonly unprepared?: ErrorPacket | undefined;
  /** Whether it is a COM_STMT_EXECUTE that asks for a cursor. */
  readonly asksForCursor?: boolean | undefined;
  /** The text to prepare, as latin1, and what it will do when it is executed. */
  readonly preparing?: { readonly text: string; readonly reading: Reading } | undefined;
  /** Whether a COM_SET_OPTION switches multi-statements on or off. */
  readonly several?: boolean | undefined;
}

/** Stands for the gateway's own questions while it settles doubts about a session, before the backend goes back. */
export const SETTLING: Task = { kind: 'none', frame: Buffer.alloc(0), reading: undefined };
/** COM_INIT_DB. */
export const USE: Reading = { effect: { kind: 'write' }, pins: [], first: 'use', keepsDiagnostics: true };
/** COM_STMT_PREPARE: its text takes effect only when it is executed. */
export const PREPARE: Reading = { effect: { kind: 'read' }, pins: [], first: 'prepare' };
/** A PREPARE of a text that shows the trackers: in its answer, a column's length depends on their present values. */
export const PREPARE_OF_TRACKERS: Reading = { ...PREPARE, seesTrackers: true };
/** On MariaDB, a PREPARE keeps warnings and errors if the execution of its text would. */
export const PREPARE_AS_KEPT: Reading = { ...PREPARE, keepsDiagnostics: true };
const SIGNAL: Reading = { effect: { kind: 'read' }, pins: [], first: 'signal' };

/** Has a backend raise an error of the gateway's own (SIGNAL), so that SHOW ERRORS and GET DIAGNOSTICS show it. */
export function refusal({ errno, sqlState, message }: ErrorPacket): Task {
  const text = message.replaceAll("'", "''");
  const sql = `SIGNAL SQLSTATE '${sqlState}' SET MYSQL_ERRNO = ${errno}, MESSAGE_TEXT = '${text}'`;
  return { kind: 'query', frame: frameOf(Command.QUERY, Buffer.from(sql)), reading: SIGNAL };
}
