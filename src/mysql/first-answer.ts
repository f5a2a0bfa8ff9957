/**
 * What begins to speak on a connection: a server of MySQL's protocol with its greeting, or with an error in its place (it
 * is full, it does not know the host); a text, as SSH, HTTP and mail begin with; MySQL's own X protocol; or something else.
 */
export type FirstAnswer = 'greeting' | 'error' | 'text' | 'x-protocol' | 'other';

// So many bytes it takes to tell in any case.
const ENOUGH = 5;

// Version 10 of the protocol, which MySQL has had since 3.21.
const PROTOCOL = 10;
const ERROR = 0xff;
// With a version of the server of one character, and with more than any has in it.
const SHORTEST_GREETING = 20;
const LONGEST_GREETING = 1_024;
// A notice, with which a server of the X protocol begins; its length has four bytes, and counts the type.
const X_NOTICE = 11;

/** Undefined: it takes more bytes to tell. They may come one by one. */
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
