import { PoolOptionError } from './errors.js';
import { shown } from './shown.js';
import { didYouMean } from './suggest.js';

/** How one `acquire` differs from the pool's options. */
export interface AcquireOptions {
  /** Gives up when it aborts, with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Instead of `acquireTimeout`, in ms. */
  readonly timeout?: number | undefined;
  /** What the borrower is called in `borrowers()`, events, leak reports and time-outs. */
  readonly label?: string | undefined;
}

const NAMES = ['signal', 'timeout', 'label'] as const satisfies readonly (keyof AcquireOptions)[];

/** Whether a value is a time in ms, `Infinity` included. */
export const isTime = (ms: unknown): boolean => typeof ms === 'number' && ms >= 0;

/** The error for a time-out that is none. */
export function noTime(pool: string, ms: unknown): PoolOptionError {
  const text = `option "timeout": expected milliseconds from 0 up, or Infinity, got ${shown(ms)}`;
  return new PoolOptionError(pool, 'timeout', text);
}

/** What is wrong with the options of an `acquire`; undefined when nothing is. */
export function faultOf(pool: string, options: AcquireOptions): PoolOptionError | undefined {
  if (typeof options !== 'object' || options === null) {
    const text = `acquire: expected options such as { timeout: 500 }, got ${shown(options)}`;
    return new PoolOptionError(pool, 'options', text);
  }
  for (const option in options) {
    if (NAMES.includes(option as keyof AcquireOptions)) continue;
    return new PoolOptionError(pool, option, `acquire: unknown option "${option}"${didYouMean(option, NAMES)}`);
  }
  const { signal, timeout, label } = options;
  if (timeout !== undefined && !isTime(timeout)) return noTime(pool, timeout);
  if (signal !== undefined && typeof (signal as Partial<AbortSignal> | null)?.addEventListener !== 'function') {
    const text = `option "signal": expected an AbortSignal, got ${shown(signal)}`;
    return new PoolOptionError(pool, 'signal', text);
  }
  if (label !== undefined && typeof label !== 'string') {
    return new PoolOptionError(pool, 'label', `option "label": expected a text, got ${shown(label)}`);
  }
  return undefined;
}
