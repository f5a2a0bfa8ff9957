import { accountLimitIn, classifyOpenFailure, errnoOf } from '../session/index.js';
import { count } from './amounts.js';

/** Which limit a server refuses us for. */
export interface Full {
  /**
   * `account`: the account's own (error 1226); `everyAccount`: the one that the server sets for each account (1203);
   * `server`: that of all connections together (1040).
   */
  readonly of: 'account' | 'everyAccount' | 'server';
  /** The limit, where the refusal names it. */
  readonly limit: number | undefined;
}

const OF: ReadonlyMap<number | undefined, Full['of']> = new Map([
  [1040, 'server'],
  [1203, 'everyAccount'],
]);

/** Undefined when it is not for want of room that we are refused. */
export function fullIn(error: unknown): Full | undefined {
  if (classifyOpenFailure(error) !== 'full') return undefined;
  return { of: OF.get(errnoOf(error)) ?? 'account', limit: accountLimitIn(error) };
}

/** What is full, as a sentence without its stop. */
export function whatIsFull({ of, limit }: Full, user: string | undefined): string {
  const account = user === undefined ? 'The account' : `The account ${user}`;
  if (of === 'server') return 'The server is full: it has all connections that it lets in at all (max_connections)';
  if (of === 'everyAccount') {
    return `${account} is full: it has all connections that the server lets any account have (the variable max_user_connections)`;
  }
  const all = limit === undefined ? 'what it may have' : `all ${count(limit, 'connection')} that it may have`;
  return `${account} is full: it has ${all} (its own limit, MAX_USER_CONNECTIONS)`;
}

/** How to have room again: see who has them, and raise the limit, which is not the same statement for each. */
export function roomAgain({ of, limit }: Full): string {
  const look =
    'See who has them: SHOW PROCESSLIST as an account with the right PROCESS, or npx mysqlpool status for one program. Then lower their pools';
  if (of === 'server') return `${look}, or raise max_connections.`;
  if (of === 'everyAccount') {
    return `${look}, or raise the variable max_user_connections, or give the account a limit of its own (ALTER USER … WITH MAX_USER_CONNECTIONS n).`;
  }
  return `${look}, or raise the limit${limit === undefined ? '' : ` above ${limit}`}: ALTER USER … WITH MAX_USER_CONNECTIONS n.`;
}
