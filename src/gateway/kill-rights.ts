import type { Account } from './account.js';

/** The right to KILL other users' sessions: CONNECTION_ADMIN (MySQL), CONNECTION ADMIN (MariaDB), or SUPER. */
const ENDS_OTHERS = /^GRANT .*\b(?:CONNECTION[_ ]ADMIN|SUPER|ALL PRIVILEGES)\b.* ON \*\.\* TO /;
/** On MySQL, sessions of users with this right can be killed only by users who have it as well. */
const SYSTEM_USER = /^GRANT .*\bSYSTEM_USER\b.* ON \*\.\* TO /;

/**
 * Whether the server would let clients of one account KILL those of another, by the grants of both.
 * @param within how long (ms) to wait for a session to ask for each
 */
export async function mayKill(killer: Account, victim: Account, within: number): Promise<boolean> {
  if (killer.user === victim.user) return true;
  const own = await killer.grants(within);
  if (!own.some((grant) => ENDS_OTHERS.test(grant))) return false;
  if (own.some((grant) => SYSTEM_USER.test(grant))) return true;
  return !(await victim.grants(within)).some((grant) => SYSTEM_USER.test(grant));
}
