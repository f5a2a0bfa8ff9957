import { join } from 'node:path';
import { nameOf, type Copy } from './copy.js';
import type * as KnexPool from '../orm/knex-pool.js';
import { debug } from './report.js';
import { withUnsaid } from './options.js';

interface Client extends KnexPool.KnexClient {
  initializePool(config?: KnexPool.KnexClient['config']): void;
}

/** `lib/dialects/mysql2/index.js`: every client for mysql2 gets our pool, unless it was given one of another kind. */
export function swapKnexClient(module: NodeJS.Module, copy: Copy): void {
  const { prototype } = module.exports as { readonly prototype: Client };
  const theirs: (this: Client, config: Client['config']) => void = Reflect.get(prototype, 'initializePool');
  prototype.initializePool = function (this: Client, config: Client['config'] = this.config): void {
    const { connectionPool } = config as { readonly connectionPool?: unknown };
    if (this.pool !== undefined || connectionPool !== undefined) {
      theirs.call(this, config);
      return;
    }
    const { usePool } = require('../orm/knex-pool.js') as typeof KnexPool;
    usePool(this, withDefaults(config), join(copy.folder, 'lib/client.js'));
  };
  debug(`the pool of ${nameOf(copy)} is ours`);
}

/** Knex's words for ours. */
const THEIRS: Readonly<Record<string, string>> = {
  maxSize: 'max',
  acquireTimeout: 'acquireTimeoutMillis',
  maxLifetime: 'maxConnectionLifetimeMillis',
};

type Config = KnexPool.KnexClient['config'];

/** The configuration, with what the process's settings say and it does not. */
function withDefaults(config: Config): Config {
  const { acquireConnectionTimeout: acquire } = config;
  const given = config.pool ?? {};
  const said = { ...given, ...(acquire === undefined ? {} : { acquireTimeoutMillis: acquire }) };
  const pool = withUnsaid(given, THEIRS, said);
  return pool === given ? config : { ...config, pool };
}
