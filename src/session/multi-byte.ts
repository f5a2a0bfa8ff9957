/** Replaces a byte of a non-ASCII character: it is part of a name, and neither ends nor escapes anything. */
export const MASKED = '\xff';

const BEYOND = /[\x80-\xff]/g;

/** Character sets with characters whose second byte is an ASCII character, such as a backslash or a quote. */
const LETTERS: Readonly<Record<string, RegExp>> = {
  big5: /[\xa1-\xf9][\x40-\x7e\xa1-\xfe]/g,
  cp932: /[\x81-\x9f\xe0-\xfc][\x40-\x7e\x80-\xfc]/g,
  sjis: /[\x81-\x9f\xe0-\xfc][\x40-\x7e\x80-\xfc]/g,
  gbk: /[\x81-\xfe][\x40-\x7e\x80-\xfe]/g,
  gb18030: /[\x81-\xfe](?:[\x40-\x7e\x80-\xfe]|[\x30-\x39][\x81-\xfe][\x30-\x39])/g,
  euckr: /[\x81-\xfe][\x41-\x5a\x61-\x7a\x81-\xfe]/g,
};

const OTHERS: ReadonlySet<string> = new Set(['utf8', 'utf8mb3', 'utf8mb4', 'gb2312', 'ujis', 'eucjpms']);

/**
 * A text as a server parses it in its client's character set: of the same length, with the bytes of non-ASCII
 * characters masked. In a single-byte character set they stay as they are.
 * @param sql one character per byte (latin1)
 */
export function maskLetters(sql: string, charset: string): string {
  const letters = LETTERS[charset];
  if (letters === undefined && !OTHERS.has(charset)) return sql;
  const masked = letters === undefined ? sql : sql.replaceAll(letters, (bytes) => MASKED.repeat(bytes.length));
  return masked.replaceAll(BEYOND, MASKED);
}

/** Whether the text has non-ASCII bytes. */
export const isBeyondAscii = (sql: string): boolean => sql.search(BEYOND) >= 0;

const UTF8 = /^utf8(?:mb[34])?$/;
/** UTF-16 and its relatives, and multi-byte character sets that are not described here. */
const OTHER_WIDE = /^(?:ucs2|utf16|utf16le|utf32|gb2312|ujis|eucjpms|ascii)$/;

/**
 * Whether the bytes are certainly valid in the character set: servers refuse others in literals like `_utf8mb4 X'…'`.
 */
export function isText(bytes: string, charset: string): boolean {
  if (UTF8.test(charset)) return isUtf8(bytes) && (charset === 'utf8mb4' || !FOUR_BYTES.test(bytes));
  if (!isBeyondAscii(bytes)) return !charset.startsWith('u');
  const letters = LETTERS[charset];
  if (letters !== undefined) return !isBeyondAscii(bytes.replaceAll(letters, ''));
  return !OTHER_WIDE.test(charset);
}

const FOUR_BYTES = /[\xf0-\xff]/;

function isUtf8(bytes: string): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(bytes, 'latin1'));
    return true;
  } catch {
    return false;
  }
}
