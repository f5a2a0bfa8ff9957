import { isIP } from 'node:net';
import { internals, type MysqlConnection } from './driver.js';

/**
 * Has the certificate compared with the host also where that is an address. mysql2 tells Node no name then, and Node
 * takes the one of the socket below, which has none either, and would look for `localhost` in the certificate.
 * @param connection one that has just begun to connect
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
