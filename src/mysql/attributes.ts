import { basename } from 'node:path';
import { cutLabel } from '../pool/index.js';

/**
 * The connection attributes that the server shows in performance_schema.session_connect_attrs. Attributes given by the
 * user win.
 */
export function connectAttributes(pool: string, own: unknown): Record<string, string> {
  return {
    program_name: programName(),
    _connector_name: 'node-mysqlpool',
    _pid: String(process.pid),
    // A server refuses a client that sends more attributes than it has room for.
    pool_name: cutLabel(pool),
    ...(own as object),
  };
}

function programName(): string {
  const script = process.argv[1];
  return process.env['npm_package_name'] ?? (script === undefined ? 'node' : basename(script));
}
