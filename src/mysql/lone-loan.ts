import type { Lease } from '../pool/index.js';
import type { MysqlConnection } from './driver.js';
import { sessionOf, type Session } from './session.js';

/** Says of a loan that it may be for one statement only, which a pool or an ORM runs on any connection. */
export function mayBeLone(connection: MysqlConnection, lease: Lease<MysqlConnection>): void {
  // A connection that has died before its greeting has none.
  const session = sessionOf(connection) as Session | undefined;
  if (session !== undefined) session.lone = lease;
}
