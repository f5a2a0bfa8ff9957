import type { ServerKind, ServerOptions } from './test-server.js';

/** Small and fast rather than durable: the data must survive a crash of the server process, not of the machine. */
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

/** All command-line arguments of the server except those that are paths of its own files. */
export function serverArguments(kind: ServerKind, options: ServerOptions, tlsFolder: string): string[] {
  const args = [
    '--skip-name-resolve',
    '--innodb-flush-log-at-trx-commit=2',
    // Tests break off thousands of connections, for which the server would block this host.
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

/** Statements, one per line, that the server runs at every start before it accepts connections. */
export function accountStatements(kind: ServerKind): string {
  const { user, password, adminUser, adminPassword } = ACCOUNTS;
  // Any one of these privileges lets an account use the connection that is reserved for the admin account.
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
