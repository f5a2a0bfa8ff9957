import { MysqlPool, type MysqlPoolOptions } from '../api/index.js';
import { codeOf } from '../pool/index.js';
import { Adapter, ADAPTER_NAME, plain, PROVIDER, Queryable } from './prisma-adapter.js';
import { checkSource, isPool } from './prisma-options.js';
import type { PrismaAdapter, PrismaConnectionInfo } from './prisma-port.js';
import { warnUnlessTested } from './tested-versions.js';

export { PrismaAdapterError } from './prisma-errors.js';

/** Options of `PrismaMysqlPool`. @since 0.1.0 */
export interface PrismaMysqlPoolOptions {
  /**
   * Whether `$disconnect()` also closes a pool that was given, and not only one that was created here.
   * @default false
   */
  readonly disposeExternalPool?: boolean;
}

const PRISMA = { name: 'Prisma', packageName: '@prisma/client', versions: ['7.10.0'], lines: ['7.'] };

/**
 * Driver adapter for Prisma 7: `new PrismaClient({ adapter: new PrismaMysqlPool(pool) })`. If it is given a URL or
 * options instead of a pool, it creates a pool of its own, which `$disconnect()` closes.
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
   * Called by Prisma at `$connect()` or at the first query. Like Prisma's own adapters it does not fail if the server
   * cannot be reached: Prisma converts only the errors of queries to its own.
   * @throws PoolClosedError if the pool that was given is closed
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

/** Asks the server for what Prisma needs to know before the first query. */
async function describe(pool: MysqlPool): Promise<PrismaConnectionInfo> {
  const { rows } = await new Queryable(pool).queryRaw(plain('SELECT VERSION(), DATABASE()'));
  const [version, schema] = rows[0] as [string, string | null];
  const [major = 0, minor = 0, patch = 0] = version.split(/[.-]/).map(Number);
  const isNewEnough = major > 8 || (major === 8 && (minor > 0 || patch >= 13));
  // Prisma's joins use LATERAL, which MariaDB does not support.
  const supportsRelationJoins = isNewEnough && !/mariadb/i.test(version);
  return schema === null ? { supportsRelationJoins } : { supportsRelationJoins, schemaName: schema };
}
