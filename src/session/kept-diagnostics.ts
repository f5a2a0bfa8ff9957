import type { ServerKind } from './built-in-names.js';

const ABOUT_DIAGNOSTICS = /^(?:show|get)$/;
/** On MariaDB these use a table, or clear the list of warnings as if they did. */
const WRITES = /^(?:insert|update|delete|replace|truncate|load)$/;
const ABOUT_TABLES = /^(?:create|alter|drop|rename|lock|handler|check|analyze|optimize|checksum|describe|desc|grant)$/;
const FROM = /\bfrom\b/i;
/** What may contain the word FROM without naming a table: literals whose end is not certain, comments, functions. */
const UNSURE = /[\\#]|--|\/\*|\b(?:extract|trim|substr|substring|mid|position)\s*\(|\bfrom\s+dual\b/i;
const LITERAL = /'[^']*'|"[^"]*"|`[^`]*`/g;

/**
 * Whether the warnings and the error of the previous statement may still be there after this one. MySQL clears them for
 * everything but statements that ask for them; MariaDB only for a statement that uses tables.
 * @param first the first word of the statement
 */
export function mayKeepDiagnostics(first: string, sql: string, server: ServerKind | undefined): boolean {
  if (ABOUT_DIAGNOSTICS.test(first)) return true;
  if (server !== 'mariadb') return false;
  // The FROM of PREPARE names no table, and the text that it prepares may be in a variable.
  if (first === 'prepare') return true;
  return !WRITES.test(first) && !ABOUT_TABLES.test(first) && !namesTables(sql);
}

function namesTables(sql: string): boolean {
  return FROM.test(sql) && !UNSURE.test(sql) && FROM.test(sql.replaceAll(LITERAL, ''));
}
