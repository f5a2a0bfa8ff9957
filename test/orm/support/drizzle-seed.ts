import assert from 'node:assert/strict';
import { it } from 'node:test';
import { sql } from 'drizzle-orm';
import { int, mysqlTable } from 'drizzle-orm/mysql-core';
import { drizzle } from 'drizzle-orm/mysql2';
import { autoCloseDb } from 'node-mysqlpool';
import { createPool } from 'node-mysqlpool/drizzle';
import { eachServer } from '../../support/servers/shared.js';
import { databaseFor } from './database.js';

const t = mysqlTable('t', { id: int().primaryKey() });
const child = mysqlTable('child', { tId: int('t_id').references(() => t.id) });

// drizzle-seed is installed in a separate project only, so that its types are not available here.
type Reset = (db: object, schema: object) => Promise<void>;

eachServer('drizzle-seed', (_kind, getServer) => {
  for (const maxSize of [1, 3])
    it(`resets tables with foreign keys on one connection, by a pool of ${maxSize}`, async (test) => {
      const options = await databaseFor(test, await getServer(), { maxSize });
      const { url } = options;
      const pool = createPool({ uri: url, maxSize });
      options.closeFirst(() => pool.promise().end());
      const name: string = 'drizzle-seed';
      const { reset } = (await import(name)) as { readonly reset: Reset };
      const db = drizzle({ client: pool });
      await db.execute(sql`CREATE TABLE child (t_id INT, FOREIGN KEY (t_id) REFERENCES t (id))`);
      await db.execute(sql`INSERT INTO t VALUES (1, 'x')`);
      await db.insert(child).values({ tId: 1 });
      await assert.rejects(reset(db, { t, child }));
      await autoCloseDb.run(() => reset(db, { t, child }), { oneConnection: true });
      assert.equal(await db.$count(child), 0);
      assert.equal(await db.$count(t), 0);
      await assert.rejects(async () => db.insert(child).values({ tId: 404 }));
    });
});
