import { verifyIdentityOf } from './tls-identity.js';
import { checkTlsOptions } from './tls-options.js';

// The import hook loads this file before mysql2, so it must not import the driver.

/** The members of a mysql2 connection, of any version, that are used here. */
interface Begun {
  readonly config: object;
  on(event: 'error', listener: () => void): unknown;
}

const checked = new WeakSet<object>();

/**
 * Sees to it that TLS leaves out no check that `ssl` asks for. Every connection that this package opens or takes over
 * passes here, those of pools and single ones alike.
 * @param connection a connection that has just begun to connect
 * @throws PoolOptionError for an unknown name in `ssl`; the connection is closed
 */
export function withTlsChecks<C extends Begun>(connection: C): C {
  if (checked.has(connection)) return connection;
  checked.add(connection);
  refuseUnknownNames(connection);
  verifyIdentityOf(connection);
  return connection;
}

/** Pools check their options earlier, but those of an ORM, or in a URL, are known only now. */
function refuseUnknownNames(connection: Begun): void {
  try {
    checkTlsOptions('createConnection', (connection.config as { readonly ssl?: unknown }).ssl);
  } catch (error) {
    connection.on('error', () => undefined);
    // Nothing has been sent to the server yet.
    (connection as unknown as { readonly stream: { destroy(): unknown } }).stream.destroy();
    throw error;
  }
}
