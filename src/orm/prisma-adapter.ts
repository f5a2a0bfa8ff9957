import { ISOLATION_LEVELS, type MysqlLease, type MysqlPool } from '../api/index.js';
import { labelThrough } from '../scope/index.js';
import { PrismaAdapterError, prismaError } from './prisma-errors.js';
import {
  type PrismaAdapter,
  type PrismaConnectionInfo,
  type PrismaIsolationLevel,
  type PrismaQuery,
  type PrismaQueryable,
  type PrismaResultSet,
  type PrismaTransaction,
} from './prisma-port.js';
import { splitStatements } from '../session/index.js';
import { argumentsOf, readCell, resultOf } from './prisma-values.js';

export const ADAPTER_NAME = 'node-mysqlpool/prisma';
export const PROVIDER = 'mysql';

/** The label of the loans: the pool may have other users. */
const VIA = 'prisma';

/** Runs Prisma's statements on one connection, or each on any connection of a pool. */
export class Queryable implements PrismaQueryable {
  readonly provider: typeof PROVIDER = PROVIDER;
  readonly adapterName: string = ADAPTER_NAME;
  readonly #target: MysqlPool | MysqlLease;

  constructor(target: MysqlPool | MysqlLease) {
    this.#target = target;
  }

  async queryRaw(query: PrismaQuery): Promise<PrismaResultSet> {
    const [answer, fields] = await this.run(query);
    try {
      return resultOf(answer, fields);
    } catch (error) {
      throw prismaError(error);
    }
  }

  async executeRaw(query: PrismaQuery): Promise<number> {
    const [answer] = await this.run(query);
    return (answer as { readonly affectedRows?: number }).affectedRows ?? 0;
  }

  /** Uses the text protocol: in a prepared statement the server refuses some of Prisma's arguments (LIMIT). */
  protected async run(query: PrismaQuery): ReturnType<MysqlPool['query']> {
    const statement = { sql: query.sql, rowsAsArray: true, nestTables: false, typeCast: readCell };
    const target = this.#target;
    try {
      // A lease already has its label.
      const labelled = 'acquire' in target ? { label: labelThrough(VIA) } : undefined;
      return await target.query(statement as { sql: string }, argumentsOf(query), labelled);
    } catch (error) {
      throw prismaError(error);
    }
  }
}

/** A statement without arguments. */
export const plain = (sql: string): PrismaQuery => ({ sql, args: [], argTypes: [] });

/** A pool as Prisma's adapter, from connect to disconnect. */
export class Adapter extends Queryable implements PrismaAdapter {
  readonly #pool: MysqlPool;
  readonly #info: PrismaConnectionInfo;
  readonly #dispose: () => Promise<void>;

  constructor(pool: MysqlPool, info: PrismaConnectionInfo, dispose: () => Promise<void>) {
    super(pool);
    this.#pool = pool;
    this.#info = info;
    this.#dispose = dispose;
  }

  async executeScript(script: string): Promise<void> {
    const lease = await acquire(this.#pool);
    try {
      const connection = new Queryable(lease);
      for (const sql of splitStatements(script)) await connection.executeRaw(plain(sql));
    } finally {
      lease.release();
    }
  }

  async startTransaction(isolationLevel?: PrismaIsolationLevel): Promise<PrismaTransaction> {
    checkIsolation(isolationLevel);
    const lease = await acquire(this.#pool);
    try {
      const transaction = new OpenTransaction(lease);
      if (isolationLevel !== undefined) {
        await transaction.executeRaw(plain(`SET TRANSACTION ISOLATION LEVEL ${isolationLevel}`));
      }
      await transaction.executeRaw(plain('BEGIN'));
      return transaction;
    } catch (error) {
      lease.release();
      throw error;
    }
  }

  getConnectionInfo(): PrismaConnectionInfo {
    return this.#info;
  }

  dispose(): Promise<void> {
    return this.#dispose();
  }
}

class OpenTransaction extends Queryable implements PrismaTransaction {
  // Tells Prisma not to send COMMIT and ROLLBACK itself.
  readonly options: { readonly usePhantomQuery: boolean } = { usePhantomQuery: true };
  readonly #lease: MysqlLease;

  constructor(lease: MysqlLease) {
    super(lease);
    this.#lease = lease;
  }

  commit(): Promise<void> {
    return this.#end('COMMIT');
  }

  rollback(): Promise<void> {
    return this.#end('ROLLBACK');
  }

  async createSavepoint(name: string): Promise<void> {
    await this.executeRaw(plain(`SAVEPOINT ${name}`));
  }

  async rollbackToSavepoint(name: string): Promise<void> {
    await this.executeRaw(plain(`ROLLBACK TO SAVEPOINT ${name}`));
  }

  async releaseSavepoint(name: string): Promise<void> {
    await this.executeRaw(plain(`RELEASE SAVEPOINT ${name}`));
  }

  async #end(sql: string): Promise<void> {
    try {
      await this.executeRaw(plain(sql));
    } finally {
      this.#lease.release();
    }
  }
}

async function acquire(pool: MysqlPool): Promise<MysqlLease> {
  try {
    return await pool.acquire({ label: labelThrough(VIA) });
  } catch (error) {
    throw prismaError(error);
  }
}

function checkIsolation(level: string | undefined): void {
  if (level === undefined) return;
  // MySQL has all isolation levels of Prisma except SNAPSHOT.
  if (!ISOLATION_LEVELS.some((each) => each.toUpperCase() === level)) {
    throw new PrismaAdapterError({ kind: 'InvalidIsolationLevel', level });
  }
}
