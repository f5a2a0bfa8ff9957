import type { ServerKind } from './built-in-names.js';

const ABOUT_DIAGNOSTICS = /^(?:show|get)$/;
/** On MariaDB these use a table, or begin with a fresh list as if they did. */
const WRITES = /^(?:insert|update|delete|replace|truncate|load)$/;
const ABOUT_TABLES = /^(?:create|alter|drop|rename|lock|handler|check|analyze|optimize|checksum|describe|desc|grant)$/;
const FROM = /\bfrom\b/i;
/** What may hold the word without naming a table: literals that do not end where they seem to, comments, functions. */
const UNSURE = /[\\#]|--|\/\*|\b(?:extract|trim|substr|substring|mid|position)\s*\(|\bfrom\s+dual\b/i;
const LITERAL = /'[^']*'|"[^"]*"|`[^`]*`/g;

/**
 * Whether the warnings and the error of the statement before may still be there after this one. MySQL empties the list for everything
 * but what asks about it; MariaDB only for a statement that uses tables.
 * @param first the first word of the statement
 */
export function mayKeepDiagnostics(first: string, sql: string, server: ServerKind | undefined): boolean {
  if (ABOUT_DIAGNOSTICS.test(first)) return true;
  if (server !== 'mariadb') return false;
  // Behind its FROM is no table, and what is in a variable is not known.
  if (first === 'prepare') return true;
  return !WRITES.test(first) && !ABOUT_TABLES.test(first) && !namesTables(sql);
}

function namesTables(sql: string): boolean {
  return FROM.test(sql) && !UNSURE.test(sql) && FROM.test(sql.replaceAll(LITERAL, ''));
}
