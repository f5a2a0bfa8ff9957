import assert from 'node:assert/strict';
import { it } from 'node:test';
import { createConnection } from 'mysql2/promise';
import { existingServer } from './foreign-server.js';
import { eachServer, sharedServer } from './shared.js';
import { shareServer } from './shared-variables.js';
import { freshDatabase } from './index.js';

eachServer('shared server', (kind, getServer) => {
  it('is one and the same for all who ask', async () => {
    const server = await getServer();
    assert.equal(server.kind, kind);
    assert.equal(await sharedServer(kind), server);
    const [row] = await server.admin('SELECT VERSION() AS version');
    assert.equal(row?.['version'], server.version);
  });

  it('travels to other processes in the environment', async () => {
    const variables = shareServer(await getServer());
    const [text] = Object.values(variables);
    const { port, socketPath } = await getServer();
    assert.deepEqual(Object.keys(variables), [`MYSQLPOOL_SHARED_${kind.toUpperCase()}`]);
    assert.deepEqual({ kind, port, socketPath }, pick(JSON.parse(text!), ['kind', 'port', 'socketPath']));
  });

  it('lends databases that do not meet and are dropped', async () => {
    const server = await getServer();
    const names = [];
    {
      await using one = await freshDatabase(server);
      await using two = await freshDatabase(server);
      assert.notEqual(one.name, two.name);
      names.push(one.name, two.name);
      const connection = await createConnection(one.url);
      const [rows] = await connection.query('SELECT DATABASE() AS name');
      assert.deepEqual(rows, [{ name: one.name }]);
      await connection.end();
    }
    const left = await server.admin(
      `SELECT 1 FROM information_schema.SCHEMATA WHERE SCHEMA_NAME IN ('${names.join("','")}')`,
    );
    assert.deepEqual(left, []);
  });

  it('is used as it is when MYSQLPOOL_TEST_URL names it, and refuses to be controlled', async () => {
    const server = await getServer();
    const existing = await existingServer(kind, server.url());
    assert.equal(existing?.version, server.version);
    assert.equal(existing?.url('db'), server.url('db'));
    assert.deepEqual(await existing?.admin('SELECT 1 AS one'), [{ one: 1 }]);
    for (const action of ['start', 'stop', 'kill', 'restart', 'freeze', 'thaw'] as const) {
      await assert.rejects(
        existing![action](),
        new RegExp(`cannot ${action} this server: it is the one of MYSQLPOOL_TEST_URL`),
      );
    }
    await existing![Symbol.asyncDispose]();
    assert.equal(await existingServer(kind === 'mysql' ? 'mariadb' : 'mysql', server.url()), undefined);
    assert.equal(await existingServer(kind, ''), undefined);
    await assert.rejects(existingServer(kind, 'mysql://127.0.0.1:1/'), /MYSQLPOOL_TEST_URL .*ECONNREFUSED/);
  });
});

function pick(from: object, names: readonly string[]): object {
  return Object.fromEntries(Object.entries(from).filter(([name]) => names.includes(name)));
}
