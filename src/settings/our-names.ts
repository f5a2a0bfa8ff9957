import { otherWord } from '../mysql/other-words.js';
import { POOL_OPTION_NAMES } from '../pool/index.js';

/** The arguments of SQLAlchemy that stand for an option of `createPool`, and what differs. */
interface Arguments {
  readonly names: readonly string[];
  readonly note?: string;
}

const IN_SECONDS = ', in seconds';

/** The options of `createPool` that `MYSQLPOOL_ARGUMENTS` has under another name. */
const ARGUMENTS: ReadonlyMap<string, Arguments> = new Map<string, Arguments>([
  ['maxSize', { names: ['pool_size', 'max_overflow'] }],
  ['maxIdle', { names: ['pool_size'] }],
  ['acquireTimeout', { names: ['timeout'], note: IN_SECONDS }],
  ['maxLifetime', { names: ['recycle'], note: IN_SECONDS }],
  ['ping', { names: ['pre_ping'] }],
  ['reset', { names: ['reset_on_return'] }],
  ['order', { names: ['use_lifo'] }],
  ['contextLocal', { names: ['use_threadlocal'] }],
  ['name', { names: ['logging_name'] }],
  ['onConnect', { names: ['events'] }],
]);

const plain = (name: string): string => name.toLowerCase().replaceAll(/[_\-\s]/g, '');

const OURS: ReadonlyMap<string, string> = new Map(
  [...POOL_OPTION_NAMES, ...ARGUMENTS.keys()].map((name) => [plain(name), name]),
);

/** The option of `createPool` for the pool, not for its connections, that a name means, as another library may spell it. */
export function ourName(name: string): string | undefined {
  const same = OURS.get(plain(name));
  if (same !== undefined) return same;
  const { option } = otherWord(name) ?? {};
  return option !== undefined && OURS.get(plain(option)) === option ? option : undefined;
}

/**
 * What an option of `createPool` is called in `MYSQLPOOL_ARGUMENTS`: `pool_size + max_overflow`, with its unit; empty if
 * there is none.
 * @param known the arguments that the pool class accepts
 */
export function argumentsFor(option: string, known: readonly string[]): string {
  const { names = [], note = '' } = ARGUMENTS.get(option) ?? {};
  const accepted = names.filter((name) => known.includes(name));
  return accepted.length === 0 ? '' : `${accepted.join(' + ')}${note}`;
}
