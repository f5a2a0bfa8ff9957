import { PoolOptionError, shown, type Permits } from '../pool/index.js';
import { defaultPermits, hasProcessPermits, setProcessPermits } from '../pool/permits.js';
import { MaxTotal } from './max-total.js';

const NAME = 'MYSQLPOOL_MAX_TOTAL';

interface Shared {
  readonly limit: MaxTotal;
  /** Whether the limit is settled, by `configure` or by the environment, also when there is to be none. */
  isSaid: boolean;
}

// One per process and thread, also when a hot reload or a second copy of the package loads this file again.
const key = Symbol.for('node-mysqlpool.process-limit');
const holder = globalThis as { [key]?: Shared };

const shared = (): Shared => (holder[key] ??= { limit: new MaxTotal(Infinity), isSaid: false });

/** The one limit over all pools of the process. */
export const processLimit = (): MaxTotal => shared().limit;

/** Sets the limit over all pools of the process, however they are made, except those with permits of their own. */
export function setProcessLimit(limit: number): void {
  const known = shared();
  known.limit.limit = limit;
  known.isSaid = true;
  // Without a limit the pools have nothing to share, and need no common permits.
  if (limit !== Infinity && !hasProcessPermits()) setProcessPermits(known.limit);
}

/**
 * The permits of a pool that is given none of its own. Unless `configure` has set the limit, it is read from the
 * environment variable MYSQLPOOL_MAX_TOTAL when the first pool is made.
 * @throws PoolOptionError when MYSQLPOOL_MAX_TOTAL is not a whole number from 1 up
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
