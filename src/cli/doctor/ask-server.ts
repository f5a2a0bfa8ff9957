import type { RowDataPacket } from 'mysql2';
import type { MysqlConnection } from '../../mysql/driver.js';
import { ASK_HIDDEN, definitionsOf } from '../../session/index.js';
import type { ConnectionPlan } from '../../settings/connection-options.js';
import { askWhereFull, whyOf } from '../ask-over.js';
import { harmless } from '../text.js';
import type { ServerAnswer, ServerFacts } from './facts.js';

const VARIABLES = [
  'authentication_policy',
  'character_set_database',
  'character_set_server',
  'default_authentication_plugin',
  'interactive_timeout',
  'max_connections',
  'max_user_connections',
  'read_only',
  'super_read_only',
  'version',
  'version_comment',
  'wait_timeout',
];

/**
 * Connects once, as the program would, and asks the server about itself. If the server or the account is full, it tries
 * again for a while. Never rejects.
 */
export const askServer = ({ driver, setUp }: ConnectionPlan, signal: AbortSignal): Promise<ServerAnswer> =>
  askWhereFull(driver, signal, (connection) => ask(connection, setUp));

type Row = RowDataPacket;

async function ask(connection: MysqlConnection, setUp: readonly string[]): Promise<ServerFacts> {
  const problems: string[] = [];
  const rows = async (what: string, sql: string): Promise<readonly Row[] | undefined> => {
    try {
      const [found] = await connection.promise().query<Row[]>(sql);
      return Array.isArray(found) ? found : [];
    } catch (error) {
      problems.push(`${what} (${whyOf(error)})`);
      return undefined;
    }
  };
  for (const statement of setUp) await rows('the statement that connections begin with fails', statement);
  const names = VARIABLES.map((name) => `'${name}'`).join(', ');
  const variables = await rows('its variables cannot be read', `SHOW VARIABLES WHERE Variable_name IN (${names})`);
  const status = pairs(
    await rows('its status cannot be read', "SHOW STATUS WHERE Variable_name IN ('Threads_connected', 'Ssl_cipher')"),
  );
  const account = await rows('whom it takes us for is not known', 'SELECT CURRENT_USER() AS account');
  const sessions = await rows('who is connected cannot be read', 'SHOW PROCESSLIST');
  const hidden = await rows('its views and triggers cannot be read', ASK_HIDDEN);
  const threads = status.get('Threads_connected');
  return {
    variables: pairs(variables),
    threadsConnected: threads === undefined ? undefined : Number(threads),
    cipher: status.get('Ssl_cipher'),
    account: account?.[0] === undefined ? undefined : String(account[0]['account']),
    sessions: sessions === undefined ? undefined : byUser(sessions, connection.threadId),
    definitions: definitionsOf(hidden ?? []),
    problems,
  };
}

const pairs = (rows: readonly Row[] = []): Map<string, string> =>
  new Map(rows.map((row) => [String(row['Variable_name']), harmless(String(row['Value']))]));

// The users that the process list shows for the server's own threads.
const SERVERS_OWN = new Set(['system user', 'event_scheduler', 'unauthenticated user']);

function byUser(rows: readonly Row[], own: number | null | undefined): Map<string, number> {
  const sessions = new Map<string, number>();
  for (const row of rows) {
    const user = String(row['User']);
    if (Number(row['Id']) === Number(own) || SERVERS_OWN.has(user) || row['Command'] === 'Daemon') continue;
    sessions.set(user, (sessions.get(user) ?? 0) + 1);
  }
  return sessions;
}
