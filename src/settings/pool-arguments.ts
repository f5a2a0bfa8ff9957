import { faultOfLogger } from '../log/index.js';
import { didYouMean } from '../pool/index.js';
import { readEcho, type EchoLevel } from './echo.js';
import { readListeners, type Listeners } from './listeners.js';
import { argumentsFor, ourName } from './our-names.js';
import { BACKENDS, type Backend } from './types.js';
import { below, expected, flagAt, numberAt, objectAt, refuse, textAt, type Unchecked } from './values.js';

/** `MYSQLPOOL_BACKEND` and `MYSQLPOOL_ARGUMENTS`, converted to our names and units. */
export interface PoolPlan {
  /** Options of the pool, in milliseconds. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly listeners: Listeners;
  readonly echo: EchoLevel;
  /** Prefix of the pool's name, before the alias. */
  readonly prefix: string;
}

const EVERY = [
  'recycle',
  'use_threadlocal',
  'pre_ping',
  'reset_on_return',
  'echo',
  'logger',
  'logging_name',
  'listeners',
  'events',
];

/** The arguments that each of SQLAlchemy's pool classes accepts. */
const ARGUMENTS: Readonly<Record<Backend, readonly string[]>> = {
  QueuePool: ['pool_size', 'max_overflow', 'timeout', 'use_lifo', ...EVERY],
  SingletonThreadPool: ['pool_size', ...EVERY],
  AssertionPool: ['store_traceback', ...EVERY],
  NullPool: EVERY,
  StaticPool: EVERY,
};

const INSTEAD: Readonly<Record<string, string>> = {
  poolclass: 'the class is set by MYSQLPOOL_BACKEND',
  creator: 'connections are made by mysql2; see DATABASES',
  dialect: 'it has no meaning here',
  fleet: 'all processes of an account are one, see MYSQLPOOL_FLEET',
};

/** @throws SettingsError */
export function readPoolArguments(path: string, backend: Backend, value: unknown): PoolPlan {
  const given = value === undefined ? {} : objectAt(path, value);
  for (const name of Object.keys(given)) {
    if (!ARGUMENTS[backend].includes(name)) refuse(below(path, name), whyNot(backend, name));
  }
  const args: Arguments = { path, given };
  return {
    options: {
      poolClass: backend,
      ...sizes(backend, args),
      ...waiting(args),
      ...upkeep(args),
      ...logger(args),
      contextLocal: backend === 'SingletonThreadPool' || flag(args, 'use_threadlocal') === true,
    },
    listeners: readListeners(path, given['listeners'], given['events']),
    echo: readEcho(below(path, 'echo'), given['echo']),
    prefix: textAt(below(path, 'logging_name'), given['logging_name'] ?? ''),
  };
}

/** Why an argument is refused: which other pool classes accept it, or which known name is similar. */
function whyNot(backend: Backend, name: string): string {
  if (Object.hasOwn(INSTEAD, name)) return `${backend} does not take it here: ${INSTEAD[name]}`;
  const others = BACKENDS.filter((other) => ARGUMENTS[other].includes(name));
  if (others.length > 0) return `${backend} does not take this argument, only ${others.join(' and ')}`;
  return `${backend} has no such argument${hintFor(backend, name)}`;
}

function hintFor(backend: Backend, name: string): string {
  const ours = ourName(name);
  const near = ours === name ? '' : didYouMean(name, ARGUMENTS[backend]);
  if (ours === undefined || near !== '') return near;
  const here = argumentsFor(ours, ARGUMENTS[backend]);
  return here === '' ? `: it has nothing like ${ours}, which createPool takes` : `: here ${ours} is ${here}`;
}

/** Where a name that is no setting belongs: `pool_size`, or our own `maxSize`, in `MYSQLPOOL_ARGUMENTS`. May be empty. */
export function placeInArguments(name: string): string {
  if (ARGUMENTS.QueuePool.includes(name)) return ': it belongs in MYSQLPOOL_ARGUMENTS';
  const ours = ourName(name);
  const here = ours === undefined ? '' : argumentsFor(ours, ARGUMENTS.QueuePool);
  return here === '' ? '' : `: it belongs in MYSQLPOOL_ARGUMENTS, where it is ${here}`;
}

interface Arguments {
  readonly path: string;
  readonly given: Unchecked;
}

type Options = Record<string, unknown>;

function flag({ path, given }: Arguments, name: string): boolean | undefined {
  return given[name] === undefined ? undefined : flagAt(below(path, name), given[name]);
}

/** SQLAlchemy splits our maxSize into pool_size (kept connections) and max_overflow. */
function sizes(backend: Backend, { path, given }: Arguments): Options {
  if (backend === 'StaticPool' || backend === 'AssertionPool') return { maxSize: 1 };
  if (backend === 'NullPool') return { maxSize: Infinity };
  const kept = numberAt(below(path, 'pool_size'), given['pool_size'] ?? 5, 0, true) || Infinity;
  if (backend === 'SingletonThreadPool') return { maxSize: Infinity, maxIdle: kept };
  const { max_overflow: overflow = 10 } = given;
  const more = overflow === -1 ? Infinity : numberAt(below(path, 'max_overflow'), overflow, 0, true, ', or -1');
  return { maxSize: kept + more, maxIdle: kept };
}

function waiting({ path, given }: Arguments): Options {
  const { timeout, use_lifo: lifo } = given;
  const options: Options = {};
  if (timeout === null) options['acquireTimeout'] = Infinity;
  else if (timeout !== undefined)
    options['acquireTimeout'] = 1_000 * numberAt(below(path, 'timeout'), timeout, 0, false, ', or null');
  options['order'] = lifo !== undefined && flagAt(below(path, 'use_lifo'), lifo) ? 'lifo' : 'fifo';
  return options;
}

function upkeep({ path, given }: Arguments): Options {
  const { recycle, reset_on_return: reset } = given;
  const options: Options = {};
  if (recycle === -1) options['maxLifetime'] = 0;
  // recycle 0 means that a connection is used once, so none is kept. Our maxLifetime 0 would mean no limit.
  else if (recycle === 0) options['maxIdle'] = 0;
  else if (recycle !== undefined)
    options['maxLifetime'] = 1_000 * numberAt(below(path, 'recycle'), recycle, 0, false, ', or -1');
  const prePing = flag({ path, given }, 'pre_ping');
  if (prePing !== undefined) options['ping'] = prePing ? 'always' : 'never';
  if (reset !== undefined) options['reset'] = resetMode(below(path, 'reset_on_return'), reset);
  if (given['store_traceback'] !== undefined) flagAt(below(path, 'store_traceback'), given['store_traceback']);
  return options;
}

function logger({ path, given }: Arguments): Options {
  const { logger: value } = given;
  if (value === undefined || value === null) return {};
  const fault = faultOfLogger(value);
  return fault === undefined ? { logger: value } : refuse(below(path, 'logger'), fault);
}

function resetMode(path: string, value: unknown): string {
  if (value === true || value === 'rollback') return 'rollback';
  if (value === false || value === null || value === 'none') return 'none';
  return value === 'commit' ? 'commit' : expected(path, '"rollback", "commit", "none", true, false or null', value);
}
