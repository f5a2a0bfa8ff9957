import { accountLimitIn, classifyOpenFailure, errnoOf } from '../session/index.js';
import { count } from './amounts.js';

/** The limit because of which a server has refused a login. */
export interface Full {
  /**
   * `account`: the account's own limit (error 1226); `everyAccount`: the limit that the server sets for each account
   * (1203); `server`: the limit of all connections together (1040).
   */
  readonly of: 'account' | 'everyAccount' | 'server';
  /** The value of the limit, if the server's message contains it. */
  readonly limit: number | undefined;
}

const OF: ReadonlyMap<number | undefined, Full['of']> = new Map([
  [1040, 'server'],
  [1203, 'everyAccount'],
]);

/** Reads the limit from a failure to connect; undefined if the failure has another reason than a limit. */
export function fullIn(error: unknown): Full | undefined {
  if (classifyOpenFailure(error) !== 'full') return undefined;
  return { of: OF.get(errnoOf(error)) ?? 'account', limit: accountLimitIn(error) };
}

/** Says what is full, as a sentence without a full stop. */
export function whatIsFull({ of, limit }: Full, user: string | undefined): string {
  const account = user === undefined ? 'The account' : `The account ${user}`;
  if (of === 'server') return 'The server is full: it has all connections that it lets in at all (max_connections)';
  if (of === 'everyAccount') {
    return `${account} is full: it has all connections that the server lets any account have (the variable max_user_connections)`;
  }
  const all = limit === undefined ? 'what it may have' : `all ${count(limit, 'connection')} that it may have`;
  return `${account} is full: it has ${all} (its own limit, MAX_USER_CONNECTIONS)`;
}

/**
 * Advises how to get room again: find out which accounts have the connections, and raise the limit. How it is raised
 * differs for each kind of limit.
 */
export function roomAgain({ of, limit }: Full): string {
  const look =
    'See who has them: SHOW PROCESSLIST as an account with the right PROCESS, or npx mysqlpool status for one program. Then lower their pools';
  if (of === 'server') return `${look}, or raise max_connections.`;
  if (of === 'everyAccount') {
    return `${look}, or raise the variable max_user_connections, or give the account a limit of its own (ALTER USER … WITH MAX_USER_CONNECTIONS n).`;
  }
  return `${look}, or raise the limit${limit === undefined ? '' : ` above ${limit}`}: ALTER USER … WITH MAX_USER_CONNECTIONS n.`;
}
