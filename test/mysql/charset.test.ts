import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { freshDatabase, SERVER_KINDS, startOwnServer, type OwnServer } from '../support/servers/index.js';
import { one, poolOn } from './support.js';

const TEXT = 'Zürich, 東京, 🐬';

for (const kind of SERVER_KINDS) {
  // A reset on MySQL sets the global character set, which is a problem only if that is not utf8mb4.
  describe(`the character set on a server whose own is latin1 (${kind})`, () => {
    let server: OwnServer;
    before(async () => {
      const variables = { character_set_server: 'latin1', collation_server: 'latin1_swedish_ci' };
      server = await startOwnServer(kind, { variables });
    });
    after(() => server[Symbol.asyncDispose]());

    for (const work of [
      'SET NAMES latin1',
      'SET @a = 1',
      'SET NAMES latin1, @a := 1',
      "SET character_set_client = 'latin1'",
    ]) {
      it(`survives ${work}`, async (t) => {
        await using database = await freshDatabase(server);
        const pool = poolOn(t, database.url, { maxSize: 1 });
        await pool.query('CREATE TABLE texts (v VARCHAR(50) CHARACTER SET utf8mb4)');
        const look =
          'SELECT @@character_set_client c, @@character_set_results r, @@collation_connection k, CHARSET(?) x';
        const fresh = { ...(await one(pool, look, ['x'])) };
        assert.deepEqual(fresh, { c: 'utf8mb4', r: 'utf8mb4', k: 'utf8mb4_unicode_ci', x: 'utf8mb4' });
        await pool.query(work);
        assert.deepEqual({ ...(await one(pool, look, ['x'])) }, fresh);
        await pool.query('INSERT INTO texts VALUES (?)', [TEXT]);
        await pool.execute('INSERT INTO texts VALUES (?)', [TEXT]);
        const [rows] = await pool.execute('SELECT v FROM texts');
        assert.deepEqual(rows, [{ v: TEXT }, { v: TEXT }]);
        assert.equal(pool.stats().total.opened, 1);
      });
    }

    it('is the one that was configured', async (t) => {
      const pool = poolOn(t, server, { charset: 'latin1_general_ci', maxSize: 1 });
      const look = 'SELECT @@character_set_client c, @@collation_connection k';
      for (const work of ['SELECT 1', 'SET NAMES utf8mb4', 'SET @a = 1']) {
        await pool.query(work);
        assert.deepEqual({ ...(await one(pool, look)) }, { c: 'latin1', k: 'latin1_general_ci' }, work);
      }
    });
  });
}
