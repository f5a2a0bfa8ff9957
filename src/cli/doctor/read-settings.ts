import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createPool, type MysqlPoolOptions } from '../../api/index.js';
import { splitOptions } from '../../api/options.js';
import { faultOfFleet, resolveFleet, type FleetOptions } from '../../budget/fleet-options.js';
import { PoolError, PoolOptionError } from '../../pool/index.js';
import { Canonical } from '../../settings/canonical.js';
import type { ConnectionPlan } from '../../settings/connection-options.js';
import { readDatabase } from '../../settings/database.js';
import { SettingsError } from '../../settings/errors.js';
import { planOf } from '../../settings/plan.js';
import { readPoolArguments } from '../../settings/pool-arguments.js';
import { findSettings, type FoundSettings } from '../../settings/sources.js';
import type { Backend } from '../../settings/types.js';
import { isKnownVariable } from './check-settings.js';
import type { DatabaseFacts, Mistake, OptionLine, PoolFacts } from './facts.js';
import { linesOfSettings, linesOfUrl, SettingsPlaces } from './option-lines.js';

/** A configured database. Its connection options contain secrets, so they are kept apart from the facts. */
export interface Target {
  readonly facts: Omit<DatabaseFacts, 'server'>;
  readonly connection: ConnectionPlan;
}

export interface ReadSettings {
  readonly targets: readonly Target[];
  readonly maxTotal: number;
  readonly maxTotalAt: string;
  readonly mistakes: readonly Mistake[];
  readonly sources: readonly string[];
}

export interface Where {
  readonly env: NodeJS.ProcessEnv;
  readonly folder: string;
  /** A settings file to read instead of mysqlpool.config.json. */
  readonly config: string | undefined;
  /** The URL of a database to check instead of the configured ones. */
  readonly url: string | undefined;
}

const FILE = 'mysqlpool.config.json';

/** Reads the settings as `configure` does, but collects mistakes instead of throwing at the first one. */
export function readSettings({ env, folder, config, url }: Where): ReadSettings {
  const environment = { ...withoutMisspelt(env), ...(config !== undefined && { MYSQLPOOL_CONFIG: config }) };
  const file = environment['MYSQLPOOL_CONFIG'] || FILE;
  const places = new SettingsPlaces(file, textOf(resolve(folder, file)));
  const mistakes: Mistake[] = [];
  const attempt = <T>(isOfPools: boolean, read: () => T): T | undefined => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof PoolError)) throw error;
      const setting = error instanceof SettingsError ? error.setting : '--url';
      const message =
        error instanceof PoolOptionError ? error.message.replace(/^createPool: /, '--url: ') : error.message;
      mistakes.push({ setting: places.of(setting), message: message.replace(/^file .+?: (?=[A-Z])/, ''), isOfPools });
      return undefined;
    }
  };
  const all = attempt(false, () => findSettings(undefined, environment, folder));
  const found = all ?? NOTHING;
  const canonical = new Canonical();
  const general = attempt(true, () => planOf({ ...found, databases: new Map() }, canonical));
  const fleet = general?.fleet ?? false;
  const sound = general === undefined ? { ...found, ...DEFAULTS } : found;
  const targets =
    url === undefined
      ? [...found.databases].map(([alias, entry]) =>
          attempt(false, () => {
            const key = planOf({ ...sound, databases: new Map([[alias, entry]]) }, canonical).databases.get(alias)!.key;
            const connection = readDatabase(entry.path, entry.value);
            return target(alias, places.of(entry.path), key, connection, poolOf(sound, undefined, places), fleet);
          }),
        )
      : [attempt(false, () => fromUrl(url, sound, fleet, places))];
  return {
    targets: targets.filter((each) => each !== undefined),
    maxTotal: general?.maxTotal ?? Infinity,
    maxTotalAt: places.of(found.maxTotal.path),
    mistakes,
    sources: sourcesOf(found, places, url),
  };
}

/**
 * Removes misspelt variables: the doctor reports them as findings, and `findSettings` would emit a warning in addition.
 */
function withoutMisspelt(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !LIKE_OURS.test(name) || isKnownVariable(name)));
}

/** Matches the names of environment variables that are ours, or look as if they were meant to be. */
export const LIKE_OURS: RegExp = /^MYSQL_?POOL_/i;

