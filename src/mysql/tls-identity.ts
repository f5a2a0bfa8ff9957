import { isIP } from 'node:net';
import { internals, type MysqlConnection } from './driver.js';

/**
 * Makes TLS compare the certificate with the host also if the host is an IP address. In that case mysql2 gives Node no
 * server name, and Node falls back to the host of the underlying socket, which has none, so it would look for
 * `localhost` in the certificate.
 * @param connection a connection that has just begun to connect
 */
export function identifyByAddress<C extends MysqlConnection>(connection: C): C {
  const { config, stream } = internals(connection) as unknown as {
    readonly config: { readonly host?: unknown; readonly ssl?: { readonly verifyIdentity?: unknown } | false };
    readonly stream: { _host?: string };
  };
  if (typeof config.host !== 'string' || isIP(config.host) === 0 || !config.ssl) return connection;
  if (config.ssl.verifyIdentity) stream._host = config.host;
  return connection;
}
