/** What a failure to connect means. `full`: the server has no room; `fatal`: trying again cannot help. */
export type OpenFailure = 'transient' | 'full' | 'fatal';

/** The properties of an error from mysql2, be it the server's or the driver's. */
interface DriverError {
  readonly errno?: unknown;
  readonly code?: unknown;
  readonly fatal?: unknown;
  readonly message?: unknown;
}

const asDriverError = (error: unknown): DriverError =>
  typeof error === 'object' && error !== null ? (error as DriverError) : {};

/** The server's number of an error; undefined for an error that is not the server's. */
export function errnoOf(error: unknown): number | undefined {
  const { errno } = asDriverError(error);
  return typeof errno === 'number' && errno > 0 ? errno : undefined;
}

// The server has no connection left: for anybody, for this user, for this account in this hour.
const FULL: ReadonlySet<number> = new Set([1040, 1203, 1226]);

/**
 * The max_user_connections of the account, if the server names it in refusing a login (1226), in whatever language.
 * Undefined if it names none, or another resource of the account. Looks through wrappers that keep the cause.
 */
export function accountLimitIn(error: unknown): number | undefined {
  for (let depth = 0, at = error; depth < 5 && typeof at === 'object' && at !== null; depth++) {
    const { message, cause, parent } = at as DriverError & { readonly cause?: unknown; readonly parent?: unknown };
    // Matched at the end, since the user's name comes before, and may contain anything.
    const said = errnoOf(at) === 1226 ? /'max_user_connections'[^\d']*(\d+)[^\d']*$/.exec(String(message)) : null;
    if (said !== null) return Number(said[1]);
    at = parent ?? cause;
  }
  return undefined;
}

// 1698 is from MariaDB's socket plugin.
const WRONG_PASSWORD: readonly number[] = [1045, 1698];

const FATAL: ReadonlySet<number> = new Set([
  ...WRONG_PASSWORD,
  1044, // no access to the database
  1049, // no such database
  1129, // this host is blocked after too many errors, until FLUSH HOSTS
  1130, // this host is not allowed to connect
  1227, // the account lacks a privilege that the session set-up needs
  1251, // the client cannot authenticate as the server wants
  1524, // authentication plugin not loaded
  1820, // the password must be changed first
  1862, // the password has expired
  3118, // the account is locked
  3159, // TLS required
  4151, // the account is locked (MariaDB)
]);

const FATAL_CODES: ReadonlySet<unknown> = new Set([
  // An option that is wrong at the first dial will be wrong at the next.
  'POOL_OPTION',
  // An account without a limit will still have none a moment later.
  'MYSQL_FLEET_WITHOUT_LIMIT',
  'HANDSHAKE_NO_SSL_SUPPORT',
  'AUTH_SWITCH_PLUGIN_ERROR',
  // The server wants the password in clear text.
  'MYSQL_CLEAR_PASSWORD_NOT_ENABLED',
  // What answers there is not a MySQL server.
  'PROTOCOL_NOT_MYSQL',
  // There is no such host. A name server that cannot be asked just now is EAI_AGAIN, which is transient.
  'ENOTFOUND',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
]);

// Aborted, init_connect failed, interrupted, too many statements for this account, offline mode.
const TURNED_AWAY: ReadonlySet<number> = new Set([1152, 1184, 1226, 1317, 3032]);

/** Whether the server refuses a new session as such, whatever it was asked. */
export function isTurnedAway(error: unknown): boolean {
  return TURNED_AWAY.has(errnoOf(error) ?? 0);
}

/** Whether the server did not accept the user or the password. */
export function isWrongPassword(error: unknown): boolean {
  return WRONG_PASSWORD.includes(errnoOf(error) ?? 0);
}

/** What a failure to connect means: whether trying again can help. */
export function classifyOpenFailure(error: unknown): OpenFailure {
  const { code } = asDriverError(error);
  const errno = errnoOf(error) ?? 0;
  if (FULL.has(errno)) return 'full';
  if (FATAL.has(errno)) return 'fatal';
  // mysql2 gives every failure during the TLS handshake this code, also that of a network that breaks meanwhile.
  if (code === 'HANDSHAKE_SSL_ERROR') return isNetworkError(error) ? 'transient' : 'fatal';
  if (isMistake(error)) return 'fatal';
  if (FATAL_CODES.has(code) || (typeof code === 'string' && /^(?:CERT|ERR_TLS|ERR_SSL|ERR_OSSL)_/.test(code)))
    return 'fatal';
  return 'transient';
}

const MISTAKES: ReadonlySet<unknown> = new Set(['TypeError', 'ReferenceError', 'RangeError', 'SyntaxError']);

/**
 * Whether the error is a mistake in a program, and has nothing to do with the network. The `TypeError` of a `fetch`
 * that could not connect is none: it has a cause.
 */
export function isMistake(error: unknown): boolean {
  return error instanceof Error && MISTAKES.has(error.name) && error.cause === undefined;
}

const isNetworkError = (error: unknown): boolean =>
  'syscall' in asDriverError(error) ||
  /socket disconnected|ECONNRESET|EPIPE/i.test(String(asDriverError(error).message));

// The server closes the connection right after these: shutting down, packet too large, killed, killed by an
// administrator, idle for too long.
const GONE: ReadonlySet<number> = new Set([1053, 1153, 1927, 3169, 4031]);

/** Whether the error means that this connection is unusable. */
export function isLost(error: unknown): boolean {
  return GONE.has(errnoOf(error) ?? 0) || asDriverError(error).fatal === true;
}

/**
 * Whether the server refused to write because it is read-only, as after a failover. A write in a transaction that its
 * own session has made read-only gives 1792 as well, which says nothing about the server.
 */
export function isReadOnlyServer(error: unknown, askedForReadOnly: boolean): boolean {
  const errno = errnoOf(error);
  if (errno === 1836) return true;
  if (errno === 1792) return !askedForReadOnly;
  // 1290 is for any option that forbids the statement: its message names the option.
  return errno === 1290 && /read[-_ ]only/i.test(String(asDriverError(error).message));
}

// The transaction lost against another one, and there is nothing wrong with it.
const LOST_TO_ANOTHER: ReadonlySet<number> = new Set([
  1020, // MariaDB's snapshot isolation: a row was changed since it was read
  1180, // rolled back in COMMIT, as by a cluster that found a conflict
  1205, // a lock was not granted in time
  1206, // too many locks at once
  1213, // a deadlock
  1613, // rolled back as it took too long
  1614, // rolled back because of a deadlock
  3101, // a group of servers found a conflict in COMMIT
]);

/** Whether the same transaction may well succeed when it is tried again. Looks through wrappers that keep the cause. */
export function isWorthRetrying(error: unknown): boolean {
  for (let depth = 0, at = error; depth < 5 && at !== undefined && at !== null; depth++) {
    if (LOST_TO_ANOTHER.has(errnoOf(at) ?? 0)) return true;
    at = (at as { cause?: unknown }).cause;
  }
  return false;
}
