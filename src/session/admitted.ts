// The process list also has logins that are in progress or being refused (Connect), and sessions being ended (Killed).
const NOT_ADMITTED: ReadonlySet<unknown> = new Set(['Connect', 'Killed']);

/**
 * Whether a row of the process list, of which these are `Command` and `State`, is a session that the server has
 * admitted: one that takes a place of its account. MariaDB lists a login as "Busy" while it works on it; its state then
 * tells what it is.
 */
export const isAdmitted = (command: unknown, state: unknown): boolean =>
  !NOT_ADMITTED.has(command) && state !== 'login';
