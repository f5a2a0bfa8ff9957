import { didYouMean, POOL_OPTION_NAMES, PoolOptionError, warnOnce, type PoolOptions } from '../pool/index.js';
import { SCOPED_OPTION_NAMES } from '../scope/index.js';
import type { CreatorPoolOptions } from '../api/creator-pool.js';

/** How the options of an ORM's own pool are understood. */
export interface PoolVocabulary {
  readonly orm: string;
  /** Theirs, and what ours is called. */
  readonly same: Readonly<Record<string, keyof PoolOptions>>;
  /** Options that the ORM still looks after itself. */
  readonly theirs: readonly string[];
  /** Options that mean nothing here, and what happens instead. */
  readonly moot: Readonly<Record<string, string>>;
}

/** The key, among the options of the ORM's pool, for ours. */
export const OWN_KEY = 'mysqlpool';

const OWN_NAMES: ReadonlySet<string> = new Set([...POOL_OPTION_NAMES, ...SCOPED_OPTION_NAMES, 'permits', 'logger']);

/**
 * Our options from those of an ORM's own pool, and from ours among them. What has no meaning here is said, once.
 * @throws PoolOptionError for an unknown name, and for an option given in both ways
 */
export function translateOptions(words: PoolVocabulary, given: object, defaults: PoolOptions): CreatorPoolOptions {
  const options: Record<string, unknown> = {};
  const refuse = (option: string, text: string): never => {
    throw new PoolOptionError(words.orm, option, text);
  };
  const { [OWN_KEY]: own = {}, ...rest } = given as Record<string, unknown>;
  const known = [...Object.keys(words.same), ...words.theirs, ...Object.keys(words.moot), OWN_KEY];
  for (const [name, value] of Object.entries(rest)) {
    const ours = Object.hasOwn(words.same, name) ? words.same[name] : undefined;
    if (value === undefined || words.theirs.includes(name)) continue;
    if (ours !== undefined) options[ours] = value;
    else if (Object.hasOwn(words.moot, name))
      warnOnce(
        'MYSQLPOOL_ORM_OPTION',
        `${words.orm}: pool.${name} has no effect: ${words.moot[name]}`,
        `${words.orm}.${name}`,
      );
    else refuse(name, `unknown option pool.${name}${didYouMean(name, known)}; our own go into pool.${OWN_KEY}`);
  }
  if (typeof own !== 'object' || own === null) {
    refuse(OWN_KEY, `pool.${OWN_KEY}: expected an object of options, got ${own === null ? 'null' : typeof own}`);
  }
  for (const [name, value] of Object.entries(own as object)) {
    if (value === undefined) continue;
    if (!OWN_NAMES.has(name)) refuse(name, `unknown option pool.${OWN_KEY}.${name}${didYouMean(name, OWN_NAMES)}`);
    const theirs = Object.keys(words.same).find((word) => words.same[word] === name && rest[word] !== undefined);
    if (theirs !== undefined) {
      refuse(name, `pool.${theirs} and pool.${OWN_KEY}.${name} say the same; give one of them`);
    }
    options[name] = value;
  }
  return { ...defaults, ...options };
}
