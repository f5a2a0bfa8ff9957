import type { Lease } from '../pool/index.js';
import type { MysqlConnection } from './driver.js';
import { findSession } from './session.js';

/** Marks a loan as possibly made for a single statement, which a pool or an ORM may run on any connection. */
export function mayBeLone(connection: MysqlConnection, lease: Lease<MysqlConnection>): void {
  const session = findSession(connection);
  if (session !== undefined) session.lone = lease;
}
