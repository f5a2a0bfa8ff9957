import type { MysqlPoolOptions } from '../api/index.js';
import { parseUrl } from '../mysql/url.js';
import { codeOf, didYouMean, kindOf, shown, type PoolOptionError } from '../pool/index.js';
import { readConnectionOptions, type ConnectionPlan } from './connection-options.js';
import { below, expected, objectAt, refuse, textAt, type Unchecked } from './values.js';

const ENGINES = ['mysqlpool', 'django_mysqlpool.backends.mysqlpool'];
export const DATABASE_NAMES: readonly string[] = [
  'ENGINE',
  'NAME',
  'USER',
  'PASSWORD',
  'HOST',
  'PORT',
  'OPTIONS',
  'TIME_ZONE',
];

/**
 * Settings of Django that have no effect here. `values` are the values that can be accepted because ignoring them loses
 * nothing; `why` explains why any other value is refused. Undefined: the setting concerns only Django's tests and
 * requests, so any value is accepted.
 */
const IDLE: Readonly<Record<string, { readonly values: readonly unknown[]; readonly why: string } | undefined>> = {
  ATOMIC_REQUESTS: { values: [false], why: 'there are no requests here: use pool.transaction(fn)' },
  AUTOCOMMIT: { values: [true], why: 'every connection is lent with autocommit on: use pool.transaction(fn)' },
  CONN_MAX_AGE: {
    values: [0, null, undefined],
    why: 'pooling does not go with persistent connections: set recycle in MYSQLPOOL_ARGUMENTS instead',
  },
  CONN_HEALTH_CHECKS: undefined,
  DISABLE_SERVER_SIDE_CURSORS: undefined,
  TEST: undefined,
};

/** Reads one entry of `DATABASES`. @throws SettingsError */
export function readDatabase(path: string, value: unknown): ConnectionPlan {
  const entry = typeof value === 'string' ? entryOf(path, value) : objectAt(path, value);
  for (const name of Object.keys(entry)) {
    if (Object.hasOwn(IDLE, name)) checkIdle(path, name, entry[name]);
    else if (!DATABASE_NAMES.includes(name))
      refuse(below(path, name), `unknown setting${didYouMean(name, [...DATABASE_NAMES, ...Object.keys(IDLE)])}`);
  }
  checkEngine(below(path, 'ENGINE'), entry['ENGINE']);
  // A URL has no OPTIONS: what stands after its question mark is named as it stands there.
  const at = typeof value === 'string' ? (name: string): string => `${path}?${name}` : undefined;
  const options = readConnectionOptions(below(path, 'OPTIONS'), entry['OPTIONS'] ?? {}, at);
  return { ...options, driver: { ...address(path, entry), ...timeZone(path, entry), ...options.driver } };
}

function checkEngine(path: string, engine: unknown): void {
  if (engine === undefined || ENGINES.includes(engine as string)) return;
  const others = typeof engine === 'string' && /mysql/i.test(engine) ? '; every database here is pooled' : '';
  expected(path, `"${ENGINES.join('" or "')}"${others}`, engine);
}

function checkIdle(path: string, name: string, value: unknown): void {
  const rule = IDLE[name];
  if (rule === undefined || rule.values.includes(value)) return;
  refuse(below(path, name), `${shown(value)} is not possible: ${rule.why}`);
}

type Options = { -readonly [K in keyof MysqlPoolOptions]: MysqlPoolOptions[K] };

/** In Django an empty string means that the value is not given. */
function address(path: string, entry: Unchecked): Options {
  const text = (name: string): string | undefined => textAt(below(path, name), entry[name] ?? '') || undefined;
  const options: Options = {};
  const [database, user, host] = [text('NAME'), text('USER'), text('HOST')];
  if (database !== undefined) options.database = database;
  if (user !== undefined) options.user = user;
  const { PASSWORD: password = '' } = entry;
  if (typeof password === 'function') options.password = password as () => string;
  else if (typeof password !== 'string')
    refuse(below(path, 'PASSWORD'), `expected a text or a function, got ${kindOf(password)}`);
  else if (password !== '') options.password = password;
  if (host?.startsWith('/') === true) options.socketPath = host;
  else {
    options.host = host ?? 'localhost';
    options.port = port(below(path, 'PORT'), entry['PORT'] ?? '');
  }
  return options;
}

function port(path: string, value: unknown): number {
  if (value === '') return 3306;
  const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
  if (Number.isInteger(number) && (number as number) >= 1 && (number as number) <= 65_535) return number as number;
  return expected(path, 'a port from 1 to 65535, or ""', value);
}

/** Django's TIME_ZONE: the zone in which the database stores times. mysql2 knows UTC offsets only, not zone names. */
function timeZone(path: string, entry: Unchecked): Options {
  const { TIME_ZONE: zone = null } = entry;
  if (zone === null) return {};
  if (zone === 'UTC') return { timezone: 'Z' };
  return refuse(
    below(path, 'TIME_ZONE'),
    `expected "UTC" or null, got ${shown(zone)}; for another one set mysql2's timezone, such as "+02:00", in OPTIONS`,
  );
}

/** Converts a URL to the equivalent entry of `DATABASES`. */
function entryOf(path: string, url: string): Unchecked {
  try {
    const { host, port: number, user, password, database, ...options } = parseUrl(url);
    return {
      HOST: host ?? '',
      PORT: number ?? '',
      USER: user ?? '',
      PASSWORD: password ?? '',
      NAME: database ?? '',
      OPTIONS: options,
    };
  } catch (error) {
    if (codeOf(error) !== 'POOL_OPTION') throw error;
    const { message, pool } = error as PoolOptionError;
    return refuse(path, message.slice(pool.length + 2));
  }
}
