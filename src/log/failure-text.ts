import { codeOf, messageOf, originOf } from '../pool/index.js';
import { onOneLine } from './one-line.js';

/**
 * What an error says, on one line. Of one that a statement was answered with only the code: in its message the server
 * quotes values (`Duplicate entry 'ann@example.org'`).
 */
export function failureText(error: unknown): string {
  return originOf(error) + bareText(error);
}

function bareText(error: unknown): string {
  if (typeof error === 'string') return onOneLine(error);
  if (typeof error !== 'object' || error === null) return typeof error;
  const { message, errors, name, cause, sql } = error as { [field in keyof AggregateError | 'sql']?: unknown };
  const code = codeOf(error);
  if (typeof sql === 'string') return code ?? (typeof name === 'string' ? name : 'an error');
  // What is no error may be anything, a row or options, and is not shown.
  if (typeof message !== 'string' && !Array.isArray(errors)) return code ?? 'object';
  const whole = messageOf(error);
  const theirs = typeof cause === 'object' && cause !== null ? messageOf(cause) : '';
  // Errors of the pool end with what their cause says.
  if (theirs === '' || !whole.endsWith(theirs)) return onOneLine(whole);
  const before = onOneLine(whole.slice(0, -theirs.length));
  // They name the hook as well.
  return before + (before.endsWith(originOf(cause)) ? bareText(cause) : failureText(cause));
}
