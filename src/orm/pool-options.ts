import { knownOptionNames } from '../api/options.js';
import type { CreatorPoolOptions } from '../api/creator-pool.js';
import {
  checks,
  didYouMean,
  kindOf,
  POOL_OPTION_NAMES,
  PoolOptionError,
  warnOnce,
  type Check,
  type PoolOptions,
  type ResolvedPoolOptions,
} from '../pool/index.js';
import { SCOPED_OPTION_NAMES } from '../scope/index.js';

type Given = Readonly<Record<string, unknown>>;

/** An option of an ORM's pool that has an equivalent here. */
export interface Word {
  readonly ours: keyof PoolOptions;
  /** The values that the ORM's own pool accepts. */
  readonly check: Check;
  /** Converts the value if it means something else here; undefined means as if not given. */
  readonly means?: (value: unknown, given: Given) => unknown;
}

/** How the options of an ORM's own pool are mapped to ours. */
export interface PoolVocabulary {
  readonly orm: string;
  readonly same: Readonly<Record<string, Word>>;
  /** Options that the ORM still handles itself. */
  readonly theirs: Readonly<Record<string, Check>>;
  /**
   * Options without effect here, with the reason, or a function of the options that returns it; undefined from it means
   * that the option does have an effect.
   */
  readonly moot: Readonly<Record<string, string | ((given: Given) => string | undefined)>>;
  /** Whether null counts as not given. */
  readonly allowsNull: boolean;
  /** Where our options are given, and how one of them is written there. */
  readonly place: string;
  readonly own: (name: string) => string;
  /** Where the ORM takes connection options, and its equivalent of our `onConnect`. */
  readonly connection: string;
  readonly hook: string;
  /** The name of the function for credentials that the ORM may call when it connects. @default as `connection` */
  readonly credentials?: string;
}

/** The key for our options within the options of the ORM's pool. */
export const OWN_KEY = 'mysqlpool';

/** The usual place of our options. */
export const IN_POOL: Pick<PoolVocabulary, 'place' | 'own'> = {
  place: `pool.${OWN_KEY}`,
  own: (name) => `pool.${OWN_KEY}.${name}`,
};

export const anything: Check = ['anything', () => true];

/** A hook that can be disabled with a falsy value. */
export const hookOrNone: Check = ['a function', (value) => typeof value === 'function' || !value];

/** Converts a duration of a pool in which Infinity means no limit; here that is 0. */
export const zeroForEver = (ms: unknown): unknown => (ms === Infinity ? 0 : ms);

const OWN_NAMES: ReadonlySet<string> = new Set([
  ...POOL_OPTION_NAMES,
  ...SCOPED_OPTION_NAMES,
  'permits',
  'fleet',
  'logger',
]);

/** mysql2's names, which users may know from its own pool. */
const OF_MYSQL2: Readonly<Record<string, keyof PoolOptions>> = {
  connectionLimit: 'maxSize',
  queueLimit: 'maxWaiters',
  waitForConnections: 'acquireTimeout',
  resetOnRelease: 'reset',
};

/** The part of a pool that `withTheirOptions` needs. */
interface Resizable {
  readonly options: ResolvedPoolOptions;
  resize(changes: PoolOptions): void;
  on(event: 'opened', listener: () => void): () => void;
}

/**
 * Creates a pool from the options of an ORM's pool, with ours nested in them. Warns once about each option that has no
 * effect here. As in the ORMs' own pools, no connection is opened before the first is needed, so the ORM's `min`
 * applies from the first connection on.
 * @throws PoolOptionError for an unknown name, a value that the ORM's own pool refuses as well, and an option that is
 * given under both names
 */
export function withTheirOptions<P extends Resizable>(
  words: PoolVocabulary,
  given: unknown,
  defaults: PoolOptions,
  make: (chosen: CreatorPoolOptions, defaults: PoolOptions) => P,
): P {
  const pool = make(translate(words, optionsAt(words, 'pool', 'pool', given) as Given), defaults);
  const { minIdle } = pool.options;
  if (minIdle > 0 && (given as Given)['min'] !== undefined) {
    // The pool opens connections only after the code that constructs it has returned, so minIdle can still be lowered
    // here.
    pool.resize({ minIdle: 0 });
    const forget = pool.on('opened', () => {
      forget();
      pool.resize({ minIdle });
    });
  }
  return pool;
}

/** The given options, under our names. */
function translate(words: PoolVocabulary, given: Given): CreatorPoolOptions {
  const { [OWN_KEY]: own = {}, ...rest } = given;
  const theirs: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(rest)) {
    if (value === undefined || (value === null && words.allowsNull)) continue;
    const word = Object.hasOwn(words.same, name) ? words.same[name] : undefined;
    const check = word?.check ?? (Object.hasOwn(words.theirs, name) ? words.theirs[name] : undefined);
    if (check === undefined) sayMoot(words, name, given);
    else if (!check[1](value)) refuse(words, name, checks.faultOfValue(`pool.${name}`, value, check));
    if (word === undefined) continue;
    const meant = word.means === undefined ? value : word.means(value, given);
    if (meant !== undefined) theirs[word.ours] = meant;
  }
  return { ...theirs, ...ownOptions(words, own, rest) };
}

