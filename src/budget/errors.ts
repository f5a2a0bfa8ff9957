import { PoolError } from '../pool/index.js';

/**
 * A fleet is to keep to its account's MAX_USER_CONNECTIONS, and the account has none. No connection can be opened until
 * an administrator has set it. Code `MYSQL_FLEET_WITHOUT_LIMIT`.
 */
export class FleetLimitError extends PoolError {
  constructor(fleet: string, limit: number | undefined) {
    super(
      'MYSQL_FLEET_WITHOUT_LIMIT',
      fleet,
      "the account has no limit of its own that a fleet could keep to. As an administrator, run ALTER USER 'user'@'host' " +
        `WITH MAX_USER_CONNECTIONS ${limit ?? 100} (SELECT CURRENT_USER() tells the account), or have the fleet count ` +
        `by locks: fleet: { cap: 'slots', limit: ${limit ?? 100} }`,
    );
  }
}
