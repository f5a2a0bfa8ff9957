import type { Knex } from 'knex';
import type { KnexClient } from './knex-pool.js';

/** Knex's mysql2 client, with the method in which it creates its pool. */
export interface PoolingClient extends KnexClient {
  initializePool(config?: Knex.Config): void;
}

/** Makes every client with this prototype create its pool with `use`, unless it is given another pool (`connectionPool`). */
export function patchInitializePool(
  prototype: PoolingClient,
  use: (client: KnexClient, config: Knex.Config) => void,
): void {
  const theirs: (this: PoolingClient, config: Knex.Config) => void = Reflect.get(prototype, 'initializePool');
  prototype.initializePool = function (this: PoolingClient, config: Knex.Config = this.config): void {
    const { connectionPool } = config as { readonly connectionPool?: unknown };
    if (this.pool !== undefined || connectionPool !== undefined) theirs.call(this, config);
    else use(this, config);
  };
}
