import { Charsets } from 'mysql2';
import { ISOLATION_LEVELS, type MysqlPoolOptions } from '../api/index.js';
import { driverOptionNames } from '../mysql/driver.js';
import { splitOptions } from '../api/options.js';
import { otherWord, whatInstead } from '../mysql/other-words.js';
import { codeOf, didYouMean, kindOf, POOL_OPTION_NAMES, type PoolOptionError } from '../pool/index.js';
import { ourName } from './our-names.js';
import { readTls, readTlsMode } from './tls.js';
import { below, expected, flagAt, numberAt, objectAt, oneOfAt, refuse, textAt } from './values.js';

/** How to connect to one database. */
export interface ConnectionPlan {
  /** Options for `createPool`. */
  readonly driver: MysqlPoolOptions;
  /** Statements that run first on every new connection. */
  readonly setUp: readonly string[];
}

interface Draft {
  readonly driver: Record<string, unknown>;
  readonly setUp: string[];
}

type Reader = (path: string, value: unknown, draft: Draft) => void;

const ignored: Reader = () => undefined;
const rename =
  (name: string): Reader =>
  (path, value, { driver }) =>
    void (driver[name] = textAt(path, value));

/** Readers for the MySQLdb options that Django passes on. */
const MYSQLDB: Readonly<Record<string, Reader>> = {
  db: rename('database'),
  passwd: (path, value, { driver }) => {
    if (typeof value !== 'string') refuse(path, `expected a text, got ${kindOf(value)}`);
    driver['password'] = value;
  },
  unix_socket: rename('socketPath'),
  charset: (path, value, { driver }) => void (driver['charset'] ??= charset(path, value)),
  collation: (path, value, { driver }) => void (driver['charset'] = charset(path, value)),
  connect_timeout: (path, value, { driver }) =>
    void (driver['connectTimeout'] = 1_000 * numberAt(path, value, 0.001, false)),
  compress: (path, value, { driver }) => void (driver['compress'] = flagAt(path, value)),
  ssl: (path, value, { driver }) => void (driver['ssl'] = readTls(path, value, driver['ssl'])),
  ssl_mode: (path, value, { driver }) => readTlsMode(path, value, driver),
  init_command: (path, value, { setUp }) => void setUp.push(textAt(path, value)),
  sql_mode: (path, value, { setUp }) => void setUp.push(`SET SESSION sql_mode = ${quoted(textAt(path, value))}`),
  isolation_level: (path, value, { setUp }) => {
    if (value === null) return;
    const level = oneOfAt(path, typeof value === 'string' ? value.toLowerCase() : value, ISOLATION_LEVELS);
    setUp.push(`SET SESSION TRANSACTION ISOLATION LEVEL ${level.toUpperCase()}`);
  },
  autocommit: (path, value) => {
    if (value !== true) refuse(path, 'every connection is lent with autocommit on: use pool.transaction(fn)');
  },
  use_unicode: (path, value) => {
    if (value !== true) refuse(path, 'text always comes as text here; for bytes set mysql2\'s charset to "binary"');
  },
  local_infile: (path, value) => {
    if (value !== false && value !== 0)
      refuse(path, "mysql2 asks for the file's contents instead: infileStreamFactory");
  },
  binary_prefix: ignored,
};

const NO_OPTION_FILES =
  'option files (my.cnf) are not read: write their values here, in NAME, USER, PASSWORD, HOST, PORT and OPTIONS';
const QUERY_TIMEOUT = 'a statement has a limit of its own: pool.query({ sql, timeout })';

const REFUSED: Readonly<Record<string, string>> = {
  read_default_file: NO_OPTION_FILES,
  read_default_group: NO_OPTION_FILES,
  read_timeout: QUERY_TIMEOUT,
  write_timeout: QUERY_TIMEOUT,
  conv: 'values are converted by mysql2: see its typeCast',
  cursorclass: "for rows as lists set mysql2's rowsAsArray",
  client_flag: "write the names of the flags into mysql2's flags",
  named_pipe: 'named pipes are not supported: use HOST and PORT, or unix_socket',
  auth_plugin: "see mysql2's authPlugins",
  pool: 'every database is pooled here: see MYSQLPOOL_ARGUMENTS',
  fleet: 'this is no option of a connection: see MYSQLPOOL_FLEET',
};

/**
 * Reads `OPTIONS`: MySQLdb's names as Django passes them on, and every connection option of mysql2.
 * @param pathOf the path of one option, for messages
 * @throws SettingsError
 */
export function readConnectionOptions(
  path: string,
  value: unknown,
  pathOf: (name: string) => string = (name) => below(path, name),
): ConnectionPlan {
  const given = objectAt(path, value);
  const draft: Draft = { driver: {}, setUp: [] };
  for (const name of Object.keys(given)) {
    const at = pathOf(name);
    if (given[name] === undefined) continue;
    const reader = Object.hasOwn(MYSQLDB, name) ? MYSQLDB[name] : undefined;
    if (reader !== undefined) reader(at, given[name], draft);
    else if (name === 'connectTimeout') draft.driver[name] = numberAt(at, given[name], 1, true);
    else draft.driver[name] = mysql2Option(at, name, given[name]);
  }
  return draft;
}

const FOR_POOL = 'this is no option of a connection: see MYSQLPOOL_ARGUMENTS, or use createPool';

const isForPool = (name: string): boolean =>
  POOL_OPTION_NAMES.has(name) || ['poolClass', 'contextLocal', 'permits', 'onConnect', 'uri'].includes(name);

function mysql2Option(path: string, name: string, value: unknown): unknown {
  if (Object.hasOwn(REFUSED, name)) refuse(path, REFUSED[name]!);
  if (isForPool(name)) refuse(path, FOR_POOL);
  try {
    splitOptions({ [name]: value } as MysqlPoolOptions);
  } catch (error) {
    if (codeOf(error) !== 'POOL_OPTION') throw error;
    const { message, pool } = error as PoolOptionError;
    const why = message.slice(pool.length + 2);
    refuse(path, why.startsWith('unknown option') || name in Object.prototype ? unknownOption(name) : why);
  }
  return value;
}

/** Suggests a name in this vocabulary: many are MySQLdb names, and the name may be that of a pool option instead. */
function unknownOption(name: string): string {
  const ours = ourName(name) ?? otherWord(name)?.option;
  if (ours !== undefined && ours !== 'connectTimeout' && isForPool(ours)) return FOR_POOL;
  const near = didYouMean(name, Object.keys(MYSQLDB));
  return `unknown option${near === '' ? whatInstead(name, driverOptionNames()) : near}`;
}

function charset(path: string, value: unknown): string {
  const known = Charsets as unknown as Readonly<Record<string, number>>;
  if (typeof value === 'string' && known[value.toUpperCase()] !== undefined) return value;
  const hint =
    typeof value === 'string'
      ? didYouMean(
          value,
          Object.keys(known).map((name) => name.toLowerCase()),
        )
      : '';
  return expected(path, `a character set or collation that mysql2 knows${hint}`, value);
}

// Correct whether or not NO_BACKSLASH_ESCAPES is set: no sql_mode has a backslash in its name.
const quoted = (text: string): string => `'${text.replaceAll("'", "''").replaceAll('\\', '')}'`;
