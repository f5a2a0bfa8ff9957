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

/** What is said one after the other; undefined for COM_PING. */
type Question = readonly [first: string | undefined, second?: string];

// MariaDB tells in the next OK that has a change of its own.
const CHANGES = 'SET session_track_schema = 1';
/** It leaves the list of warnings and FOUND_ROWS(), and makes ROW_COUNT() what the error has made it. */
const SHOWS = 'SHOW WARNINGS LIMIT 0';

/**
 * Asks for the status, and for what the server has not told yet, after a statement that has failed: what the client may ask about that
 * statement is as before.
 * @param noted the client is told of what is done in the transaction that is open: ROW_COUNT() will be 0, as the server notes rows there
 */
export function askStatus(server: ServerKind, noted: boolean): Question {
  if (server === 'mysql') return [noted ? undefined : SHOWS];
  return noted ? [CHANGES] : [CHANGES, SHOWS];
}
