import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { didYouMean } from '../pool/index.js';
import { DATABASE_NAMES } from './database.js';
import { warnOfMisspelt } from './environment-names.js';
import { gatewayIn } from './gateway-variables.js';
import { parseJson } from './json-text.js';
import { placeInArguments } from './pool-arguments.js';
import { SETTING_NAMES } from './types.js';
import { below, objectAt, refuse, type Unchecked } from './values.js';

const FILE = 'mysqlpool.config.json';

/** A setting as it was found, with the path that error messages show for it. */
export interface Found {
  readonly path: string;
  readonly value: unknown;
}

/** The value of every setting from the source with the highest precedence, not validated yet. */
export interface FoundSettings {
  /** By alias; for each alias the entry of the source with the highest precedence. */
  readonly databases: ReadonlyMap<string, Found>;
  readonly backend: Found;
  readonly arguments: Found;
  readonly maxTotal: Found;
  readonly fleet: Found;
  /** Options of the command `mysqlpool gateway`, by name; the environment wins over the file. */
  readonly gateway: ReadonlyMap<string, Found>;
}

/** The section of the file that only the command `mysqlpool gateway` uses. */
const GATEWAY = 'gateway';

/** One source of settings: what it contains, and the path of each setting for error messages. */
interface Source {
  readonly path: (name: string) => string;
  readonly settings: Unchecked;
}

/**
 * Collects settings. Those given to `configure` win over the environment, which wins over the file. Databases are
 * merged alias by alias; every other setting is taken as a whole from one source.
 * @throws SettingsError
 */
export function findSettings(given: unknown, env: NodeJS.ProcessEnv, folder: string): FoundSettings {
  warnOfMisspelt(env);
  const sources: Source[] = [];
  if (given !== undefined) sources.push({ path: (name) => name, settings: objectAt('configure', given) });
  sources.push(environment(env), ...file(env, folder));
  for (const source of sources) checkNames(source, given !== undefined && source === sources[0]);
  const databases = findDatabases(sources);
  return {
    databases: withUrl(databases, env),
    backend: find(sources, 'MYSQLPOOL_BACKEND'),
    arguments: find(sources, 'MYSQLPOOL_ARGUMENTS'),
    maxTotal: find(sources, 'MYSQLPOOL_MAX_TOTAL'),
    fleet: find(sources, 'MYSQLPOOL_FLEET'),
    gateway: findGateway(sources, env),
  };
}

function checkNames({ path, settings }: Source, isCode: boolean): void {
  for (const name of Object.keys(settings)) {
    if ((SETTING_NAMES as readonly string[]).includes(name) || name === '$schema') continue;
    if (name === GATEWAY && isCode)
      refuse(path(name), 'it belongs in the file, for the command mysqlpool gateway; in code it is startGateway()');
    if (name !== GATEWAY) refuse(path(name), `unknown setting${hintFor(name)}`);
  }
}

function hintFor(name: string): string {
  const near = didYouMean(name, [...SETTING_NAMES, GATEWAY]);
  if (near !== '') return near;
  return DATABASE_NAMES.includes(name) ? ': it belongs in DATABASES.default' : placeInArguments(name);
}

function findGateway(sources: readonly Source[], env: NodeJS.ProcessEnv): Map<string, Found> {
  const found = gatewayIn(env);
  for (const { path, settings } of sources) {
    if (settings[GATEWAY] === undefined) continue;
    const at = path(GATEWAY);
    for (const [name, value] of Object.entries(objectAt(at, settings[GATEWAY]))) {
      if (!found.has(name)) found.set(name, { path: below(at, name), value });
    }
  }
  return found;
}

function find(sources: readonly Source[], name: string): Found {
  for (const { path, settings } of sources) {
    if (settings[name] !== undefined) return { path: path(name), value: settings[name] };
  }
  return { path: name, value: undefined };
}

function findDatabases(sources: readonly Source[]): Map<string, Found> {
  const databases = new Map<string, Found>();
  for (const { path, settings } of sources) {
    if (settings['DATABASES'] === undefined) continue;
    const at = path('DATABASES');
    for (const [alias, value] of Object.entries(objectAt(at, settings['DATABASES']))) {
      if (!databases.has(alias)) databases.set(alias, { path: below(at, alias), value });
    }
  }
  return databases;
}

/** Environment variables have the same names as the settings, except for DATABASES (MYSQLPOOL_DATABASES). */
function environment(env: NodeJS.ProcessEnv): Source {
  const settings: Record<string, unknown> = {};
  const json = (setting: string, variable: string): void => {
    const text = env[variable] ?? '';
    if (text !== '') settings[setting] = parseJson(variable, text);
  };
  json('DATABASES', 'MYSQLPOOL_DATABASES');
  json('MYSQLPOOL_ARGUMENTS', 'MYSQLPOOL_ARGUMENTS');
  json('MYSQLPOOL_FLEET', 'MYSQLPOOL_FLEET');
  const { MYSQLPOOL_BACKEND: backend = '', MYSQLPOOL_MAX_TOTAL: total = '' } = env;
  if (backend !== '') settings['MYSQLPOOL_BACKEND'] = backend;
  if (total !== '') settings['MYSQLPOOL_MAX_TOTAL'] = /^\d+$/.test(total) ? Number(total) : total;
  return { path: (name) => (name === 'DATABASES' ? 'MYSQLPOOL_DATABASES' : name), settings };
}

/** `DATABASE_URL` defines the database `default`, unless `configure` or `MYSQLPOOL_DATABASES` defines it. */
function withUrl(databases: Map<string, Found>, env: NodeJS.ProcessEnv): Map<string, Found> {
  const { DATABASE_URL: url = '' } = env;
  // Hosting platforms set it for whatever database they provide, so a URL of another kind of database is ignored once
  // any database is configured.
  if (url === '' || (databases.size > 0 && !/^(?:mysql|mariadb):/.test(url))) return databases;
  const known = databases.get('default');
  if (known !== undefined && !known.path.startsWith(FILE_MARK)) return databases;
  return databases.set('default', { path: 'DATABASE_URL', value: url });
}

// Only paths of the file begin with this.
const FILE_MARK = 'file ';

function file(env: NodeJS.ProcessEnv, folder: string): Source[] {
  const { MYSQLPOOL_CONFIG: named = '' } = env;
  const name = named === '' ? FILE : named;
  const text = read(resolve(folder, name), named);
  if (text === undefined) return [];
  const settings = objectAt(`${FILE_MARK}${name}`, parseJson(name, text));
  return [{ path: (setting) => `${FILE_MARK}${name}: ${setting}`, settings }];
}

function read(path: string, named: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').replace(/^\uFEFF/, '');
  } catch (error) {
    const { code = 'unreadable' } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' && named === '') return undefined;
    return refuse(named === '' ? FILE : 'MYSQLPOOL_CONFIG', `the file "${path}" cannot be read (${code})`);
  }
}
