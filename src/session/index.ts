export { arriving, askCollations, Collations, type Arriving } from './arriving.js';
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
export { leavesTransactionOpen, transactionStepOf, type TransactionStep } from './transaction-text.js';
export { splitStatements } from './sql-lexer.js';
export { effectOf } from './statement.js';
export { restorableOf, SessionVariables, type SessionBounds } from './variables.js';
export { placeExpression, startExpression } from './whereabouts.js';
