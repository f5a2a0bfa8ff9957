import { basename } from 'node:path';

/** What a server shows of its clients in performance_schema.session_connect_attrs. What the user says wins. */
export function connectAttributes(pool: string, own: unknown): Record<string, string> {
  return {
    program_name: programName(),
    _connector_name: 'node-mysqlpool',
    _pid: String(process.pid),
    pool_name: pool,
    ...(own as object),
  };
}

function programName(): string {
  const script = process.argv[1];
  return process.env['npm_package_name'] ?? (script === undefined ? 'node' : basename(script));
}
