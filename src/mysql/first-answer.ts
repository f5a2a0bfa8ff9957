/**
 * What the peer of a new connection begins with: the greeting of MySQL's protocol, or an error in place of it (the
 * server is full, or does not accept the host); text, as SSH, HTTP and mail servers send; MySQL's X protocol; or
 * something else.
 */
export type FirstAnswer = 'greeting' | 'error' | 'text' | 'x-protocol' | 'other';

// This many bytes are always enough to decide.
const ENOUGH = 5;

// Version 10 of the protocol, which MySQL has had since 3.21.
const PROTOCOL = 10;
const ERROR = 0xff;
// The shortest greeting has a server version of one character; no real greeting is as long as the upper limit.
const SHORTEST_GREETING = 20;
const LONGEST_GREETING = 1_024;
// A server of the X protocol begins with a notice. Its length field has four bytes, and includes the type byte.
const X_NOTICE = 11;

/** Undefined if more bytes are needed; they may arrive one at a time. */
export function firstAnswer(bytes: Uint8Array): FirstAnswer | undefined {
  if (bytes.length >= 4 && bytes.subarray(0, 4).every(isLetter)) return 'text';
  if (bytes.length < ENOUGH) return undefined;
  const [low = 0, middle = 0, high = 0, number, type] = bytes;
  const length = low + middle * 0x100 + high * 0x1_0000;
  if (type === ERROR && length > 2 && length <= LONGEST_GREETING) return 'error';
  if (number !== 0) return 'other';
  if (type === PROTOCOL && length >= SHORTEST_GREETING && length <= LONGEST_GREETING) return 'greeting';
  return type === X_NOTICE && length < 0x100 ? 'x-protocol' : 'other';
}

export const isLetter = (byte: number): boolean => byte >= 0x20 && byte < 0x7f;
