import { PoolOptionError } from './errors.js';
import { shown } from './shown.js';
import { didYouMean } from './suggest.js';

/** How one `acquire` differs from the pool's options. @since 0.1.0 */
export interface AcquireOptions {
  /** Gives up when it aborts, with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Instead of `acquireTimeout`, in ms. */
  readonly timeout?: number | undefined;
  /** What the borrower is called in `borrowers()`, events, leak reports and time-outs. */
  readonly label?: string | undefined;
}

const NAMES = ['signal', 'timeout', 'label'] as const satisfies readonly (keyof AcquireOptions)[];

const fault = (pool: string, option: string, text: string): PoolOptionError => new PoolOptionError(pool, option, text);

/** What is wrong with a time-out; undefined when it is a time in ms, `Infinity` included. */
export function faultOfTimeout(pool: string, ms: unknown): PoolOptionError | undefined {
  if (typeof ms === 'number' && ms >= 0) return undefined;
  return fault(pool, 'timeout', `option "timeout": expected milliseconds from 0 up, or Infinity, got ${shown(ms)}`);
}

/** What is wrong with the options of an `acquire`; undefined when nothing is. */
export function faultOf(pool: string, options: AcquireOptions): PoolOptionError | undefined {
  if (typeof options !== 'object' || options === null) {
    return fault(pool, 'options', `acquire: expected options such as { timeout: 500 }, got ${shown(options)}`);
  }
  for (const option in options) {
    if (NAMES.includes(option as keyof AcquireOptions)) continue;
    return fault(pool, option, `acquire: unknown option "${option}"${didYouMean(option, NAMES)}`);
  }
  const { signal, timeout, label } = options;
  if (signal !== undefined && typeof (signal as Partial<AbortSignal> | null)?.addEventListener !== 'function') {
    return fault(pool, 'signal', `option "signal": expected an AbortSignal, got ${shown(signal)}`);
  }
  if (label !== undefined && typeof label !== 'string') {
    return fault(pool, 'label', `option "label": expected a text, got ${shown(label)}`);
  }
  return timeout === undefined ? undefined : faultOfTimeout(pool, timeout);
}
