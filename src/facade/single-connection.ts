import { checkTlsOptions } from '../mysql/tls-options.js';
import type { CoreModule } from './mysql2-module.js';

/**
 * mysql2's maker of connections that no pool has to do with, but that a misspelt name in `ssl` is refused: mysql2 passes
 * over it in silence, and a wrong certificate would be accepted.
 * @param refuse what it does with the error
 */
export function checkingTls<F extends (options: never) => unknown>(
  core: CoreModule,
  create: F,
  refuse: (error: unknown) => unknown = rethrow,
): F {
  const checked = (options: unknown): unknown => {
    try {
      checkTlsOptions('createConnection', tlsOf(core, options));
    } catch (error) {
      return refuse(error);
    }
    return create(options as never);
  };
  return Object.defineProperty(checked, 'name', { value: create.name }) as unknown as F;
}

function rethrow(error: unknown): never {
  throw error;
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
    // mysql2 says what is wrong with it.
    return undefined;
  }
}
