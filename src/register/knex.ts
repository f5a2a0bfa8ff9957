import { join } from 'node:path';
import { nameOf, type Copy } from './copy.js';
import { patchInitializePool, type PoolingClient } from '../orm/knex-patch.js';
import type * as KnexPool from '../orm/knex-pool.js';
import { debug } from './report.js';
import { withUnsaid } from './options.js';

/** Patches `lib/dialects/mysql2/index.js`: every mysql2 client gets our pool, unless it is given another pool. */
export function swapKnexClient(module: NodeJS.Module, copy: Copy): void {
  const { prototype } = module.exports as { readonly prototype: PoolingClient };
  patchInitializePool(prototype, (client, config) => {
    const { usePool } = require('../orm/knex-pool.js') as typeof KnexPool;
    usePool(client, withDefaults(config), join(copy.folder, 'lib/client.js'));
  });
  debug(`the pool of ${nameOf(copy)} is ours`);
}

/** Knex's names for our options. */
const THEIRS: Readonly<Record<string, string>> = {
  maxSize: 'max',
  acquireTimeout: 'acquireTimeoutMillis',
  maxLifetime: 'maxConnectionLifetimeMillis',
};

type Config = KnexPool.KnexClient['config'];

/** The configuration, completed with the settings of the process that it does not set itself. */
function withDefaults(config: Config): Config {
  const { acquireConnectionTimeout: acquire } = config;
  const given = config.pool ?? {};
  const said = { ...given, ...(acquire === undefined ? {} : { acquireTimeoutMillis: acquire }) };
  const pool = withUnsaid(given, THEIRS, said);
  return pool === given ? config : { ...config, pool };
}
