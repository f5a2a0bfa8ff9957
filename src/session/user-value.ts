import type { ServerKind } from './built-in-names.js';
import type { Charset } from './carried.js';
import { isBeyondAscii, isText } from './multi-byte.js';
import type { Literal } from './set-items.js';

const IS_NULL = /NULL$/;

/** Values with more bytes are not carried. */
const LONGEST = 10_000;

/**
 * The value of a user variable as SQL that means the same in every session; undefined if it is not known.
 * @param before the previous value as SQL, whose type a NULL keeps
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
  const { content } = literal;
  if (content.length > LONGEST) return undefined;
  // The server converts a literal from the character set of the client to that of the connection.
  if ((client !== connection && isBeyondAscii(content)) || !isText(content, connection)) return undefined;
  return textAsSql(connection, Buffer.from(content, 'latin1').toString('hex'), collation);
}

function textAsSql(charset: string, hex: string, collation: string): string {
  const bytes = `_${charset} X'${hex.toUpperCase()}'`;
  return charset === 'binary' ? bytes : `${bytes} COLLATE ${collation}`;
}

// MySQL shows the type of a value by converting it to JSON; MariaDB has a table of types. Literals have an introducer,
// as they would otherwise be in the character set of the connection.
const TYPE: Readonly<Record<ServerKind, (name: string) => string>> = {
  mysql: (name) => `JSON_TYPE(JSON_EXTRACT(JSON_ARRAY(@\`${name}\`), _utf8mb4'$[0]'))`,
  mariadb: (name) =>
    '(SELECT VARIABLE_TYPE FROM information_schema.USER_VARIABLES ' +
    `WHERE VARIABLE_NAME = _utf8mb4'${name}' COLLATE utf8mb4_general_ci)`,
};

/** The query for user variables, with one row each for `readUserValue`. */
export function askUserValues(names: Iterable<string>, server: ServerKind): string {
  const rows = [...names].map((name) => {
    const value = `@\`${name}\``;
    const bytes = `IF(LENGTH(${value}) > ${LONGEST}, 'x', HEX(CONCAT(${value})))`;
    return `SELECT '${name}', ${TYPE[server](name)}, ${bytes}, CHARSET(${value}), COLLATION(${value})`;
  });
  return rows.join(' UNION ALL ');
}

const NUMBERS: ReadonlyMap<string, (text: string) => string> = new Map([
  ['INTEGER', (text) => text],
  ['INT', (text) => text],
  ['UNSIGNED INTEGER', (text) => `CAST(${text} AS UNSIGNED)`],
  ['INT UNSIGNED', (text) => `CAST(${text} AS UNSIGNED)`],
  ['DECIMAL', (text) => (text.includes('.') ? text : `CAST(${text} AS DECIMAL(65, 0))`)],
  ['DOUBLE', (text) => (text.includes('e') ? text : `${text}e0`)],
]);

const TEXTS: ReadonlySet<string> = new Set(['STRING', 'BLOB', 'VARCHAR']);

/** The value of a user variable as SQL; undefined if it is not known, as for NULL, whose type no query shows. */
export function readUserValue([, type, hex, charset, collation]: readonly (string | null)[]): string | undefined {
  if (type === null || type === undefined || hex === null || hex === undefined || hex === 'x') return undefined;
  const number = NUMBERS.get(type);
  if (number !== undefined) return number(Buffer.from(hex, 'hex').toString('latin1').replaceAll('\0', ''));
  const isKnown = TEXTS.has(type) && isText(Buffer.from(hex, 'hex').toString('latin1'), String(charset));
  return isKnown ? textAsSql(String(charset), hex, String(collation)) : undefined;
}
