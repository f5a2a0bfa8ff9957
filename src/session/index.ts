export { EffectCache } from './effect-cache.js';
export { maskStatement } from './mask.js';
export { effectOf, type Effect } from './statement.js';
export { restorableOf, SessionVariables } from './variables.js';
