import type { Lease } from '../pool/index.js';
import type { MysqlConnection } from './driver.js';
import { findSession } from './session.js';

/** Says of a loan that it may be for one statement only, which a pool or an ORM runs on any connection. */
export function mayBeLone(connection: MysqlConnection, lease: Lease<MysqlConnection>): void {
  const session = findSession(connection);
  if (session !== undefined) session.lone = lease;
}
