import { codeOf, messageOf, originOf } from '../pool/index.js';
import { onOneLine } from './one-line.js';

/**
 * The message of an error, on one line. Of an error with which a statement has failed, only the code is used: the
 * server's message quotes values (`Duplicate entry 'ann@example.org'`).
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
  // A thrown value that is no error may be anything, such as a row or options, so its content is not shown.
  if (typeof message !== 'string' && !Array.isArray(errors)) return code ?? 'object';
  const whole = messageOf(error);
  const theirs = typeof cause === 'object' && cause !== null ? messageOf(cause) : '';
  // The message of a pool's error ends with the message of its cause.
  if (theirs === '' || !whole.endsWith(theirs)) return onOneLine(whole);
  const before = onOneLine(whole.slice(0, -theirs.length));
  // The pool's message already names the application's hook that the cause came from, so it is not named again.
  return before + (before.endsWith(originOf(cause)) ? bareText(cause) : failureText(cause));
}
