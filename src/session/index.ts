export { EffectCache } from './effect-cache.js';
export { maskStatement } from './mask.js';
export {
  classifyOpenFailure,
  DEADLOCK,
  errnoOf,
  isLost,
  isReadOnlyServer,
  isWorthRetrying,
  isWrongPassword,
  type OpenFailure,
} from './server-errors.js';
export { effectOf, type Effect } from './statement.js';
export { restorableOf, SessionVariables } from './variables.js';
