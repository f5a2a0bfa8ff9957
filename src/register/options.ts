import type * as Copying from '../mysql/copy-properties.js';
import type * as Url from '../mysql/url.js';
import { processSettings } from './process-limit.js';

/** mysql2's names for our options. */
const THEIRS: Readonly<Record<string, string>> = { maxSize: 'connectionLimit', reset: 'resetOnRelease' };

/**
 * The options of a pool, completed with the settings of the process that it does not set itself. Properties that are
 * not enumerable stay so.
 */
export function withDefaults(given: unknown): unknown {
  const { defaults } = processSettings();
  if (Object.keys(defaults).length === 0) return given;
  const { copyProperties } = require('../mysql/copy-properties.js') as typeof Copying;
  const { parseUrl } = require('../mysql/url.js') as typeof Url;
  const url = typeof given === 'string' ? given : (given as { readonly uri?: unknown } | undefined)?.uri;
  const said = typeof url === 'string' ? parseUrl(url) : {};
  const options = copyProperties(typeof given === 'object' && given !== null ? given : { uri: given }, {}) as Record<
    string,
    unknown
  >;
  Object.assign(said, options);
  // A pool class with exactly one connection overrides the size.
  const isSingle = defaults['poolClass'] === 'StaticPool' || defaults['poolClass'] === 'AssertionPool';
  if (isSingle) delete options['connectionLimit'];
  for (const [name, value] of Object.entries(defaults)) {
    const isSaid = said[name] !== undefined || said[THEIRS[name] ?? name] !== undefined;
    if (!isSaid || (isSingle && name === 'maxSize')) options[name] = value;
  }
  return options;
}

/** Options that must not exceed the size of the pool. */
const WITHIN_SIZE = ['maxIdle', 'minIdle'];

/** The options of an ORM's pool; ours are nested in `mysqlpool`. */
interface PoolOptions {
  readonly mysqlpool?: object | undefined;
}

/**
 * The options of an ORM's pool, completed with the settings of the process that the application does not set. Returns
 * the same object if there is nothing to add.
 * @param theirs the ORM's names for our options
 * @param said all pool options that the application sets, if `given` does not contain all of them
 */
export function withUnsaid<P extends object>(
  given: P,
  theirs: Readonly<Record<string, string>>,
  said: object = given,
): P {
  const more = unsaid(said as Readonly<Record<string, unknown>>, theirs);
  const { mysqlpool } = given as PoolOptions;
  return Object.keys(more).length === 0 ? given : { ...given, mysqlpool: { ...more, ...mysqlpool } };
}

/** The settings of the process that the application does not set, under our names. */
function unsaid(
  said: Readonly<Record<string, unknown>>,
  theirs: Readonly<Record<string, string>>,
): Record<string, unknown> {
  const { defaults } = processSettings();
  const maxSize = said[theirs['maxSize'] ?? 'maxSize'];
  const most = typeof maxSize === 'number' ? maxSize : Infinity;
  const own = Object.entries(defaults).filter(([name]) => said[theirs[name] ?? name] === undefined);
  return Object.fromEntries(
    own.map(([name, value]) => [name, WITHIN_SIZE.includes(name) ? Math.min(Number(value), most) : value]),
  );
}