function sayMoot(words: PoolVocabulary, name: string, given: Given): void {
  const known = Object.hasOwn(words.moot, name) ? words.moot[name] : refuse(words, name, unknownInPool(words, name));
  const why = typeof known === 'function' ? known(given) : known;
  if (why === undefined) return;
  const text = `${words.orm}: pool.${name} has no effect: ${why}`;
  warnOnce('MYSQLPOOL_ORM_OPTION', text, `${words.orm}.${name}`);
}

/**
 * @throws PoolOptionError if the value is not an object: the characters of a string, or the items of a list, would be
 * taken for options
 */
export function optionsAt(words: PoolVocabulary, option: string, place: string, given: unknown): object {
  if (typeof given === 'object' && given !== null && !Array.isArray(given)) return given;
  // What came is not shown: it may be a URL with a password.
  return refuse(words, option, `${place}: expected an object of options, got ${kindOf(given)}`);
}

function ownOptions(words: PoolVocabulary, own: unknown, beside: Given): object {
  const options: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(optionsAt(words, OWN_KEY, words.place, own))) {
    if (value === undefined) continue;
    if (!OWN_NAMES.has(name)) refuse(words, name, unknownAmongOurs(words, name));
    const theirs = theirWord(words, name);
    if (theirs !== undefined && beside[theirs] !== undefined) {
      refuse(words, name, `pool.${theirs} and ${words.own(name)} say the same; give one of them`);
    }
    options[name] = value;
  }
  return options;
}

function unknownInPool(words: PoolVocabulary, name: string): string {
  const meant = Object.hasOwn(OF_MYSQL2, name) ? OF_MYSQL2[name] : OWN_NAMES.has(name) ? name : undefined;
  if (meant !== undefined) return `pool.${name}: give ${placeOf(words, meant)}`;
  const elsewhere = ofConnection(words, name);
  if (elsewhere !== undefined) return `pool.${name}: ${elsewhere}`;
  const known = [...Object.keys(words.same), ...Object.keys(words.theirs), ...Object.keys(words.moot), OWN_KEY];
  return `unknown option pool.${name}${didYouMean(name, known)}; options of node-mysqlpool go into ${words.place}`;
}

function unknownAmongOurs(words: PoolVocabulary, name: string): string {
  const isTheirs = [words.same, words.theirs, words.moot].some((names) => Object.hasOwn(names, name));
  const elsewhere = isTheirs ? `it is an option of ${words.orm}: pool.${name}` : ofConnection(words, name);
  if (elsewhere !== undefined) return `${words.own(name)}: ${elsewhere}`;
  return `unknown option ${words.own(name)}${didYouMean(name, OWN_NAMES)}`;
}

/** Where the ORM takes an option that is not one of the pool. */
function ofConnection(words: PoolVocabulary, name: string): string | undefined {
  if (name === 'onConnect') return `in ${words.orm} that is ${words.hook}`;
  const isOfConnection = name === 'password' || name === 'uri' || knownOptionNames('driver').has(name);
  return isOfConnection
    ? `it is an option of the connection, which ${words.orm} takes in ${words.connection}`
    : undefined;
}

const theirWord = (words: PoolVocabulary, ours: string): string | undefined =>
  Object.keys(words.same).find((word) => words.same[word]!.ours === ours);

function placeOf(words: PoolVocabulary, ours: string): string {
  const theirs = theirWord(words, ours);
  return theirs === undefined ? words.own(ours) : `pool.${theirs}, or ${words.own(ours)}`;
}

/**
 * Names that are refused outside of the pool options: no other library uses them there, and ignoring a limit would mean
 * no limit.
 */
export const BESIDE: readonly string[] = [OWN_KEY, 'fleet'];

/**
 * Refuses our options outside of the ORM's `pool`, where the ORM would silently ignore them.
 * @param where what is inspected, such as `connection`; empty for the ORM's configuration itself
 * @throws PoolOptionError
 */
export function refuseBesidePool(words: PoolVocabulary, where: string, beside: unknown): void {
  if (typeof beside !== 'object' || beside === null) return;
  for (const name of BESIDE) {
    if ((beside as Given)[name] === undefined) continue;
    const found = where === '' ? name : `${where}.${name}`;
    const instead =
      name === OWN_KEY ? `options of node-mysqlpool go into ${words.place}` : `give ${placeOf(words, name)}`;
    refuse(words, name, `${found} is not looked at there: ${instead}`);
  }
}

// Names that are connection options of mysql2 as well.
const OF_BOTH: ReadonlySet<string> = new Set(['connectTimeout']);

/**
 * Warns about pool options among the connection options, where they have no effect: mysql2 silently ignores its own,
 * and reports ours only as invalid. Not an error, so that programs that have always had them keep running.
 */
export function sayOfPoolIn(words: PoolVocabulary, connection: unknown): void {
  if (typeof connection !== 'object' || connection === null) return;
  for (const name of Object.keys(connection)) {
    const meant = Object.hasOwn(OF_MYSQL2, name) ? OF_MYSQL2[name]! : name;
    if (!OWN_NAMES.has(meant) || OF_BOTH.has(name)) continue;
    const text = `${words.orm}: ${words.connection}.${name} has no effect there: give ${placeOf(words, meant)}`;
    warnOnce('MYSQLPOOL_ORM_OPTION', text, `${words.orm}.${words.connection}.${name}`);
  }
}

function refuse(words: PoolVocabulary, option: string, text: string): never {
  throw new PoolOptionError(words.orm, option, text);
}
