import 'node-mysqlpool/knex/register';
import assert from 'node:assert/strict';
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { it, type TestContext } from 'node:test';
import { pathToFileURL } from 'node:url';
import { eachServer } from '../../support/servers/shared.js';
import { databaseFor } from './database.js';
import type { OrmOptions, OrmTransaction, Row } from './orm-driver.js';
import { KNEX_TIMEOUT } from './knex-driver.js';
import { ormSuite } from './orm-suite.js';

// The parts of Lucid that are used here: it is installed in a separate project only, without types for this one.
interface Lucid {
  rawQuery(sql: string): Promise<[Row[], unknown]>;
  transaction(): Promise<LucidTransaction>;
  transaction(work: (trx: LucidTransaction) => Promise<void>): Promise<void>;
  knexRawQuery(sql: string): { stream(): AsyncIterable<Row> };
}

interface LucidTransaction extends Lucid {
  rollback(): Promise<void>;
}

interface LucidDatabase {
  connection(): Lucid;
  readonly manager: { closeAll(): Promise<void> };
}

type LucidModule = { readonly Database: new (config: object, logger: object, emitter: object) => LucidDatabase };

const nothing = (): void => undefined;
const LOGGER = { trace: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing, fatal: nothing };

const transactionOn = (trx: LucidTransaction): OrmTransaction => ({
  query: async (sql) => (await trx.rawQuery(sql))[0],
  nested: (work) => trx.transaction((inner) => work(transactionOn(inner))),
});

/** Opens a Lucid database, configured as without our pool. */
async function openLucid({
  host,
  port,
  user,
  password,
  database,
  maxSize,
  acquireTimeout,
}: OrmOptions): Promise<LucidDatabase> {
  // A variable, so that the compiler does not resolve the module.
  const name: string = '@adonisjs/lucid/database';
  const { Database } = (await import(name)) as LucidModule;
  const connection = {
    client: 'mysql2',
    connection: { host, port, user, password, database },
    pool: { min: 0, max: maxSize, acquireTimeoutMillis: acquireTimeout },
  };
  const config = { connection: 'mysql', connections: { mysql: connection } };
  return new Database(config, LOGGER, { emit: nothing, on: nothing, hasListeners: () => false });
}

/**
 * Runs the suite of all ORMs with AdonisJS Lucid, configured as without our pool, in a project that has Lucid
 * installed.
 */
ormSuite({
  name: 'Lucid',
  via: 'knex',
  streams: true,
  hidesFailedCommit: true,
  timeout: KNEX_TIMEOUT,
  async open(options) {
    const db = await openLucid(options);
    // The database object itself is not used: it reopens connections that were closed.
    const client = db.connection();
    return {
      query: async (sql) => (await client.rawQuery(sql))[0],
      transaction: (work) => client.transaction((trx) => work(transactionOn(trx))),
      stream: (sql) => client.knexRawQuery(sql).stream(),
      async take() {
        const trx = await client.transaction();
        return () => trx.rollback();
      },
      close: () => db.manager.closeAll(),
    };
  },
});

interface Migrator {
  readonly status: string;
  readonly error: (Error & { readonly code?: string }) | null;
  run(): Promise<void>;
}

type MigrationModule = { readonly MigrationRunner: new (db: object, app: object, options: object) => Migrator };

/** Called by the migration below while it runs. */
const during = globalThis as { duringMigration?: (() => Promise<unknown>) | undefined };

const MIGRATION = `
import { BaseSchema } from '@adonisjs/lucid/schema';
export default class extends BaseSchema {
  async up() {
    this.schema.createTable('child', (table) => table.integer('t_id').references('id').inTable('t'));
    this.defer(() => globalThis.duringMigration?.());
  }
  async down() {
    this.schema.dropTable('child');
  }
}`;

/** The minimum of an application that Lucid needs, with one migration. */
async function applicationFor(t: TestContext): Promise<object> {
  const folder = await mkdtemp(join(process.cwd(), 'lucid-app-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const migrations = join(folder, 'database/migrations');
  await mkdir(migrations, { recursive: true });
  await writeFile(join(migrations, '1_child.mjs'), MIGRATION);
  return {
    appRoot: pathToFileURL(`${folder}/`),
    inProduction: false,
    makePath: (...parts: string[]) => join(folder, ...parts),
    migrationsPath: () => migrations,
    relativePath: (path: string) => relative(folder, path),
  };
}

eachServer('Lucid: migrations', (_kind, getServer) => {
  for (const maxSize of [1, 3])
    it(`runs one deployment at a time, by pools of ${maxSize}`, async (t) => {
      const options = await databaseFor(t, await getServer(), { maxSize });
      const app = await applicationFor(t);
      const name: string = '@adonisjs/lucid/migration';
      const { MigrationRunner } = (await import(name)) as MigrationModule;
      /** The migrator's status, the code of its error, and the code with which its promise was rejected. */
      const run = async (direction: 'up' | 'down'): Promise<unknown[]> => {
        const db = await openLucid(options);
        const migrator = new MigrationRunner(db, app, { direction });
        const rejection = await migrator.run().then(
          () => undefined,
          (error: Error & { readonly code?: string }) => error.code,
        );
        await db.manager.closeAll();
        return [migrator.status, migrator.error?.code, rejection];
      };
      let other: unknown[] = [];
      during.duringMigration = async () => (other = await run('up'));
      t.after(() => (during.duringMigration = undefined));
      assert.deepEqual(await run('up'), ['completed', undefined, undefined]);
      // The migrator that did not get the lock also fails to release it.
      assert.deepEqual(other, ['error', 'E_UNABLE_ACQUIRE_LOCK', 'E_UNABLE_RELEASE_LOCK']);
      during.duringMigration = undefined;
      assert.deepEqual(await run('up'), ['skipped', undefined, undefined]);
      assert.deepEqual(await run('down'), ['completed', undefined, undefined]);
    });
});
