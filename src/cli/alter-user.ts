import { harmless } from './text.js';

/** What a person runs to give an account, such as `app@%`, a limit. */
export function alterUser(account: string | undefined, limit: number): string {
  if (account === undefined) return `ALTER USER … WITH MAX_USER_CONNECTIONS ${limit};`;
  const at = account.lastIndexOf('@');
  const parts = [account.slice(0, at), account.slice(at + 1)];
  const quoted = parts.map((part) => `'${harmless(part).replaceAll('\\', '\\\\').replaceAll("'", "''")}'`);
  return `ALTER USER ${quoted.join('@')} WITH MAX_USER_CONNECTIONS ${limit};`;
}

/** A limit for an account on a server with so many places for all: a fifth stays for people, jobs and other accounts. */
export const proposedLimit = (places: number): number => Math.max(1, Math.floor(places * 0.8));
