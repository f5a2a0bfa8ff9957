import { WireError } from './errors.js';
import { FieldReader, FieldWriter } from './fields.js';

const ERR = 0xff;
const STATE_MARK = 0x23; // #
const STATE = 5;

export interface ErrorPacket {
  readonly errno: number;
  /** Five characters; empty if the server sent none, as in errors before the login. */
  readonly sqlState: string;
  readonly message: string;
}

export function isError(payload: Buffer): boolean {
  return payload[0] === ERR;
}

export function encodeError({ errno, sqlState, message }: ErrorPacket): Buffer {
  const fields = new FieldWriter().byte(ERR).twoBytes(errno);
  if (sqlState !== '') fields.byte(STATE_MARK).text(sqlState);
  return fields.text(message).end();
}

export function decodeError(payload: Buffer, from = 0, to: number = payload.length): ErrorPacket {
  const fields = new FieldReader(payload, from, to);
  if (fields.byte() !== ERR) throw new WireError('no ERR packet');
  const errno = fields.twoBytes();
  const hasState = fields.left > STATE && payload[fields.at] === STATE_MARK;
  if (hasState) fields.skip(1);
  const sqlState = hasState ? fields.bytes(STATE).toString('latin1') : '';
  return { errno, sqlState, message: fields.rest().toString('utf8') };
}
