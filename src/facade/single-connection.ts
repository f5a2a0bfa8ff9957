import { PoolOptionError } from '../pool/index.js';
import { placed, type MysqlConnection, type Place } from '../api/index.js';
import { withTlsChecks } from '../mysql/tls-checks.js';
import { checkTlsOptions } from '../mysql/tls-options.js';
import type { CoreModule } from './mysql2-module.js';

type Create = (options: unknown) => MysqlConnection;

/** mysql2's `createConnection`, with the checks of TLS that mysql2 leaves out. Unknown names are refused before dialling. */
export function checkingTls(core: CoreModule, create: Create): Create {
  return function createConnection(options) {
    checkTlsOptions('createConnection', tlsOf(core, options));
    return withTlsChecks(create(options));
  };
}

/**
 * The same with mysql2's promise API. mysql2's own function would give us the connection only when it has logged in,
 * which is too late for the checks.
 */
export function promising(create: Create): (options: unknown) => Promise<object> {
  return function createConnectionPromise(options) {
    const Implementation = (options as { readonly Promise?: PromiseConstructor } | undefined)?.Promise || Promise;
    let connection: MysqlConnection;
    try {
      connection = create(options);
    } catch (error) {
      // What mysql2 throws itself is thrown, as by its own function.
      if (error instanceof PoolOptionError) return Implementation.reject(error);
      throw error;
    }
    const called: Place = {};
    Error.captureStackTrace(called, createConnectionPromise);
    return new Implementation((resolve, reject) => {
      connection.once('connect', () => resolve(connection.promise(Implementation)));
      connection.once('error', (error) => reject(placed(error, called)));
    });
  };
}

function tlsOf({ ConnectionConfig }: CoreModule, options: unknown): unknown {
  const { ssl, uri } = (typeof options === 'string' ? { uri: options } : (options ?? {})) as {
    readonly ssl?: unknown;
    readonly uri?: unknown;
  };
  if (ssl || typeof uri !== 'string') return ssl;
  try {
    return ConnectionConfig.parseUrl(uri)['ssl'];
  } catch {
    // mysql2 will report what is wrong with the URL.
    return undefined;
  }
}
