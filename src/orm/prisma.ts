import { MysqlPool, type MysqlPoolOptions } from '../api/index.js';
import { codeOf } from '../pool/index.js';
import { Adapter, ADAPTER_NAME, plain, PROVIDER, Queryable } from './prisma-adapter.js';
import { checkSource, isPool } from './prisma-options.js';
import type { PrismaAdapter, PrismaConnectionInfo } from './prisma-port.js';
import { warnUnlessTested } from './tested-versions.js';

export { PrismaAdapterError } from './prisma-errors.js';

/** @since 0.1.0 */
export interface PrismaMysqlPoolOptions {
  /** `$disconnect()` closes a pool that was given as well, not only one that was made here. @default false */
  readonly disposeExternalPool?: boolean;
}

const PRISMA = { name: 'Prisma', packageName: '@prisma/client', versions: ['7.10.0'], lines: ['7.'] };

/**
 * Prisma 7's connections out of a pool: `new PrismaClient({ adapter: new PrismaMysqlPool(pool) })`. Given a URL or
 * options instead of a pool, it makes a pool of its own, which `$disconnect()` closes.
 * @since 0.1.0
 */
export class PrismaMysqlPool {
  readonly provider: typeof PROVIDER = PROVIDER;
  readonly adapterName: string = ADAPTER_NAME;
  readonly #source: string | MysqlPoolOptions | undefined;
  readonly #closes: boolean;
  #pool: MysqlPool;

  /** @throws PoolOptionError */
  constructor(source: MysqlPool | string | MysqlPoolOptions, options: PrismaMysqlPoolOptions = {}) {
    checkSource(source, options);
    this.#source = isPool(source) ? undefined : source;
    this.#pool = isPool(source) ? source : new MysqlPool(source);
    this.#closes = this.#source !== undefined || options.disposeExternalPool === true;
  }

  /**
   * Called by Prisma, at `$connect()` or at the first query. Like Prisma's own adapters it does not fail when the server
   * cannot be reached: only what a query throws becomes an error of Prisma's.
   * @throws PoolClosedError when the pool that was given is closed
   */
  async connect(): Promise<PrismaAdapter> {
    warnUnlessTested(PRISMA);
    if (this.#source !== undefined && this.#pool.state !== 'open') this.#pool = new MysqlPool(this.#source);
    const pool = this.#pool;
    const info = await describe(pool).catch((error: unknown) => {
      if (codeOf(error) === 'POOL_CLOSED') throw error;
      return { supportsRelationJoins: false };
    });
    return new Adapter(pool, info, () => (this.#closes ? pool.close() : Promise.resolve()));
  }
}

/** Asks the server what Prisma wants to know before the first query. */
async function describe(pool: MysqlPool): Promise<PrismaConnectionInfo> {
  const { rows } = await new Queryable(pool).queryRaw(plain('SELECT VERSION(), DATABASE()'));
  const [version, schema] = rows[0] as [string, string | null];
  const [major = 0, minor = 0, patch = 0] = version.split(/[.-]/).map(Number);
  const isNewEnough = major > 8 || (major === 8 && (minor > 0 || patch >= 13));
  // Prisma's joins are LATERAL, which MariaDB does not know.
  const supportsRelationJoins = isNewEnough && !/mariadb/i.test(version);
  return schema === null ? { supportsRelationJoins } : { supportsRelationJoins, schemaName: schema };
}
