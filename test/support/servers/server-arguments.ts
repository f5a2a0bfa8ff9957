import type { ServerKind, ServerOptions } from './test-server.js';

/** Small and quick rather than durable: it must survive the death of its process, not of the machine. */
export const STORAGE_ARGUMENTS: Record<ServerKind, readonly string[]> = {
  mariadb: [
    '--innodb-log-file-size=16M',
    '--innodb-buffer-pool-size=32M',
    '--innodb-use-native-aio=OFF',
    '--skip-log-bin',
  ],
  mysql: [
    '--loose-innodb-redo-log-capacity=32M',
    '--innodb-buffer-pool-size=32M',
    '--innodb-use-native-aio=OFF',
    '--skip-log-bin',
    '--innodb-doublewrite=OFF',
    '--performance-schema=OFF',
    '--loose-mysqlx=OFF',
    '--secure-file-priv=NULL',
  ],
};

/** Everything on the server's command line that does not say where files are. */
export function serverArguments(kind: ServerKind, options: ServerOptions, tlsFolder: string): string[] {
  const args = [
    '--skip-name-resolve',
    '--innodb-flush-log-at-trx-commit=2',
    // Tests break connections by the thousand; the server must not block this host for it.
    '--max-connect-errors=1000000',
  ];
  if (options.tls) {
    args.push(
      `--ssl-ca=${tlsFolder}/ca.pem`,
      `--ssl-cert=${tlsFolder}/server-cert.pem`,
      `--ssl-key=${tlsFolder}/server-key.pem`,
    );
  } else {
    args.push(kind === 'mysql' ? '--tls-version=' : '--ssl=0');
  }
  const variables = {
    max_connections: options.maxConnections,
    wait_timeout: options.waitTimeout,
    max_user_connections: options.maxUserConnections,
    ...options.variables,
  };
  for (const [name, value] of Object.entries(variables)) {
    if (value !== undefined) args.push(`--${name.replaceAll('_', '-')}=${value}`);
  }
  return args;
}

export const ACCOUNTS = { user: 'app', password: 'secret', adminUser: 'admin', adminPassword: 'secret' } as const;

/** Statements, one a line, that the server runs at every start before it takes connections. */
export function accountStatements(kind: ServerKind): string {
  const { user, password, adminUser, adminPassword } = ACCOUNTS;
  // Each of these rights alone lets an account take the connection that is reserved for the admin.
  const bypasses = kind === 'mysql' ? 'SUPER, CONNECTION_ADMIN, SERVICE_CONNECTION_ADMIN' : 'SUPER, CONNECTION ADMIN';
  return [
    `CREATE USER IF NOT EXISTS '${user}'@'%' IDENTIFIED BY '${password}';`,
    `CREATE USER IF NOT EXISTS '${adminUser}'@'%' IDENTIFIED BY '${adminPassword}';`,
    `GRANT ALL ON *.* TO '${adminUser}'@'%' WITH GRANT OPTION;`,
    `GRANT ALL ON *.* TO '${user}'@'%' WITH GRANT OPTION;`,
    `REVOKE ${bypasses} ON *.* FROM '${user}'@'%';`,
    '',
  ].join('\n');
}
