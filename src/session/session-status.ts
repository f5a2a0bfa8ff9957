import type { ServerKind } from './built-in-names.js';
import type { Carried } from './carried.js';

// Of the status that every OK carries.
export const IN_TRANSACTION = 0x0001;
export const AUTOCOMMIT = 0x0002;
export const MORE_RESULTS = 0x0008;
const NO_BACKSLASH_ESCAPES = 0x0200;
/** Of MariaDB. */
const ANSI_QUOTES = 0x8000;

/** What of a status holds for the session, and not for a result. */
export const OF_SESSION: number = IN_TRANSACTION | AUTOCOMMIT | NO_BACKSLASH_ESCAPES | ANSI_QUOTES;

/** The status of a session that has not said anything yet. */
export function firstStatus(carried: Carried, server: ServerKind): number {
  const sqlMode = carried.value('sql_mode') ?? '';
  const autocommit = carried.value('autocommit') === 'OFF' ? 0 : AUTOCOMMIT;
  const escapes = sqlMode.includes('NO_BACKSLASH_ESCAPES') ? NO_BACKSLASH_ESCAPES : 0;
  return autocommit | escapes | (server === 'mariadb' && sqlMode.includes('ANSI_QUOTES') ? ANSI_QUOTES : 0);
}
