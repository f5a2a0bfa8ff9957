import type { MysqlConnection } from '../mysql/driver.js';
import { runOwn } from '../mysql/own-commands.js';
import { findSession, type Session } from '../mysql/session.js';
import { messageOf } from './message-of.js';

/**
 * What a server says about itself and about the pool's account. A property is undefined if the server does not tell it.
 */
export interface ServerFacts {
  readonly version: string | undefined;
  readonly user: string | undefined;
  readonly threadsConnected: number | undefined;
  readonly maxConnections: number | undefined;
  readonly maxUserConnections: number | undefined;
  readonly userConnections: number | undefined;
  /** What could not be asked and why, in one line; undefined if everything could. */
  readonly problem: string | undefined;
}

type Row = Readonly<Record<string, unknown>>;

// Without the PROCESS privilege an account sees only its own sessions: only these are counted, whatever its privileges.
const OWN = "WHERE USER = SUBSTRING_INDEX(USER(), '@', 1)";
const PROCESS_LISTS = ['performance_schema.processlist', 'information_schema.PROCESSLIST'] as const;

/**
 * Asks the server of a connection, by statements that leave no trace in the session. The answer has no value for what
 * the server refuses to tell.
 */
export async function readServerFacts(connection: MysqlConnection): Promise<ServerFacts> {
  const session = findSession(connection);
  if (session === undefined) throw new Error('the pool is of another copy of node-mysqlpool');
  const problems: string[] = [];
  const ask = async (what: string, sql: string): Promise<Row> => {
    try {
      return await firstRow(session, sql);
    } catch (error) {
      problems.push(`the server does not tell ${what}: ${messageOf(error)}`);
      return {};
    }
  };
  const self = await ask('its version', 'SELECT VERSION() AS version, CURRENT_USER() AS user');
  const limits = await ask(
    'its limits',
    'SELECT @@max_connections AS maxConnections, @@max_user_connections AS maxUserConnections',
  );
  const status = await ask('how many are connected', "SHOW GLOBAL STATUS LIKE 'Threads_connected'");
  const version = textOf(self['version']);
  const own = await countOwn(session, version, ask);
  return {
    version,
    user: textOf(self['user']),
    threadsConnected: countOf(status['Value']),
    maxConnections: countOf(limits['maxConnections']),
    // 0 means no limit.
    maxUserConnections: countOf(limits['maxUserConnections']) || undefined,
    userConnections: own,
    problem: problems[0],
  };
}

/**
 * Counts the account's own sessions. information_schema.PROCESSLIST is deprecated in MySQL, but the only process list
 * of MariaDB. The newer list, in performance_schema, may be switched off and is then empty: the older one is asked in
 * that case.
 */
async function countOwn(
  session: Session,
  version: string | undefined,
  ask: (what: string, sql: string) => Promise<Row>,
): Promise<number | undefined> {
  const [modern, classic] = PROCESS_LISTS;
  if (version !== undefined && !/mariadb/i.test(version)) {
    const row = await firstRow(session, countIn(modern)).catch((): Row => ({}));
    const count = countOf(row['count']);
    if (count !== undefined && count > 0) return count;
  }
  return countOf((await ask('who is connected', countIn(classic)))['count']);
}

const countIn = (list: (typeof PROCESS_LISTS)[number]): string => `SELECT COUNT(*) AS count FROM ${list} ${OWN}`;

async function firstRow(session: Session, sql: string): Promise<Row> {
  const [row] = (await runOwn(session, sql)) as unknown as readonly Row[];
  return row ?? {};
}

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : Buffer.isBuffer(value) ? value.toString() : undefined;

function countOf(value: unknown): number | undefined {
  const count = Number(value ?? NaN);
  return Number.isFinite(count) ? count : undefined;
}
