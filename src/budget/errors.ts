import { PoolError } from '../pool/index.js';

/** A fleet is to keep to the limit of an account that has none. Nothing can be opened until it has one. */
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
