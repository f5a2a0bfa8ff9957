import { checks, didYouMean, shown, type Check } from '../pool/index.js';
import { SettingsError } from './errors.js';

/** An object whose keys have not been checked yet. */
export type Unchecked = Readonly<Record<string, unknown>>;

export function refuse(path: string, message: string): never {
  throw new SettingsError(path, message);
}

export function expected(path: string, what: string, value: unknown): never {
  refuse(path, `expected ${what}, got ${shown(value)}`);
}

/** Appends a name to the path of a setting. */
export const below = (path: string, name: string): string =>
  path === '' ? name : /^[\w$-]+$/.test(name) ? `${path}.${name}` : `${path}[${JSON.stringify(name)}]`;

export function objectAt(path: string, value: unknown): Unchecked {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Unchecked;
  return expected(path, 'an object', value);
}

/** Returns the value if it passes one of the engine's checks. @throws SettingsError */
const checkedAt = <T>(path: string, value: unknown, [what, accepts]: Check): T =>
  accepts(value) ? (value as T) : expected(path, what, value);

export const textAt = (path: string, value: unknown): string => checkedAt(path, value, checks.text);

export const flagAt = (path: string, value: unknown): boolean => checkedAt(path, value, checks.flag);

export function listAt(path: string, value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : expected(path, 'a list', value);
}

/**
 * A number of at least `least`. `also` names, for the error message, further values that the caller has already
 * handled.
 */
export function numberAt(path: string, value: unknown, least: number, whole: boolean, also = ''): number {
  const fits = typeof value === 'number' && value >= least && (whole ? Number.isSafeInteger(value) : value < Infinity);
  return fits ? value : expected(path, `${whole ? 'a whole number' : 'seconds'} from ${least} up${also}`, value);
}

export function oneOfAt<T extends string>(path: string, value: unknown, known: readonly T[]): T {
  const [what, accepts] = checks.oneOf(known);
  const hint = typeof value === 'string' ? didYouMean(value, known) : '';
  return accepts(value) ? (value as T) : refuse(path, `expected ${what}, got ${shown(value)}${hint}`);
}
