import { inspect } from 'node:util';

const MOST = 60;

// What would change how a line is read, or where it ends: controls of ASCII and of Latin-1 (ESC, NEL), separators of lines
// and paragraphs, and what turns the direction of writing.
// oxlint-disable-next-line no-control-regex -- those are what it is about
const UNPRINTABLE = /[\0-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** A text with everything in it escaped that could fool whoever reads it on a screen or in a log: it stays one line. */
export function printable(value: string): string {
  return value.replaceAll(UNPRINTABLE, (char) => {
    if (char === '\n') return String.raw`\n`;
    if (char === '\t') return String.raw`\t`;
    return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
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

/** What was thrown, for a warning: anything can be. */
export const thrown = (error: unknown): string =>
  error instanceof Error ? printable(`${error.name}: ${messageOf(error)}`) : shown(error);

/** How long a label may be. */
export const LONGEST_LABEL = 200;

/** A label as it is kept: cut off when it is longer than 200 characters, so that no report grows with it. */
export function cutLabel(label: string): string {
  if (label.length <= LONGEST_LABEL) return label;
  // A copy: a slice would keep the whole text alive.
  const start = Buffer.from(label.slice(0, LONGEST_LABEL - 1)).toString();
  return `${start.replace(/\uFFFD$/, '')}…`;
}
