import { createRequire } from 'node:module';
import { MySqlConnection, type Knex } from '@mikro-orm/mysql';
import { usePool, VOCABULARY, type KnexClient } from './knex-pool.js';
import { PLACES, poolOptionsOf, refuseBeside, refuseOtherPool, type MikroOrmPoolOptions } from './mikro-orm-options.js';
import type { PoolVocabulary } from './pool-options.js';

/** MikroORM 6 passes its `pool` options to Knex. */
const WORDS: PoolVocabulary = { ...VOCABULARY, ...PLACES, hook: 'pool.afterCreate', credentials: 'password' };

type ClientClass = new (config: Knex.Config) => Knex.Client;

/** MikroORM 6's connection: Knex with our pool. */
export class KnexPoolConnection extends MySqlConnection {
  declare own: MikroOrmPoolOptions;

  protected override createKnexClient(type: string): Knex {
    const { context, connectionPool } = (this.config.get('driverOptions') ?? {}) as Record<string, unknown>;
    if (context !== undefined) refuseOtherPool('a Knex instance');
    if (connectionPool !== undefined) refuseOtherPool('connectionPool');
    // Declared as a string, but actually the class of MikroORM's Knex client.
    return super.createKnexClient(pooled(type as unknown as ClientClass) as unknown as string);
  }

  protected override getKnexOptions(type: string): Knex.Config {
    refuseBeside(WORDS, this.config as { get(name: string): unknown });
    const options = super.getKnexOptions(type);
    return { ...options, pool: poolOptionsOf(options.pool, this.own) as Knex.PoolConfig };
  }
}

function pooled(Client: ClientClass): ClientClass {
  return class MysqlPoolClient extends Client {
    override initializePool(config: Knex.Config = this.config): void {
      if (this.pool !== undefined) return;
      usePool(this as unknown as KnexClient, config as never, placeOfKnex(), 'mikro-orm', WORDS);
    }
  };
}

/** MikroORM has its own copy of Knex. */
const placeOfKnex = (): string => createRequire(require.resolve('@mikro-orm/mysql')).resolve('@mikro-orm/knex');
