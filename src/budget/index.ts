export { MaxTotal, type MaxTotalStats } from './max-total.js';
