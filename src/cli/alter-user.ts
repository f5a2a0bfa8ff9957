import { harmless } from './text.js';

/** The statement with which an administrator limits the connections of an account, such as `app@%`. */
export function alterUser(account: string | undefined, limit: number): string {
  if (account === undefined) return `ALTER USER … WITH MAX_USER_CONNECTIONS ${limit};`;
  const at = account.lastIndexOf('@');
  const parts = [account.slice(0, at), account.slice(at + 1)];
  const quoted = parts.map((part) => `'${harmless(part).replaceAll('\\', '\\\\').replaceAll("'", "''")}'`);
  return `ALTER USER ${quoted.join('@')} WITH MAX_USER_CONNECTIONS ${limit};`;
}

/**
 * Proposes a limit for an account on a server that admits `places` connections: a fifth stays free for people, jobs and
 * other accounts.
 */
export const proposedLimit = (places: number): number => Math.max(1, Math.floor(places * 0.8));
