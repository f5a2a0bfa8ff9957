/**
 * A MySQL session without a driver: what is known of it from the texts that are sent and from what the server answers.
 * No I/O. `SessionState` serves a pool of connections (src/mysql), `ClientSession` the gateway. Terms:
 *
 * - **text**: the SQL of one command, with one statement or several. It is held as it is read: a string, or, in the
 *   gateway, its bytes with one character each (latin1).
 * - **report**: what the server's session trackers (`session_track_…`) say in an OK packet about variables, the default
 *   database, other state and the transaction. What was reported is called **told**.
 * - **effect**: what a text says it may do to the session, from a plain read to **dirty** (only a reset undoes it) and
 *   **foreign** (nothing does). What is not certain counts as the worse.
 * - **reading**: in the lexer, one of the ways in which a server may read a text, which depends on its version and
 *   sql_mode; in the gateway (`Reading`), everything about a text that matters to moving a session.
 * - **cleaning plan**: the steps that make a session as it was before the loan.
 * - **bound**: a prepared statement is bound to the database, sql_mode and character sets that it was prepared under; a
 *   variable with a bound must not exceed it.
 * - **routine**: a stored procedure or function, a trigger, a loadable function: its actions are not in the text.
 * - **carried**: the part of a client's session that any backend can be given; equal states are the same object.
 * - **pin, hold**: a reason why a client must keep its backend, and one thing, perhaps with a name, behind that reason.
 * - **doubt**: something that the backend has to be asked before the state of the session is known again.
 * - **victim**: a session that the `Killer` has a server stop, by a KILL over another session of the same server.
 * - **silent**: a server that has left KILL unanswered over two sessions in a row.
 */
export { arriving, askCollations, Collations, type Arriving } from './arriving.js';
export { versionIn, type KnownServer } from './built-in-names.js';
export { Carried, CarriedStates, type Changes, type Charset, type Difference } from './carried.js';
export { cleaningPlan, type Cleaning, type CleaningMode, type Plan, type Step } from './cleaning.js';
export type { ClientOptions } from './client-options.js';
export { ClientSession } from './client-session.js';
export type { Doubt } from './doubts.js';
export type { Dialect, HiddenEffects } from './dialect.js';
export { EffectCache, type Effects } from './effect-cache.js';
export { ANYTHING, DIRTY, WRITE, type Dirty, type Effect } from './effect.js';
export {
  Killer,
  serverWord,
  type KillableSession,
  type KillingLoan,
  type KillingSession,
  type KillingSessions,
} from './killer.js';
export { KillingPool, type KillingMeans } from './killing-pool.js';
export { ASK_HIDDEN, definitionsOf, hiddenEffects, type Definition } from './hidden-effects.js';
export { isAdmitted } from './admitted.js';
export { maskStatement } from './mask.js';
export { lockStatementOf, mayReleaseLock, type LockName, type LockStatement } from './named-locks.js';
export type { PinReason } from './pins.js';
export { Readings, TextReadings, type Reading, type ReadingContext } from './reading.js';
export {
  accountLimitIn,
  classifyOpenFailure,
  errnoOf,
  isLost,
  isMistake,
  isReadOnlyServer,
  isTurnedAway,
  isWorthRetrying,
  isWrongPassword,
  type OpenFailure,
} from './server-errors.js';
export { misfitsOf, type LimitedOptions, type Misfit, type ServerLimits } from './server-limits.js';
export { lostKindOf } from './state-lost.js';
export { SessionState, type Change, type Identity } from './state.js';
export type { ToldChange, ToldOk } from './told.js';
export { askVariables, Tracked, valuesOf, type Rows, type Trackers } from './tracked.js';
export {
  endsTransaction,
  leavesTransactionOpen,
  mayCommitWithRows,
  transactionStepOf,
  type TransactionStep,
} from './transaction-text.js';
export { splitStatements } from './sql-lexer.js';
export { effectOf } from './statement.js';
export { restorableOf, SessionVariables, type SessionBounds } from './variables.js';
export { placeExpression, startExpression } from './whereabouts.js';
