import { PoolOptionError, shown, type Permits } from '../pool/index.js';
import { defaultPermits, hasProcessPermits, setProcessPermits } from '../pool/permits.js';
import { MaxTotal } from './max-total.js';

const NAME = 'MYSQLPOOL_MAX_TOTAL';

interface Shared {
  readonly limit: MaxTotal;
  /** Somebody has said what the limit is, or that there is none. */
  isSaid: boolean;
}

// One per process and thread, also when a hot reload or a second copy of the package loads this file again.
const key = Symbol.for('node-mysqlpool.process-limit');
const holder = globalThis as { [key]?: Shared };

const shared = (): Shared => (holder[key] ??= { limit: new MaxTotal(Infinity), isSaid: false });

/** The one limit over all pools of the process. */
export const processLimit = (): MaxTotal => shared().limit;

/** From now on it bounds every pool that is made, however it is made, unless it is given permits of its own. */
export function setProcessLimit(limit: number): void {
  const known = shared();
  known.limit.limit = limit;
  known.isSaid = true;
  // A pool that nothing bounds shares nothing with others.
  if (limit !== Infinity && !hasProcessPermits()) setProcessPermits(known.limit);
}

/**
 * What a pool is given that is given no permits of its own. The first one that is made has the environment read, unless
 * `configure` has said what the limit is.
 * @throws PoolOptionError when the environment's limit is none
 */
export function processPermits(env: NodeJS.ProcessEnv = process.env): Permits {
  if (!shared().isSaid && !hasProcessPermits()) setProcessLimit(limitIn(env));
  return defaultPermits;
}

function limitIn({ [NAME]: text = '' }: NodeJS.ProcessEnv): number {
  if (text === '') return Infinity;
  const limit = /^\d+$/.test(text) ? Number(text) : 0;
  if (limit >= 1) return limit;
  throw new PoolOptionError('createPool', NAME, `${NAME}: expected a whole number from 1 up, got ${shown(text)}`);
}
