import { Capability, has } from './capabilities.js';
import { WireError } from './errors.js';
import { FieldReader, FieldWriter } from './fields.js';
import { decodeSessionChange, encodeSessionChange, type SessionChange } from './session-change.js';
import { Status } from './status.js';

const OK = 0x00;
const END = 0xfe;
/** An EOF: its header, warnings and status. */
const EOF_SIZE = 5;
/** Of an OK with two counts of one byte. */
const SHORT_SIZE = 7;
/** From here on a count has more than one byte. */
const NOT_SHORT = 0xfb;

/** What an OK says, and an OK or EOF that ends rows. */
export interface Ok {
  readonly affectedRows: number | bigint;
  readonly insertId: number | bigint;
  /** See `Status`. */
  readonly status: number;
  readonly warnings: number;
  /** Text for people; in an OK that ends rows it is always empty. */
  readonly info: Buffer;
  /** What the trackers tell; undefined when the status says that they tell nothing. */
  readonly change: SessionChange | undefined;
}

const NO_INFO = Buffer.alloc(0);

export function isOk(payload: Buffer): boolean {
  return payload[0] === OK;
}

/**
 * The OK between `from` and `to`, with either header.
 * @param capabilities of the connection that it came on: trackers can follow only with SESSION_TRACK
 */
export function decodeOk(payload: Buffer, from: number, to: number, capabilities: number): Ok {
  if (to - from === SHORT_SIZE && payload[from + 1]! < NOT_SHORT && payload[from + 2]! < NOT_SHORT) {
    return decodeShort(payload, from);
  }
  const fields = new FieldReader(payload, from, to);
  const header = fields.byte();
  if (header !== OK && header !== END) throw new WireError(`0x${header.toString(16)} begins no OK packet`);
  const affectedRows = fields.integer();
  const insertId = fields.integer();
  const status = fields.twoBytes();
  const warnings = fields.twoBytes();
  const info = fields.left > 0 ? fields.prefixed() : NO_INFO;
  const tracks = has(capabilities, Capability.SESSION_TRACK);
  // The status may have it with nothing behind.
  const isTold = tracks && has(status, Status.SESSION_STATE_CHANGED) && fields.left > 0;
  return { affectedRows, insertId, status, warnings, info, change: isTold ? readChange(payload, fields) : undefined };
}

/** Nearly all of them: two counts in one byte each, and nothing behind the warnings. */
function decodeShort(payload: Buffer, from: number): Ok {
  const header = payload[from]!;
  if (header !== OK && header !== END) throw new WireError(`0x${header.toString(16)} begins no OK packet`);
  const status = payload.readUInt16LE(from + 3);
  const warnings = payload.readUInt16LE(from + 5);
  const affectedRows = payload[from + 1]!;
  return { affectedRows, insertId: payload[from + 2]!, status, warnings, info: NO_INFO, change: undefined };
}

function readChange(payload: Buffer, fields: FieldReader): SessionChange | undefined {
  const size = Number(fields.integer());
  const from = fields.at;
  fields.skip(size);
  return size === 0 ? undefined : decodeSessionChange(payload, from, from + size);
}

/** @param header 0 for a statement without rows, 0xfe where it ends rows */
export function encodeOk(ok: Ok, capabilities: number, header: 0 | 0xfe): Buffer {
  const { affectedRows, insertId, warnings, info, change } = ok;
  const tracks = has(capabilities, Capability.SESSION_TRACK);
  const isTold = tracks && change !== undefined;
  const status = isTold ? ok.status | Status.SESSION_STATE_CHANGED : ok.status & ~Status.SESSION_STATE_CHANGED;
  const fields = new FieldWriter().byte(header).integer(affectedRows).integer(insertId);
  fields.twoBytes(status).twoBytes(warnings);
  // Servers write the length of the text whether or not there are trackers, and leave an empty text out where nothing follows it.
  if (info.length > 0 || isTold) fields.prefixed(info);
  if (isTold) fields.prefixed(encodeSessionChange(change));
  return fields.end();
}

/** An EOF, as connections without DEPRECATE_EOF have it after columns and rows. */
export function encodeEof(warnings: number, status: number): Buffer {
  return new FieldWriter().byte(END).twoBytes(warnings).twoBytes(status).end();
}

/** What ends rows or answers a simple command: an OK with either header, or an EOF. */
export function decodeEnd(payload: Buffer, from: number, to: number, capabilities: number): Ok {
  const isEnd = to - from === EOF_SIZE && payload[from] === END;
  return isEnd ? decodeEof(payload, from, to) : decodeOk(payload, from, to, capabilities);
}

export function decodeEof(payload: Buffer, from = 0, to: number = payload.length): Ok {
  const fields = new FieldReader(payload, from, to);
  if (fields.byte() !== END) throw new WireError('no EOF packet');
  const warnings = fields.twoBytes();
  return { affectedRows: 0, insertId: 0, status: fields.twoBytes(), warnings, info: NO_INFO, change: undefined };
}
