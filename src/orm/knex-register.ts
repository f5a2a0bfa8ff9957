import { patchInitializePool, type PoolingClient } from './knex-patch.js';
import { usePool } from './knex-pool.js';

export type { KnexPoolOptions } from './knex-pool.js';

const { prototype } = require('knex/lib/dialects/mysql2/index.js') as { readonly prototype: PoolingClient };

patchInitializePool(prototype, usePool);
