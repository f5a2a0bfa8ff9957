import type { ServerKind } from './built-in-names.js';
import type { Carried } from './carried.js';

// Flags of the status in every OK packet.
export const IN_TRANSACTION = 0x0001;
export const AUTOCOMMIT = 0x0002;
export const MORE_RESULTS = 0x0008;
const NO_BACKSLASH_ESCAPES = 0x0200;
/** MariaDB only. */
const ANSI_QUOTES = 0x8000;

/** The flags that describe the session, and not a single result. */
export const OF_SESSION: number = IN_TRANSACTION | AUTOCOMMIT | NO_BACKSLASH_ESCAPES | ANSI_QUOTES;

/** The status of a session before its first statement. */
export function firstStatus(carried: Carried, server: ServerKind): number {
  const sqlMode = carried.value('sql_mode') ?? '';
  const autocommit = carried.value('autocommit') === 'OFF' ? 0 : AUTOCOMMIT;
  const escapes = sqlMode.includes('NO_BACKSLASH_ESCAPES') ? NO_BACKSLASH_ESCAPES : 0;
  return autocommit | escapes | (server === 'mariadb' && sqlMode.includes('ANSI_QUOTES') ? ANSI_QUOTES : 0);
}

/** Texts to send one after the other; undefined stands for COM_PING. */
type Question = readonly [first: string | undefined, second?: string];

// MariaDB reports what it has held back in the next OK that has a change of its own: this makes one.
const CHANGES = 'SET session_track_schema = 1';
/** It keeps the list of warnings and FOUND_ROWS(), and ROW_COUNT() is as the error has left it. */
const SHOWS = 'SHOW WARNINGS LIMIT 0';

/**
 * How to ask for the status, and for what the server has not reported yet, after a statement that has failed, without
 * changing what the client may ask about that statement.
 * @param noted whether the client is told what is done in the open transaction, where the server would note a SHOW as
 * reading rows: none is sent then, and ROW_COUNT() will be 0
 */
export function askStatus(server: ServerKind, noted: boolean): Question {
  if (server === 'mysql') return [noted ? undefined : SHOWS];
  return noted ? [CHANGES] : [CHANGES, SHOWS];
}
