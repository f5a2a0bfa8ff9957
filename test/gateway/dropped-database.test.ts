/**
 * A client's default database is dropped by another client. On a server, the client's session keeps the database's
 * name.
 */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { freshDatabase } from '#support/servers/index.js';
import { eachServer } from '#support/servers/shared.js';
import { clientOf, gatewayFor, rowsOf, useSchema, valueOf } from './support.js';

eachServer('a client whose database was dropped', (_kind, getServer) => {
  for (const mode of ['transaction', 'rotate'] as const) {
    it(`goes on with what needs none, and is in it when it is there again: ${mode}`, async (t) => {
      const server = await getServer();
      await using own = await freshDatabase(server);
      await using next = await freshDatabase(server);
      const at = await gatewayFor(t, server, { mode, maxSize: 2 });
      const client = await clientOf(t, at, server, { database: own.name });
      assert.equal(await valueOf(client, 'DATABASE()'), own.name);
      await server.admin(`DROP DATABASE ${own.name}`);
      // Replaces all backends: otherwise one whose session still has the database might be used.
      for (const pool of at.gateway.pools) pool.evict();
      assert.equal(await valueOf(client, '1'), '1');
      await assert.rejects(rowsOf(client, 'CREATE TABLE t (a INT)'), { errno: 1046 });
      await rowsOf(client, 'BEGIN');
      await rowsOf(client, 'COMMIT');
      await rowsOf(client, `CREATE DATABASE ${own.name}`);
      assert.equal(await valueOf(client, 'DATABASE()'), own.name);
      await rowsOf(client, 'CREATE TABLE t (a INT)');
      await rowsOf(client, `DROP DATABASE ${own.name}`);
      assert.equal(await valueOf(client, 'DATABASE()'), null, 'it has dropped it itself');
      await server.admin(`CREATE DATABASE ${own.name}`);
      assert.equal(await valueOf(client, 'DATABASE()'), null);
      await useSchema(client, own.name);
      await server.admin(`DROP DATABASE ${own.name}`);
      for (const pool of at.gateway.pools) pool.evict();
      assert.equal(await valueOf(client, '2'), '2');
      await useSchema(client, next.name);
      await server.admin(`CREATE DATABASE ${own.name}`);
      assert.equal(await valueOf(client, 'DATABASE()'), next.name, 'it has gone into another');
    });
  }
});
