/** Whether the sessions of a pool log in again. */
export interface LogIns {
  /** Instead of resets, after which MariaDB would no longer count a session for its account, whose limit is the fleet's. */
  areNeeded: boolean;
  /** The password is another one by now, or the server's plugin wants what cannot be said twice. */
  areRefused: boolean;
}
