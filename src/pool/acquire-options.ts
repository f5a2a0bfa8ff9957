import { abortSignal, faultInOptions, faultOfValue, msOrInfinity, text, type Checks } from './checks.js';
import { PoolOptionError } from './errors.js';

/** How one `acquire` differs from the pool's options. @since 0.1.0 */
export interface AcquireOptions {
  /** Gives up when it aborts, with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Instead of `acquireTimeout`, in ms. */
  readonly timeout?: number | undefined;
  /** What the borrower is called in `borrowers()`, events, leak reports and time-outs. Cut off after 200 characters. */
  readonly label?: string | undefined;
}

const CHECKS: Checks<AcquireOptions> = { signal: abortSignal, timeout: msOrInfinity(0), label: text };

/** What is wrong with a time-out; undefined when it is a time in ms, `Infinity` included. */
export function faultOfTimeout(pool: string, given: unknown): PoolOptionError | undefined {
  if (CHECKS.timeout[1](given)) return undefined;
  return new PoolOptionError(pool, 'timeout', faultOfValue('timeout', given, CHECKS.timeout));
}

/** What is wrong with the options of an `acquire`; undefined when nothing is. */
export function faultOf(pool: string, options: AcquireOptions): PoolOptionError | undefined {
  const fault = faultInOptions(options, CHECKS);
  return fault && new PoolOptionError(pool, fault.option, fault.message);
}
