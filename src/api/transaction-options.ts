import { checks, faultOf, PoolOptionError, shown } from '../pool/index.js';
import { whatInstead } from '../mysql/other-words.js';
import { checkLimits } from './limits.js';

/** The isolation levels that a transaction can have. @since 0.1.0 */
export const ISOLATION_LEVELS = ['read uncommitted', 'read committed', 'repeatable read', 'serializable'] as const;
/** One of `ISOLATION_LEVELS`. @since 0.1.0 */
export type IsolationLevel = (typeof ISOLATION_LEVELS)[number];

const VALUES = { isolation: checks.oneOf(ISOLATION_LEVELS), retry: checks.whole(0) };
const OPTION_NAMES = ['isolation', 'readOnly', 'retry', 'signal', 'timeout'] as const;

/** Options of a transaction. @since 0.1.0 */
export interface TransactionOptions {
  /** The isolation level of this transaction only. @default the server's, usually 'repeatable read' */
  readonly isolation?: IsolationLevel | undefined;
  /** True begins a READ ONLY transaction, in which the server refuses writes. @default false */
  readonly readOnly?: boolean | undefined;
  /**
   * How many times the whole transaction is run again when it loses to another one: a deadlock (1213), a lock wait
   * timeout (1205), a row that was changed in the meantime (1020), or a conflict detected at COMMIT (1180, 3101). Its
   * function is called again each time, after a short random pause.
   * @default 0
   */
  readonly retry?: number | undefined;
  /**
   * Ends the transaction when it aborts: stops the running statement, rolls back, and rejects with the signal's reason.
   */
  readonly signal?: AbortSignal | undefined;
  /**
   * Ends the transaction, including all its retries, after this many milliseconds, with a QueryTimeoutError. A COMMIT
   * that is already under way when the timeout or the signal ends the transaction gets one more second before its
   * connection is destroyed.
   */
  readonly timeout?: number | undefined;
}

/** @throws TypeError if `fn` is not a function, before a connection is borrowed or a transaction begun */
export function checkTransactionFunction(pool: string, fn: unknown): void {
  if (typeof fn !== 'function') throw new TypeError(`${pool}: transaction: expected a function, got ${shown(fn)}`);
}

/** @throws PoolOptionError for an option that is unknown or out of range */
export function checkTransactionOptions(pool: string, options: TransactionOptions): void {
  for (const name of Object.keys(options)) {
    // Ignoring a misspelt option could leave the transaction at an isolation level that nobody wanted.
    if ((OPTION_NAMES as readonly string[]).includes(name)) continue;
    throw new PoolOptionError(pool, name, `unknown option "${name}"${whatInstead(name, OPTION_NAMES)}`);
  }
  const { isolation, retry, signal, timeout } = options;
  const fault = faultOf(pool, { isolation, retry }, VALUES);
  if (fault !== undefined) throw fault;
  checkLimits(pool, signal, timeout);
}
