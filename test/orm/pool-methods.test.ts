import assert from 'node:assert/strict';
import { after, it, type TestContext } from 'node:test';
import { knex as knexFactory } from 'knex';
import { autoCloseDb, createPool, MysqlPool } from 'node-mysqlpool';
import { MysqlPoolClient } from 'node-mysqlpool/knex';
import { createPool as createKyselyPool } from 'node-mysqlpool/kysely';
import { createPool as createMysql2Pool } from 'node-mysqlpool/mysql2';
import { createPool as createPromisePool } from 'node-mysqlpool/mysql2/promise';
import 'node-mysqlpool/sequelize';
import { POOL_CLASSES, ScopedPool } from 'node-mysqlpool/scope';
import { connections } from 'node-mysqlpool/settings';
import { Sequelize } from 'sequelize';
import type { SequelizePool } from '#internal/orm/sequelize-pool.js';
import type { TarnPool } from '#internal/orm/tarn-pool.js';
import { membersOf, ROWS, runRow, type AnyScopedPool, type Door } from '../scope/support/pool-methods.js';
import { use } from '../settings/support/settings.js';
import { freshDatabase } from '../support/servers/index.js';
import { eachServer } from '../support/servers/shared.js';
import { until } from '../support/until.js';
import type { OrmOptions } from './support/orm-driver.js';

/** What opens a pool on a database, and closes what is around it. */
type Opened = { readonly pool: unknown; readonly close: () => unknown };

const closing = (pool: MysqlPool): Opened => ({ pool, close: () => pool.close({ timeout: 0 }) });

const DOORS: Readonly<Record<string, (options: OrmOptions, t: TestContext) => Opened>> = {
  createPool: ({ url }) => closing(createPool(url, { maxSize: 3 })),
  'createPool, contextLocal': ({ url }) => closing(createPool(url, { maxSize: 3, contextLocal: true })),
  mysql2: ({ url: uri }) => closing(createMysql2Pool({ uri, connectionLimit: 3 }).mysqlpool),
  'mysql2/promise': ({ url: uri }) => closing(createPromisePool({ uri, connectionLimit: 3 }).pool.mysqlpool),
  kysely: ({ url }) => closing(createKyselyPool(url, { maxSize: 3 })),
  knex: ({ host, port, user, password, database }) => {
    const connection = { host, port, user, password, database };
    const knex = knexFactory({ client: MysqlPoolClient, connection, pool: { min: 0, max: 3 } });
    return { pool: (knex.client as { pool: TarnPool }).pool.mysqlpool, close: () => knex.destroy() };
  },
  sequelize: ({ host, port, user, password, database }) => {
    const options = { dialect: 'mysql', host, port, logging: false, pool: { max: 3 } } as const;
    const sequelize = new Sequelize(database, user, password, options);
    const { pool } = sequelize.connectionManager as unknown as { readonly pool: SequelizePool };
    return { pool: pool.write.mysqlpool, close: () => sequelize.close() };
  },
  ...Object.fromEntries(
    POOL_CLASSES.map((poolClass) => [
      `settings, ${poolClass}`,
      ({ host, port, user, password, database }: OrmOptions, t: TestContext): Opened => {
        const entry = { ENGINE: 'mysqlpool', NAME: database, USER: user, PASSWORD: password, HOST: host };
        use(t, {
          DATABASES: { default: { ...entry, PORT: String(port) } },
          MYSQLPOOL_BACKEND: poolClass,
          MYSQLPOOL_ARGUMENTS: poolClass === 'QueuePool' ? { pool_size: 3, max_overflow: 0 } : {},
        });
        return closing(connections.default);
      },
    ]),
  ),
};

/** What a pool of MySQL has besides, each with a value that it answers. */
const MYSQL_METHODS: Readonly<Record<string, (pool: MysqlPool) => Promise<unknown>>> = {
  query: async (pool) => (await pool.query('SELECT 42 AS n'))[0],
  execute: async (pool) => (await pool.execute('SELECT ? + 2 AS n', [40]))[0],
  stream: async (pool) => {
    const rows: unknown[] = [];
    for await (const row of pool.stream('SELECT 42 AS n')) rows.push(row);
    return rows;
  },
  getConnection: async (pool) => {
    const lease = await pool.getConnection();
    try {
      return (await lease.query('SELECT 42 AS n'))[0];
    } finally {
      lease.release();
    }
  },
  transaction: (pool) => pool.transaction(async (tx) => (await tx.query('SELECT 42 AS n'))[0]),
};

/** And what it has that borrows nothing. */
const WITHOUT_LOAN = ['end', 'escape', 'escapeId', 'format'];

const OVER_CREATORS: ReadonlySet<string> = new Set(['knex', 'sequelize']);

it('every method that a MysqlPool adds has a row here', () => {
  const scoped = new Set([...membersOf(ScopedPool), ...ROWS.map(String)]);
  const added = membersOf(MysqlPool).filter((name) => !scoped.has(name));
  assert.deepEqual(added, [...Object.keys(MYSQL_METHODS), ...WITHOUT_LOAN].toSorted());
});

eachServer('every public method of a pool, through every door', (kind, getServer) => {
  // One for all of them: none writes anything.
  let place: Promise<OrmOptions & AsyncDisposable> | undefined;
  const open = async (): Promise<OrmOptions & AsyncDisposable> => {
    const server = await getServer();
    const database = await freshDatabase(server);
    const { host, port, user, password } = server;
    const limits = { maxSize: 3, acquireTimeout: 5_000 };
    return { ...database, kind, host, port, user, password, database: database.name, ...limits };
  };
  after(async () => (await place)?.[Symbol.asyncDispose]());

  for (const [name, openDoor] of Object.entries(DOORS)) {
    const poolFor = async (t: TestContext): Promise<AnyScopedPool> => {
      const { pool, close } = openDoor(await (place ??= open()), t);
      t.after(close);
      return pool as AnyScopedPool;
    };
    const door: Door = { name, open: poolFor };
    const local = name.endsWith('contextLocal') ? { ...door, contextLocal: true } : door;
    for (const row of ROWS) it(`${name}: ${String(row)}`, (t) => runRow(t, local, row));

    // Over connections that the ORM makes there is none of these: the ORM asks.
    for (const [method, ask] of Object.entries(OVER_CREATORS.has(name) ? {} : MYSQL_METHODS)) {
      it(`${name}: ${method}`, async (t) => {
        const pool = await poolFor(t);
        assert.ok(pool instanceof MysqlPool);
        assert.deepEqual(JSON.stringify(await autoCloseDb.run(() => ask(pool))), '[{"n":42}]');
        await until(() => pool.stats().inUse === 0);
        const { open: gate, work } = late(() => ask(pool));
        gate();
        await assert.rejects(work, { code: 'POOL_SCOPE_ENDED' });
        assert.equal(pool.stats().inUse, 0);
      });
    }
  }
});

/** Work that a scope has started, and that goes on when the scope is over. */
function late(work: () => Promise<unknown>): { readonly open: () => void; readonly work: Promise<unknown> } {
  let open!: () => void;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { open, ...autoCloseDb.run(() => ({ work: opened.then(work) })) };
}
