import { checkTlsOptions } from '../mysql/tls-options.js';
import type { CoreModule } from './mysql2-module.js';

/**
 * Wraps mysql2's function for unpooled connections so that unknown names in `ssl` are refused: mysql2 ignores them
 * silently, and a misspelt check would let a wrong certificate pass.
 * @param refuse what to do with the error
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
    // mysql2 will report what is wrong with the URL.
    return undefined;
  }
}
