export { cleaningPlan, type Cleaning, type CleaningMode, type Plan, type Step } from './cleaning.js';
export { EffectCache } from './effect-cache.js';
export {
  Killer,
  WHILE_CLOSING,
  type KillableSession,
  type KillingLoan,
  type KillingSession,
  type KillingSessions,
} from './killer.js';
export { maskStatement } from './mask.js';
export {
  classifyOpenFailure,
  errnoOf,
  isLost,
  isReadOnlyServer,
  isTurnedAway,
  isWorthRetrying,
  isWrongPassword,
  type OpenFailure,
} from './server-errors.js';
export { misfitsOf, type LimitedOptions, type Misfit, type ServerLimits } from './server-limits.js';
export { SessionState, type Change, type Identity } from './state.js';
export { effectOf, type Effect } from './statement.js';
export { leavesTransactionOpen, transactionStepOf, type TransactionStep } from './transaction-text.js';
export { restorableOf, SessionVariables } from './variables.js';
