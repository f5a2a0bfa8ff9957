/** What a failure to connect means. `full`: the server has no room; `fatal`: trying again cannot help. */
export type OpenFailure = 'transient' | 'full' | 'fatal';

/** What an error of mysql2 carries, of the server's and of the driver's making. */
interface DriverError {
  readonly errno?: unknown;
  readonly code?: unknown;
  readonly fatal?: unknown;
  readonly message?: unknown;
}

const asDriverError = (error: unknown): DriverError =>
  typeof error === 'object' && error !== null ? (error as DriverError) : {};

/** The server's number for an error; undefined when it is not the server's. */
export function errnoOf(error: unknown): number | undefined {
  const { errno } = asDriverError(error);
  return typeof errno === 'number' && errno > 0 ? errno : undefined;
}

// The server has no connection left: for anybody, for this user, for this account in this hour.
const FULL: ReadonlySet<number> = new Set([1040, 1203, 1226]);

/**
 * The limit of the account that the server has named in refusing a login (1226), in whatever language; undefined when it
 * has named none, or another resource of the account. Looks through wrappers that keep the cause.
 */
export function accountLimitIn(error: unknown): number | undefined {
  for (let depth = 0, at = error; depth < 5 && typeof at === 'object' && at !== null; depth++) {
    const { message, cause, parent } = at as DriverError & { readonly cause?: unknown; readonly parent?: unknown };
    // The user's name comes before, and may have anything in it.
    const said = errnoOf(at) === 1226 ? /'max_user_connections'[^\d']*(\d+)[^\d']*$/.exec(String(message)) : null;
    if (said !== null) return Number(said[1]);
    at = parent ?? cause;
  }
  return undefined;
}

// The second is of MariaDB's socket plugin.
const WRONG_PASSWORD: readonly number[] = [1045, 1698];

const FATAL: ReadonlySet<number> = new Set([
  ...WRONG_PASSWORD,
  1044, // no access to the database
  1049, // no such database
  1129, // this host is blocked after too many errors, until somebody says FLUSH HOSTS
  1130, // this host is not let in
  1227, // not the right to do what the session set-up asks
  1251, // the client cannot authenticate as the server wants
  1524, // authentication plugin not loaded
  1820, // the password must be changed first
  1862, // the password has expired
  3118, // the account is locked
  3159, // TLS required
  4151, // the account is locked, of MariaDB
]);

const FATAL_CODES: ReadonlySet<unknown> = new Set([
  // An option that is wrong at the first dial will be wrong at the next.
  'POOL_OPTION',
  // An account that has no limit will have none a moment later.
  'MYSQL_FLEET_WITHOUT_LIMIT',
  'HANDSHAKE_NO_SSL_SUPPORT',
  'AUTH_SWITCH_PLUGIN_ERROR',
  // The server wants the password as it is.
  'MYSQL_CLEAR_PASSWORD_NOT_ENABLED',
  // What answers there is no server of MySQL.
  'PROTOCOL_NOT_MYSQL',
  // There is no such host. That a name server cannot be asked just now is EAI_AGAIN, which passes.
  'ENOTFOUND',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
]);

// Aborted, its init_connect failed, interrupted, no more statements for this account, offline.
const TURNED_AWAY: ReadonlySet<number> = new Set([1152, 1184, 1226, 1317, 3032]);

/** Whether the server refuses a new session as such, whatever it was asked. */
export function isTurnedAway(error: unknown): boolean {
  return TURNED_AWAY.has(errnoOf(error) ?? 0);
}

/** Whether the server did not take the user, or the password. */
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
 * Whether a program, ours or another's, is at fault: the network has no part in it. The `TypeError` of a `fetch` that did
 * not get through has a cause.
 */
export function isMistake(error: unknown): boolean {
  return error instanceof Error && MISTAKES.has(error.name) && error.cause === undefined;
}

const isNetworkError = (error: unknown): boolean =>
  'syscall' in asDriverError(error) ||
  /socket disconnected|ECONNRESET|EPIPE/i.test(String(asDriverError(error).message));

// Shutting down, a packet too large, killed, killed by an administrator, idle for too long: the server closes right
// after saying so.
const GONE: ReadonlySet<number> = new Set([1053, 1153, 1927, 3169, 4031]);

/** Whether the error means that this connection is of no use any more. */
export function isLost(error: unknown): boolean {
  return GONE.has(errnoOf(error) ?? 0) || asDriverError(error).fatal === true;
}

/**
 * Whether the server refused to write because it is read-only, as after a failover. A write inside a transaction that
 * its own session made read-only gives 1792 as well, which says nothing about the server.
 */
export function isReadOnlyServer(error: unknown, askedForReadOnly: boolean): boolean {
  const errno = errnoOf(error);
  if (errno === 1836) return true;
  if (errno === 1792) return !askedForReadOnly;
  // 1290 names whatever option stands in the way.
  return errno === 1290 && /read[-_ ]only/i.test(String(asDriverError(error).message));
}

// The transaction lost to another one, and nothing of it is wrong.
const LOST_TO_ANOTHER: ReadonlySet<number> = new Set([
  1020, // MariaDB's snapshot isolation: a row was changed since it was read
  1180, // rolled back in COMMIT, as by a cluster that found a conflict
  1205, // a lock was not to be had in time
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
