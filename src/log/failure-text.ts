import { onOneLine } from './one-line.js';

/**
 * What an error says, on one line. Of one that a statement was answered with only the code: in its message the server
 * quotes values (`Duplicate entry 'ann@example.org'`).
 */
export function failureText(error: unknown): string {
  if (!(error instanceof Error)) return typeof error === 'string' ? onOneLine(error) : typeof error;
  const { message, cause } = error;
  const isOfStatement = typeof (error as { readonly sql?: unknown }).sql === 'string';
  // What Node gives when a name has several addresses, and none answers, has no message.
  if (isOfStatement || message === '') return codeOf(error) ?? error.name;
  // Errors of the pool end with what their cause says.
  if (!(cause instanceof Error) || cause.message === '' || !message.endsWith(cause.message)) return onOneLine(message);
  return onOneLine(message.slice(0, -cause.message.length)) + failureText(cause);
}

export function codeOf(error: unknown): string | undefined {
  const code: unknown = (error as { readonly code?: unknown } | null | undefined)?.code;
  return typeof code === 'string' ? code : undefined;
}
