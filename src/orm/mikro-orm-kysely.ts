import { createRequire } from 'node:module';
import { MySqlConnection } from '@mikro-orm/mysql';
import * as mysql2 from 'mysql2';
import { asMysql2Error } from '../facade/errors.js';
import type { CoreModule } from '../facade/mysql2-module.js';
import { readOptions } from '../facade/options.js';
import { KyselyPool, type TellConnection } from './kysely.js';
import {
  poolOptionsOf,
  refuseBeside,
  refuseOtherPool,
  VOCABULARY,
  type MikroOrmPoolOptions,
} from './mikro-orm-options.js';
import { withTheirOptions } from './pool-options.js';

type Hook = (connection: unknown) => Promise<void>;

/**
 * The members of MikroORM 7's connection that are used or replaced; its types are not those that this package is
 * compiled with.
 */
interface SevenConnection {
  readonly config: { get(name: string): unknown };
  readonly options: { readonly onCreateConnection?: Hook; readonly onReserveConnection?: Hook };
  createKysely(): unknown;
  createKyselyDialect(overrides: object): unknown;
  mapOptions(overrides: object): Record<string, unknown>;
  ensureConnection(): Promise<void>;
}

const StockConnection: new (...args: unknown[]) => SevenConnection = MySqlConnection as never;

/** Options that MikroORM computes for mysql2's pool; ours are read from its `pool` options directly. */
const SIZES = ['connectionLimit', 'idleTimeout', 'maxIdle'] as const;

/** MikroORM 7's connection: Kysely with our pool. */
export class KyselyPoolConnection extends StockConnection {
  declare own: MikroOrmPoolOptions;
  #pool: KyselyPool | undefined;

  override createKysely(): unknown {
    const made = super.createKysely();
    if (this.#pool === undefined) refuseOtherPool('a Kysely instance or dialect');
    return made;
  }

  override createKyselyDialect(overrides: object): object {
    const options = this.mapOptions(overrides);
    for (const size of SIZES) if (!Object.hasOwn(overrides, size)) delete options[size];
    refuseBeside(VOCABULARY, this.config);
    const given = poolOptionsOf(this.config.get('pool'), this.own);
    const core = mysql2 as unknown as CoreModule;
    const pool = withTheirOptions(
      VOCABULARY,
      given,
      {},
      (ours) => new MikroOrmPool(readOptions(core, { ...options, ...ours }).pool),
    );
    pool.via = 'mikro-orm';
    this.#pool = pool;
    const onCreate = this.#hook('onCreateConnection');
    const onReserve = this.#hook('onReserveConnection');
    return new (kyselyOfMikroOrm().MysqlDialect)({
      pool,
      controlConnection: pool.controlConnection,
      onCreateConnection: onCreate && pool.whenCreated(onCreate),
      onReserveConnection: onReserve && pool.whenReserved(onReserve),
    });
  }

  /** Returns the pool, where MikroORM's own driver returns mysql2's. */
  async getNativeClient(): Promise<KyselyPool> {
    await this.ensureConnection();
    return this.#pool!;
  }

  #hook(name: 'onCreateConnection' | 'onReserveConnection'): Hook | undefined {
    return this.options[name] ?? (this.config.get(name) as Hook | undefined);
  }
}

/**
 * Reports failures as mysql2 does: MikroORM derives its exceptions from them, and its schema tools look at their error
 * numbers.
 */
class MikroOrmPool extends KyselyPool {
  whenCreated(hook: Hook): Hook {
    return this.kept(hook, 'onCreateConnection');
  }

  whenReserved(hook: Hook): Hook {
    return this.guarded(hook, 'onReserveConnection');
  }

  protected override lendTo(tell: TellConnection): void {
    super.lendTo((error, connection) => tell(error === null ? null : asMysql2Error(error, true), connection));
  }
}

interface KyselyModule {
  readonly MysqlDialect: new (config: object) => object;
}

/** MikroORM's own copy of Kysely, since it does not recognise a dialect of another copy. */
function kyselyOfMikroOrm(): KyselyModule {
  return createRequire(require.resolve('@mikro-orm/mysql'))('kysely') as KyselyModule;
}
