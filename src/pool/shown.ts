import { inspect } from 'node:util';

const MOST = 60;

// Characters that change how a line is read, or where it ends: ASCII and Latin-1 controls (ESC, NEL), lone surrogates,
// line and paragraph separators, bidirectional controls, and invisible characters.
const UNPRINTABLE =
  /[\p{Cc}\p{Cs}\u00AD\u061C\u180E\u200B\u200E\u200F\u2028-\u202E\u2060-\u2069\uFEFF\uFFF9-\uFFFB\u{E0000}-\u{E007F}]/gu;

/** Escapes everything that could mislead the reader of a screen or a log. The text stays on one line. */
export function printable(value: string): string {
  return value.replace(UNPRINTABLE, (found) => {
    if (found === '\n') return String.raw`\n`;
    if (found === '\t') return String.raw`\t`;
    // A character outside the BMP becomes two escapes, one for each UTF-16 unit, as in JSON.
    return found.replaceAll(/[^]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  });
}

/** Formats a value for a message: short, and without calling its own `toString`. Not for secrets. */
export function shown(value: unknown): string {
  if (typeof value === 'string')
    return printable(JSON.stringify(value.length > MOST ? `${value.slice(0, MOST - 3)}...` : value));
  if (typeof value === 'object') return value === null ? 'null' : Array.isArray(value) ? 'a list' : 'an object';
  return typeof value === 'function' || typeof value === 'symbol' ? `a ${typeof value}` : String(value as number);
}

/** As `shown`, for what may be a secret: of a text or a number, only that it is one. */
export const kindOf = (value: unknown): string =>
  typeof value === 'string' ? 'a text' : /^(?:number|bigint)$/.test(typeof value) ? 'a number' : shown(value);

/**
 * The message of an error, whatever was thrown. An AggregateError, which Node throws when a name has several addresses
 * and none answers, has an empty message: the messages of its parts are used.
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

/** Returns the error itself, after giving it a message if it had none. */
export function withMessage(error: unknown): unknown {
  if (error instanceof Error && error.message === '') {
    Object.defineProperty(error, 'message', { value: messageOf(error), writable: true, configurable: true });
  }
  return error;
}

/** The name of the application's hook, such as `onConnect`, that an error came from. Set by what runs the hook. */
export const hooksOfErrors: WeakMap<object, string> = new WeakMap<object, string>();

/** The name of the application's hook that an error came from, if known. */
export const hookOf = (error: unknown): string | undefined => hooksOfErrors.get(error as object);

/** How messages name an application's hook. */
export const inApplications = (hook: string): string => `in the application's ${hook}`;

/** The prefix of an error's message: empty, or the hook it came from, `in the application's onConnect: `. */
export function originOf(error: unknown): string {
  const hook = hookOf(error);
  return hook === undefined ? '' : `${inApplications(hook)}: `;
}

/**
 * The `code` of an error. Errors are told apart by it, never by class: they may come from another copy of the package.
 */
export function codeOf(error: unknown): string | undefined {
  const code: unknown = (error as { readonly code?: unknown } | null | undefined)?.code;
  return typeof code === 'string' ? code : undefined;
}

/** Formats what was thrown, which may be anything, for a warning. */
export const thrown = (error: unknown): string =>
  error instanceof Error ? printable(`${error.name}: ${messageOf(error)}`) : shown(error);

/** The length, in characters, at which a label is cut off. */
export const LONGEST_LABEL = 200;

/** Cuts off a label that is longer than 200 characters, so that reports stay short. */
export function cutLabel(label: string): string {
  if (!(label.length > LONGEST_LABEL)) return label;
  // Copied by way of a buffer: a slice would keep the whole original text in memory.
  const start = Buffer.from(label.slice(0, LONGEST_LABEL - 1)).toString();
  return `${start.replace(/\uFFFD$/, '')}…`;
}
