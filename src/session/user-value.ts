import { hexOf, type Charset } from './carried.js';
import type { Literal } from './set-items.js';

const IS_NULL = /NULL$/;

/**
 * The value of a user variable as SQL that means the same wherever and under whatever it is said; undefined where that is not known.
 * @param before what the variable was, as SQL: NULL leaves it the type of that
 */
export function userValue(
  name: string,
  literal: Literal,
  { client, connection, collation }: Charset,
  before: string | undefined,
): string | undefined {
  if (literal.kind === 'number') return literal.sql;
  if (literal.kind === 'word') {
    if (literal.sql !== 'NULL') return /^(?:TRUE|FALSE)$/.test(literal.sql) ? literal.sql : undefined;
    if (before === undefined || IS_NULL.test(before)) return before ?? 'NULL';
    return `${before}, @\`${name}\` = NULL`;
  }
  const bytes = Array.from(literal.content, (letter) => letter.charCodeAt(0));
  // The server converts what is written in the one character set to the other.
  const isSame = client === connection || bytes.every((byte) => byte < 128);
  return isSame ? `_${connection} X'${hexOf(bytes)}' COLLATE ${collation}` : undefined;
}
