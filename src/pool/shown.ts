import { inspect } from 'node:util';

const MOST = 60;

// What would change how a line is read, or where it ends: controls of ASCII and of Latin-1 (ESC, NEL), halves of characters,
// separators of lines and paragraphs, what turns the direction of writing, and what cannot be seen.
const UNPRINTABLE =
  /[\p{Cc}\p{Cs}\u00AD\u061C\u180E\u200B\u200E\u200F\u2028-\u202E\u2060-\u2069\uFEFF\uFFF9-\uFFFB\u{E0000}-\u{E007F}]/gu;

/** A text with everything in it escaped that could fool whoever reads it on a screen or in a log: it stays one line. */
export function printable(value: string): string {
  return value.replace(UNPRINTABLE, (found) => {
    if (found === '\n') return String.raw`\n`;
    if (found === '\t') return String.raw`\t`;
    // Two for one that is no single unit of UTF-16, as JSON has it.
    return found.replaceAll(/[^]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  });
}

/** A value as a message may show it: short, and without asking it for a text of its own. Not for secrets. */
export function shown(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return printable(JSON.stringify(value.length > MOST ? `${value.slice(0, MOST - 3)}...` : value));
    case 'object':
      return value === null ? 'null' : Array.isArray(value) ? 'a list' : 'an object';
    case 'function':
      return 'a function';
    case 'symbol':
      return 'a symbol';
    case 'undefined':
    case 'boolean':
    case 'number':
    case 'bigint':
      return String(value);
  }
}

/**
 * What an error says, whatever was thrown. One of several parts, as Node gives when a name has several addresses and none
 * answers, has no words of its own: those of its parts are taken.
 */
export function messageOf(error: unknown): string {
  if (typeof error === 'string') return error;
  if (typeof error !== 'object' || error === null) return shown(error);
  const { message, errors, code, name } = error as { [field in 'message' | 'errors' | 'code' | 'name']?: unknown };
  if (typeof message === 'string' && message !== '') return message;
  if (Array.isArray(errors) && errors.length > 0) return [...new Set(errors.map(messageOf))].join(', ');
  if (typeof code === 'string' && code !== '') return code;
  if (error instanceof Error) return typeof name === 'string' ? name : 'an error';
  return inspect(error, { depth: 0, customInspect: false, breakLength: Infinity });
}

/** The same error, which has words from now on if it had none. */
export function withMessage(error: unknown): unknown {
  if (error instanceof Error && error.message === '') {
    Object.defineProperty(error, 'message', { value: messageOf(error), writable: true, configurable: true });
  }
  return error;
}

/** The application's own code that errors came from, such as `onConnect`: whoever runs it notes so. */
export const hooksOfErrors: WeakMap<object, string> = new WeakMap<object, string>();

/** The application's own code that an error came from, if that is known. */
export const hookOf = (error: unknown): string | undefined => hooksOfErrors.get(error as object);

/** How the application's own code is named in texts. */
export const inApplications = (hook: string): string => `in the application's ${hook}`;

/** What comes before the message of an error: nothing, or where it came from, `in the application's onConnect: `. */
export function originOf(error: unknown): string {
  const hook = hookOf(error);
  return hook === undefined ? '' : `${inApplications(hook)}: `;
}

/** By which errors are told apart, also those of another copy of the package: never by their class. */
export function codeOf(error: unknown): string | undefined {
  const code: unknown = (error as { readonly code?: unknown } | null | undefined)?.code;
  return typeof code === 'string' ? code : undefined;
}

/** What was thrown, for a warning: anything can be. */
export const thrown = (error: unknown): string =>
  error instanceof Error ? printable(`${error.name}: ${messageOf(error)}`) : shown(error);

/** How long a label may be. */
export const LONGEST_LABEL = 200;

/** A label as it is kept: cut off when it is longer than 200 characters, so that no report grows with it. */
export function cutLabel(label: string): string {
  if (!(label.length > LONGEST_LABEL)) return label;
  // A copy: a slice would keep the whole text alive.
  const start = Buffer.from(label.slice(0, LONGEST_LABEL - 1)).toString();
  return `${start.replace(/\uFFFD$/, '')}…`;
}
