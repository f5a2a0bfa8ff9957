import { knownOptionNames } from '../api/options.js';
import type { CreatorPoolOptions } from '../api/creator-pool.js';
import {
  checks,
  didYouMean,
  POOL_OPTION_NAMES,
  PoolOptionError,
  shown,
  warnOnce,
  type Check,
  type PoolOptions,
  type ResolvedPoolOptions,
} from '../pool/index.js';
import { SCOPED_OPTION_NAMES } from '../scope/index.js';

type Given = Readonly<Record<string, unknown>>;

/** An option of an ORM's pool that we have as well. */
export interface Word {
  readonly ours: keyof PoolOptions;
  /** What the ORM's own pool accepts. */
  readonly check: Check;
  /** Ours, where the same value would mean something else; undefined: as if it had not been given. */
  readonly means?: (value: unknown, given: Given) => unknown;
}

/** How the options of an ORM's own pool are understood. */
export interface PoolVocabulary {
  readonly orm: string;
  readonly same: Readonly<Record<string, Word>>;
  /** Options that the ORM still looks after itself. */
  readonly theirs: Readonly<Record<string, Check>>;
  /** Options that mean nothing here, and what happens instead. One that a function has no text for does mean something. */
  readonly moot: Readonly<Record<string, string | ((given: Given) => string | undefined)>>;
  /** Whether null counts as not given. */
  readonly allowsNull: boolean;
  /** Where options of ours are given, and what one of them is called there. */
  readonly place: string;
  readonly own: (name: string) => string;
  /** Where the ORM takes the options of its connections, and what it has instead of our `onConnect`. */
  readonly connection: string;
  readonly hook: string;
  /** What it may call for them whenever it connects. @default as `connection` */
  readonly credentials?: string;
}

/** The key, among the options of the ORM's pool, for ours. */
export const OWN_KEY = 'mysqlpool';

/** Where ours are given in most ORMs. */
export const IN_POOL: Pick<PoolVocabulary, 'place' | 'own'> = {
  place: `pool.${OWN_KEY}`,
  own: (name) => `pool.${OWN_KEY}.${name}`,
};

export const anything: Check = ['anything', () => true];

/** A hook that may be switched off. */
export const hookOrNone: Check = ['a function', (value) => typeof value === 'function' || !value];

/** Of a pool that has no end of it for Infinity, where ours has none for 0. */
export const zeroForEver = (ms: unknown): unknown => (ms === Infinity ? 0 : ms);

const OWN_NAMES: ReadonlySet<string> = new Set([
  ...POOL_OPTION_NAMES,
  ...SCOPED_OPTION_NAMES,
  'permits',
  'fleet',
  'logger',
]);

/** mysql2's words, which many know from its own pool. */
const OF_MYSQL2: Readonly<Record<string, keyof PoolOptions>> = {
  connectionLimit: 'maxSize',
  queueLimit: 'maxWaiters',
  waitForConnections: 'acquireTimeout',
  resetOnRelease: 'reset',
};

/** What `withTheirOptions` needs of a pool. */
interface Resizable {
  readonly options: ResolvedPoolOptions;
  resize(changes: PoolOptions): void;
  on(event: 'opened', listener: () => void): () => void;
}

/**
 * Makes a pool with the options of an ORM's own one, and with ours among them. What has no meaning here is said, once.
 * As in the ORMs' own pools nothing is opened before it is needed: their `min` holds from the first connection on.
 * @throws PoolOptionError for an unknown name, a value that the ORM's own pool refuses too, and an option that is given
 * in both ways
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
    // Nothing has been opened yet: that begins when the constructor's caller has returned.
    pool.resize({ minIdle: 0 });
    const forget = pool.on('opened', () => {
      forget();
      pool.resize({ minIdle });
    });
  }
  return pool;
}

/** What was chosen, in our words. */
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

/** @throws PoolOptionError for what is no object of options: of a text or a list each part would be taken for one */
export function optionsAt(words: PoolVocabulary, option: string, place: string, given: unknown): object {
  if (typeof given === 'object' && given !== null && !Array.isArray(given)) return given;
  return refuse(words, option, `${place}: expected an object of options, got ${kindOf(given)}`);
}

/** Not the value itself, which may be a URL with a password. */
function kindOf(given: unknown): string {
  if (typeof given === 'string') return 'a text';
  return given === null || Array.isArray(given) ? shown(given) : typeof given;
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

/** Where that ORM takes what is no option of a pool. */
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

/** What no program has ever had there for another reason; and a limit that is passed over is none. */
export const BESIDE: readonly string[] = [OWN_KEY, 'fleet'];

/**
 * Options of ours beside the ORM's `pool`, where the ORM would pass over them in silence.
 * @param where what is looked at, such as `connection`; empty for the ORM's configuration itself
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

// mysql2's connection has one of that name as well.
const OF_BOTH: ReadonlySet<string> = new Set(['connectTimeout']);

/**
 * Options of a pool among those of the connection, where they have no effect: mysql2 passes over its own in silence, and
 * says of ours no more than that they are invalid. A program that has always had them there goes on.
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
