import { Capability, has } from './capabilities.js';
import { WireError } from './errors.js';
import { FieldReader, FieldWriter } from './fields.js';
import { decodeSessionChange, encodeSessionChange, type SessionChange } from './session-change.js';
import { Status } from './status.js';

const OK = 0x00;
const END = 0xfe;
/** Bytes of an EOF: header, warnings and status. */
const EOF_SIZE = 5;
/** Bytes of an OK whose two counts take one byte each. */
const SHORT_SIZE = 7;
/** A first byte from here on means that the count takes more than one byte. */
const NOT_SHORT = 0xfb;

/** The content of an OK, or of the OK or EOF that ends rows. */
export interface Ok {
  readonly affectedRows: number | bigint;
  readonly insertId: number | bigint;
  /** See `Status`. */
  readonly status: number;
  readonly warnings: number;
  /** Human-readable text; always empty in an OK that ends rows. */
  readonly info: Buffer;
  /** What the session trackers report; undefined if they report nothing. */
  readonly change: SessionChange | undefined;
}

const NO_INFO = Buffer.alloc(0);

export function isOk(payload: Buffer): boolean {
  return payload[0] === OK;
}

/**
 * Decodes the OK between `from` and `to`, with either header (0x00 or 0xfe).
 * @param capabilities those of the connection: with SESSION_TRACK, the OK may carry changes
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
  // SESSION_STATE_CHANGED may be set although no changes follow.
  const isTold = tracks && has(status, Status.SESSION_STATE_CHANGED) && fields.left > 0;
  return { affectedRows, insertId, status, warnings, info, change: isTold ? readChange(payload, fields) : undefined };
}

/** The fast path for nearly all OKs: two counts of one byte each, and nothing after the warnings. */
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

/** @param header 0 for a statement without rows, 0xfe for the OK that ends rows */
export function encodeOk(ok: Ok, capabilities: number, header: 0 | 0xfe): Buffer {
  const { affectedRows, insertId, warnings, info, change } = ok;
  const tracks = has(capabilities, Capability.SESSION_TRACK);
  const isTold = tracks && change !== undefined;
  const status = isTold ? ok.status | Status.SESSION_STATE_CHANGED : ok.status & ~Status.SESSION_STATE_CHANGED;
  const fields = new FieldWriter().byte(header).integer(affectedRows).integer(insertId);
  fields.twoBytes(status).twoBytes(warnings);
  // Like the servers, writes `info` with its length in any case, but leaves an empty one out if no changes follow.
  if (info.length > 0 || isTold) fields.prefixed(info);
  if (isTold) fields.prefixed(encodeSessionChange(change));
  return fields.end();
}

/** An EOF, which connections without DEPRECATE_EOF have after columns and after rows. */
export function encodeEof(warnings: number, status: number): Buffer {
  return new FieldWriter().byte(END).twoBytes(warnings).twoBytes(status).end();
}

/** Decodes the packet that ends rows or answers a simple command: an OK with either header, or an EOF. */
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
