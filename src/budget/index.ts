export { MaxTotal, type MaxTotalStats } from './max-total.js';
export { processLimit, processPermits, setProcessLimit } from './process-limit.js';
