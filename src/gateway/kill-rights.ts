import type { Account } from './account.js';

/** MySQL calls it CONNECTION_ADMIN, MariaDB CONNECTION ADMIN; both took SUPER for it before, and still do. */
const ENDS_OTHERS = /^GRANT .*\b(?:CONNECTION[_ ]ADMIN|SUPER|ALL PRIVILEGES)\b.* ON \*\.\* TO /;
/** Of MySQL's: whoever has it is out of reach for those who have not. */
const SYSTEM_USER = /^GRANT .*\bSYSTEM_USER\b.* ON \*\.\* TO /;

/** Whether the server would let clients of one account KILL those of another: both are asked for their grants. */
export async function mayKill(killer: Account, victim: Account, within: number): Promise<boolean> {
  if (killer.user === victim.user) return true;
  const own = await killer.grants(within);
  if (!own.some((grant) => ENDS_OTHERS.test(grant))) return false;
  if (own.some((grant) => SYSTEM_USER.test(grant))) return true;
  return !(await victim.grants(within)).some((grant) => SYSTEM_USER.test(grant));
}
