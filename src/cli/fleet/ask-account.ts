import type { RowDataPacket } from 'mysql2';
import type { MysqlPoolOptions } from '../../api/index.js';
import type { MysqlConnection } from '../../mysql/driver.js';
import { isAdmitted } from '../../session/index.js';
import { askWhereFull, whyOf, type Answer } from '../ask-over.js';

/** What the server says about an account. The session that asks is not counted. */
export interface AccountFacts {
  /** The account that the server has authenticated us as, such as `app@%`. */
  readonly account: string;
  /** 0 means no limit. */
  readonly limit: number;
  readonly maxConnections: number;
  /** Only sessions whose login is complete. */
  readonly sessions: readonly AccountSession[];
  /** Why the server does not tell which process has which session; undefined when it does. */
  readonly hidden: string | undefined;
}

export interface AccountSession {
  /** The client's host, without the port. */
  readonly host: string;
  /** Whether it runs no statement. */
  readonly isIdle: boolean;
  /** How long (s) it has been running its statement, or has been idle. */
  readonly seconds: number;
  /** The connection attributes of the client; empty if it has sent none, or the server does not tell them. */
  readonly attributes: ReadonlyMap<string, string>;
}

/** Asks the server about the account that the options name. If it is full, tries again for a while. */
export const askAccount = (options: MysqlPoolOptions, signal: AbortSignal): Promise<Answer<AccountFacts>> =>
  askWhereFull(options, signal, ask);

type Row = RowDataPacket;

const ACCOUNT =
  'SELECT CURRENT_USER() AS account, CONNECTION_ID() AS own, @@max_user_connections AS most, @@max_connections AS places';
const ATTRIBUTES =
  'SELECT PROCESSLIST_ID AS id, ATTR_NAME AS name, ATTR_VALUE AS value FROM performance_schema.session_account_connect_attrs';

async function ask(connection: MysqlConnection): Promise<AccountFacts> {
  const rows = async (sql: string): Promise<readonly Row[]> => (await connection.promise().query<Row[]>(sql))[0];
  const [about] = await rows(ACCOUNT);
  const account = String(about!['account']);
  const name = account.slice(0, account.lastIndexOf('@'));
  const { known, hidden } = await attributes(rows, Number(about!['own']));
  const listed = await rows('SHOW PROCESSLIST');
  return {
    account,
    limit: Number(about!['most']),
    maxConnections: Number(about!['places']),
    sessions: listed
      .filter(({ Id: id, User: user, Command: command, State: state }) => {
        return user === name && Number(id) !== Number(about!['own']) && isAdmitted(command, state);
      })
      .map((row) => ({
        host: hostOf(String(row['Host'])),
        isIdle: row['Command'] === 'Sleep',
        seconds: Math.max(0, Number(row['Time'] ?? 0)),
        attributes: known.get(Number(row['Id'])) ?? new Map<string, string>(),
      })),
    hidden,
  };
}

type Attributes = ReadonlyMap<number, ReadonlyMap<string, string>>;

/** The connection attributes of the account's sessions, by session. */
async function attributes(
  rows: (sql: string) => Promise<readonly Row[]>,
  own: number,
): Promise<{ readonly known: Attributes; readonly hidden: string | undefined }> {
  try {
    const known = new Map<number, Map<string, string>>();
    for (const { id, name, value } of await rows(ATTRIBUTES)) {
      const at = Number(id);
      known.set(at, (known.get(at) ?? new Map<string, string>()).set(String(name), String(value ?? '')));
    }
    // Our own session has sent attributes: if the table does not show them, the server does not fill it.
    return { known, hidden: known.has(own) ? undefined : 'performance_schema is off' };
  } catch (error) {
    return { known: new Map(), hidden: whyOf(error) };
  }
}

/** Removes the port, which is different for each session. */
const hostOf = (text: string): string => text.replace(/:\d*$/, '');
