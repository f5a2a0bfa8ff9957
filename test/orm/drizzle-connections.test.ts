import assert from 'node:assert/strict';
import { it, type TestContext } from 'node:test';
import { eq, sql } from 'drizzle-orm';
import { alias, int, mysqlTable, varchar } from 'drizzle-orm/mysql-core';
import { drizzle, type MySql2Database } from 'drizzle-orm/mysql2';
import { autoCloseDb } from 'node-mysqlpool';
import { createPool } from 'node-mysqlpool/drizzle';
import { createPool as createMysql2Pool } from 'node-mysqlpool/mysql2';
import { eachServer } from '../support/servers/shared.js';
import { databaseFor } from './support/database.js';

const things = mysqlTable('t', { id: int().primaryKey(), v: varchar({ length: 50 }) });
const many = mysqlTable('many', { n: int().primaryKey() });
const others = alias(many, 'others');

eachServer('the connections that Drizzle gets', (_kind, getServer) => {
  const open = async (
    t: TestContext,
    maxSize = 1,
  ): Promise<{
    db: MySql2Database;
    pool: ReturnType<typeof createPool>;
    options: Awaited<ReturnType<typeof databaseFor>>;
  }> => {
    const options = await databaseFor(t, await getServer());
    const pool = createPool({ uri: options.url, maxSize, acquireTimeout: 2_000 });
    options.closeFirst(() => pool.mysqlpool.close({ timeout: 0 }));
    return { db: drizzle({ client: pool }) as unknown as MySql2Database, pool, options };
  };

  it('come back when a transaction cannot even begin', async (t) => {
    const { db, pool } = await open(t);
    for (let round = 0; round < 3; round++) {
      const impossible = db.transaction(async () => undefined, { isolationLevel: 'nonsense' as never });
      await assert.rejects(impossible, /set transaction isolation level nonsense/i);
    }
    assert.equal(pool.mysqlpool.stats().inUse, 0);
    await db.transaction(async (tx) => void (await tx.insert(things).values({ id: 1, v: 'after all' })));
    assert.deepEqual(await db.select().from(things).where(eq(things.id, 1)), [{ id: 1, v: 'after all' }]);
  });

  it('stay with a transaction whose own statements fail', async (t) => {
    const { db } = await open(t);
    await db.transaction(async (tx) => {
      await assert.rejects(tx.execute(sql`SELECT nothing FROM nowhere`));
      await tx.insert(things).values({ id: 1, v: 'all the same' });
    });
    assert.equal((await db.select().from(things)).length, 1);
  });

  it('come back from an iterator that is broken off or read to its end', async (t) => {
    const { db, pool } = await open(t);
    for (let round = 0; round < 3; round++) {
      for await (const { many: row } of db
        .select()
        .from(many)
        .innerJoin(others, sql`TRUE`)
        .iterator()) {
        assert.equal(typeof row.n, 'number');
        break;
      }
      let count = 0;
      for await (const row of db.select().from(many).iterator()) count += Number(row.n >= 0);
      assert.equal(count, 1_000);
    }
    assert.equal(pool.mysqlpool.stats().inUse, 0);
  });

  it('are not taken from somebody else by an iterator that ends late', async (t) => {
    const { db, pool } = await open(t);
    const iterator = await autoCloseDb(async () => {
      const rows = db.select().from(many).iterator();
      await rows.next();
      return rows;
    })();
    await db.transaction(async (tx) => {
      await tx.insert(things).values({ id: 1, v: 'in peace' });
      await iterator.return?.(undefined);
      assert.equal(pool.mysqlpool.stats().inUse, 1);
      await tx.insert(things).values({ id: 2, v: 'in peace' });
    });
    assert.equal((await db.select().from(things)).length, 2);
  });

  it('may come from any of our pools in the shape of mysql2', async (t) => {
    const { db, pool, options } = await open(t);
    const plain = createMysql2Pool({ uri: options.url, connectionLimit: 1 });
    options.closeFirst(() => plain.mysqlpool.close());
    const ways = [db, drizzle(pool), drizzle({ client: pool.promise() }), drizzle({ client: plain })];
    for (const [id, way] of ways.entries()) {
      await way.transaction(async (tx) => void (await tx.insert(things).values({ id, v: 'one way' })));
      for await (const row of way.select().from(things).iterator()) assert.equal(row.v, 'one way');
    }
    assert.equal((await db.select().from(things)).length, ways.length);
  });

  it('are refused with the reason, and with mysql2 as the one who says so', async (t) => {
    const { db, pool, options } = await open(t);
    const wrong = createPool(options.url.replace(options.password, 'wrong'));
    options.closeFirst(() => wrong.mysqlpool.close());
    const codeOf = async (way: { execute(query: unknown): Promise<unknown> }): Promise<unknown> =>
      way.execute(sql`SELECT 1`).then(
        () => 'no error',
        (error: Error) => (error.cause as { code?: string }).code,
      );
    assert.equal(await codeOf(drizzle({ client: wrong }) as never), 'ER_ACCESS_DENIED_ERROR');
    await pool.promise().end();
    assert.equal(await codeOf(db as never), 'POOL_CLOSED');
  });

  it('come from options that are checked', () => {
    // @ts-expect-error -- a number
    assert.throws(() => createPool({ maxSize: 'ten' }), /maxSize/);
    assert.throws(() => createPool({ connectionLimit: 3, maxSize: 5 }), /mean the same/);
  });
});
