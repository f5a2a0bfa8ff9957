import type { Borrower } from './borrower.js';
import type { Core } from './core.js';
import { SelfDeadlockError } from './errors.js';

/** The calls that led to a place, as text. */
export const stackOf = (place: Error | undefined): string => (place?.stack ?? '').split('\n').slice(1).join('\n');

/**
 * The error for a caller who waits for what only it can give back: the pool is full, every connection is held by the
 * caller's own scope, and none of them is doing anything. Undefined when somebody else may still give one back.
 */
export function deadlockOf<C>(core: Core<C>, borrower: Borrower, waitedFrom: Error): SelfDeadlockError | undefined {
  const { roster, options, connector } = core;
  if (roster.size < options.maxSize) return undefined;
  let oldest: Error | undefined;
  for (const entry of roster.entries) {
    const own = entry.loan > 0 && entry.borrower !== undefined && borrower.runsInside(entry.borrower);
    if (!own || connector.busy?.(entry.connection) === true) return undefined;
    oldest ??= entry.takenFrom;
  }
  return new SelfDeadlockError(options.name, roster.size, stackOf(oldest), stackOf(waitedFrom));
}
