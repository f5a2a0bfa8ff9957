import { shown } from './shown.js';

/**
 * What the value of an option must be: in words, which follow "expected" in a message, and as a test. `shows` formats a
 * wrong value for the message; an option whose value may be a secret needs one.
 */
export type Check = readonly [
  expected: string,
  accepts: (value: unknown) => boolean,
  shows?: (value: unknown) => string,
];

/** One check for every option of `T`. */
export type Checks<T extends object> = { readonly [option in keyof T]-?: Check };

/** A fault in an object of options: the name of the option, and a message. */
export interface OptionFault {
  readonly option: string;
  readonly message: string;
}

/** A whole number from `min` to `most`. */
export const whole = (min: number, most: number = Infinity): Check => [
  most === Infinity ? `a whole number from ${min} up` : `a whole number from ${min} to ${most}`,
  (value) => Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= most,
];

/** A whole number from `min` up, or Infinity for no limit. */
export const wholeOrInfinity = (min: number): Check => [
  `a whole number from ${min} up, or Infinity`,
  (value) => (Number.isSafeInteger(value) && (value as number) >= min) || value === Infinity,
];

/** A finite time in milliseconds. */
export const ms = (min: number): Check => [
  `milliseconds from ${min} up`,
  (value) => typeof value === 'number' && value >= min && value < Infinity,
];

export const msOrInfinity = (min: number): Check => [
  `milliseconds from ${min} up, or Infinity`,
  (value) => typeof value === 'number' && value >= min,
];

/** Lists a choice of words as a message has them after "expected": `"a", "b" or "c"`. */
export function anyOf(known: readonly string[]): string {
  const words = known.map((word) => `"${word}"`);
  const last = words.pop() ?? '';
  return words.length === 0 ? last : `${words.join(', ')} or ${last}`;
}

/** One of a list of words. The message about a wrong value suggests the word that it nearly is. */
export const oneOf = (known: readonly string[]): Check => [anyOf(known), (value) => known.includes(value as string)];

export const text: Check = ['a text', (value) => typeof value === 'string'];
export const filledText: Check = ['a text that is not empty', (value) => typeof value === 'string' && value !== ''];
export const flag: Check = ['true or false', (value) => typeof value === 'boolean'];
export const callable: Check = ['a function', (value) => typeof value === 'function'];
/** An AbortSignal, told by its shape and not by its class, as it may come from another realm. */
export const abortSignal: Check = [
  'an AbortSignal',
  (value) => {
    const { addEventListener, aborted } = (value ?? {}) as Partial<AbortSignal>;
    return typeof addEventListener === 'function' && typeof aborted === 'boolean';
  },
];

/**
 * Finds the first fault in an object of options: an unknown name, with a suggestion, or a wrong value. An option that
 * is undefined counts as not given.
 * @param of the method that takes the options, such as `acquire`; the message begins with it
 */
export function faultInOptions(
  given: unknown,
  checks: Readonly<Record<string, Check>>,
  of?: string,
): OptionFault | undefined {
  const before = of === undefined ? '' : `${of}: `;
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    const names = Object.keys(checks).join(', ');
    return { option: 'options', message: `${before}expected an object of options (${names}), got ${shown(given)}` };
  }
  for (const option in given) {
    const value = (given as Readonly<Record<string, unknown>>)[option];
    if (value === undefined) continue;
    const check = Object.hasOwn(checks, option) ? checks[option] : undefined;
    if (check === undefined) {
      const hint = didYouMean(option, Object.keys(checks));
      return { option, message: `${before}unknown option ${shown(option)}${hint}` };
    }
    if (!check[1](value)) return { option, message: `${before}${faultOfValue(option, value, check)}` };
  }
  return undefined;
}

/** The message for a value that its check rejects: `option "order": expected "lifo" or "fifo", got "life"`. */
export function faultOfValue(option: string, value: unknown, [expected, , shows = shown]: Check): string {
  const hint = typeof value === 'string' ? didYouMean(value, quotedIn(expected)) : '';
  return `option "${option}": expected ${expected}, got ${shows(value)}${hint}`;
}

const quotedIn = (text: string): string[] => [...text.matchAll(/"([^"]+)"/g)].map(([, word]) => word!);

/** How many single-character edits (insert, delete, replace) lead from one word to the other. */
function distance(from: string, to: string): number {
  let previous = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (let i = 1; i <= from.length; i++) {
    const row = [i];
    for (let j = 1; j <= to.length; j++) {
      const replaced = previous[j - 1]! + (from[i - 1] === to[j - 1] ? 0 : 1);
      row.push(Math.min(previous[j]! + 1, row[j - 1]! + 1, replaced));
    }
    previous = row;
  }
  return previous[to.length]!;
}

const plain = (word: string): string => word.toLowerCase().replace(/[_\-\s]/g, '');

/** The text ` (did you mean "maxSize"?)` for the known name nearest to a mistyped one; empty when none is near. */
export function didYouMean(name: string, known: Iterable<string>): string {
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(name.length / 3)) + 1;
  for (const candidate of known) {
    const d = distance(plain(name), plain(candidate));
    if (d < bestDistance) [best, bestDistance] = [candidate, d];
  }
  return best === undefined ? '' : ` (did you mean "${best}"?)`;
}