const DEFAULTS = {
  backend: { path: 'MYSQLPOOL_BACKEND', value: undefined },
  arguments: { path: 'MYSQLPOOL_ARGUMENTS', value: undefined },
  maxTotal: { path: 'MYSQLPOOL_MAX_TOTAL', value: undefined },
  fleet: { path: 'MYSQLPOOL_FLEET', value: undefined },
};
const NOTHING: FoundSettings = { databases: new Map(), gateway: new Map(), ...DEFAULTS };

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // If the file is required, `findSettings` reports that it cannot be read.
    return undefined;
  }
}

function sourcesOf(found: FoundSettings, places: SettingsPlaces, url: string | undefined): string[] {
  const paths = [
    ...[...found.databases.values()].map(({ path }) => path),
    ...[found.backend, found.arguments, found.maxTotal, found.fleet]
      .filter(({ value }) => value !== undefined)
      .map(({ path }) => path),
  ];
  return [...new Set([...(url === undefined ? [] : ['--url']), ...paths.map((path) => places.sourceOf(path))])];
}

/** @throws PoolOptionError */
function fromUrl(url: string, found: FoundSettings, ofProcess: boolean | FleetOptions, places: SettingsPlaces): Target {
  const { engine, driver, password, fleet = ofProcess } = splitOptions(url);
  const fault = faultOfFleet(fleet);
  if (fault !== undefined) throw new PoolOptionError('createPool', fault.option, fault.message);
  const connection = { driver: { ...driver, password } as MysqlPoolOptions, setUp: [] };
  const pool = poolOf(found, engine as Options, places);
  return target('default', '--url', '--url', connection, pool, fleet as boolean | FleetOptions);
}

type Options = Readonly<Record<string, unknown>>;

/**
 * The options that the pool will have. Those of the URL win over MYSQLPOOL_ARGUMENTS, as in `createPool` under
 * `node-mysqlpool/register`.
 */
function poolOf(found: FoundSettings, url: Options | undefined, places: SettingsPlaces): PoolFacts {
  const isUrl = url !== undefined;
  const ofUrl = url ?? {};
  const backend = (found.backend.value ?? 'QueuePool') as Backend;
  const isGiven = found.backend.value !== undefined || found.arguments.value !== undefined;
  const given = readPoolArguments(found.arguments.path, backend, found.arguments.value);
  const options = { ...(isUrl && !isGiven ? {} : given.options), ...ofUrl } as MysqlPoolOptions;
  // This pool never opens a connection: it is created only to read its options with all defaults.
  const pool = createPool({ ...options, name: 'createPool' });
  const { resetTimeout: _r, connectTimeout: _c, name: _n, ...resolved } = pool.options;
  void pool.close();
  const lines: Record<string, OptionLine | undefined> = {
    ...(isUrl && !isGiven ? {} : linesOfSettings(backend, found.arguments.path, places)),
    ...(isUrl ? linesOfUrl() : {}),
  };
  return {
    ...resolved,
    poolClass: pool.poolClass,
    contextLocal: options.contextLocal ?? pool.poolClass === 'SingletonThreadPool',
    chosen: new Set([...chosenIn(found.arguments.value), ...Object.keys(ofUrl)]),
    lines,
  };
}

/** The options, by our names, that are set by the given SQLAlchemy arguments. */
function chosenIn(value: unknown): string[] {
  const given = (value ?? {}) as Options;
  const names = { recycle: 'maxLifetime', timeout: 'acquireTimeout', pool_size: 'maxSize', max_overflow: 'maxSize' };
  return Object.entries(names)
    .filter(([name]) => given[name] !== undefined)
    .map(([, ours]) => ours);
}

function target(
  alias: string,
  at: string,
  poolKey: string,
  connection: ConnectionPlan,
  pool: PoolFacts,
  fleet: boolean | FleetOptions,
): Target {
  const { host = 'localhost', port = 3306, user, database, socketPath, ssl } = connection.driver;
  const isSocket = socketPath !== undefined;
  const name = host.includes(':') ? `[${host}]` : host;
  return {
    facts: {
      alias,
      at,
      host: isSocket ? undefined : host,
      address: isSocket ? socketPath : `${name}:${port}`,
      user,
      database,
      asksForTls: ssl !== undefined && ssl !== null,
      poolKey,
      pool,
      fleet: resolveFleet(fleet),
    },
    connection,
  };
}
