/**
 * Which backend a client gets: one whose session already has the client's state, if possible; and none while it is
 * idle.
 */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { ASKED, Capability } from '#internal/wire/index.js';
import { eachServer } from '../support/servers/shared.js';
import { until } from '../support/until.js';
import { clientOf, gatewayFor, rowsOf, valueOf } from './support.js';

eachServer('backends', (_kind, getServer) => {
  it('are had by nobody who does nothing', async (t) => {
    const server = await getServer();
    const { gateway, ...at } = await gatewayFor(t, server, { maxSize: 1 });
    for (let n = 0; n < 5; n++) await rowsOf(await clientOf(t, at, server), 'SELECT 1');
    assert.equal(gateway.clients.size, 5);
    assert.equal(gateway.pools[0]!.stats().inUse, 0);
    assert.ok([...gateway.clients.values()].every(({ state }) => state === 'idle'));
  });

  it('that fit are taken first: clients who set the same share without a word more', async (t) => {
    const server = await getServer();
    const { gateway, ...at } = await gatewayFor(t, server, { maxSize: 1 });
    const clients = [await clientOf(t, at, server), await clientOf(t, at, server)];
    for (const client of clients) await rowsOf(client, "SET time_zone = '+04:00', sql_mode = 'ANSI_QUOTES'");
    const before = gateway.stats().replays;
    for (let n = 0; n < 10; n++) {
      for (const client of clients) assert.equal(await valueOf(client, '@@time_zone'), '+04:00');
    }
    assert.equal(gateway.stats().replays, before);
  });

  it('that do not fit are made to, one statement for all that differs', async (t) => {
    const server = await getServer();
    const { gateway, ...at } = await gatewayFor(t, server, { maxSize: 1 });
    const [one, two] = [await clientOf(t, at, server), await clientOf(t, at, server)];
    await rowsOf(one, "SET time_zone = '+04:00', @a = 1");
    await rowsOf(two, "SET time_zone = '+05:00', @a = 2");
    const before = gateway.stats().replays;
    for (let n = 0; n < 3; n++) {
      assert.deepEqual(await rowsOf(one, 'SELECT @@time_zone, @a'), [['+04:00', '1']]);
      assert.deepEqual(await rowsOf(two, 'SELECT @@time_zone, @a'), [['+05:00', '2']]);
    }
    assert.ok(gateway.stats().replays - before >= 5);
  });

  it('that fit are chosen among several', async (t) => {
    const server = await getServer();
    const { gateway, ...at } = await gatewayFor(t, server, { maxSize: 2 });
    const [one, two] = [await clientOf(t, at, server), await clientOf(t, at, server)];
    await rowsOf(one, "SET time_zone = '+04:00'");
    await rowsOf(one, 'BEGIN');
    await rowsOf(two, "SET time_zone = '+05:00'");
    await rowsOf(one, 'COMMIT');
    const before = gateway.stats().replays;
    for (let n = 0; n < 5; n++) {
      for (const client of [one, two]) await rowsOf(client, 'SELECT 1');
    }
    assert.equal(gateway.stats().replays, before);
  });

  it('are kept in the mode for that, from the first command to the end of the client', async (t) => {
    const server = await getServer();
    const { gateway, ...at } = await gatewayFor(t, server, { mode: 'session', maxSize: 2 });
    const [one, two] = [await clientOf(t, at, server), await clientOf(t, at, server)];
    const ids = [await valueOf(one, 'CONNECTION_ID()'), await valueOf(two, 'CONNECTION_ID()')];
    for (let n = 0; n < 3; n++)
      assert.deepEqual([await valueOf(one, 'CONNECTION_ID()'), await valueOf(two, 'CONNECTION_ID()')], ids);
    await rowsOf(one, 'SET @left = 1');
    const third = await clientOf(t, at, server);
    const waiting = rowsOf(third, 'SELECT @left, CONNECTION_ID()');
    await until(() => gateway.stats().clients.waiting === 1);
    one.destroy();
    assert.deepEqual(await waiting, [[null, ids[0]!]]);
  });

  it('over which the session of a client who has gone was ended tell the next client nothing of it', async (t) => {
    const server = await getServer();
    const { gateway, ...at } = await gatewayFor(t, server, { maxSize: 2 });
    const [leaving, staying] = [await clientOf(t, at, server), await clientOf(t, at, server)];
    const id = await valueOf(leaving, 'CONNECTION_ID()');
    await Promise.all([leaving, staying].map((client) => rowsOf(client, 'BEGIN')));
    await rowsOf(staying, 'COMMIT');
    const unanswered = assert.rejects(leaving.query('SELECT SLEEP(100)'));
    await until(() => gateway.stats().clients.active === 1);
    leaving.destroy();
    await unanswered;
    await until(async () => (await server.admin('SHOW PROCESSLIST')).every(({ Id }) => String(Id) !== id));
    // The gateway notices the loss by the error that the server then sends.
    await until(() => gateway.pools[0]!.stats().size === 1);
    assert.deepEqual(await rowsOf(staying, 'SHOW WARNINGS'), []);
    const next = await clientOf(t, at, server);
    assert.deepEqual(await rowsOf(next, 'SHOW WARNINGS'), []);
  });

  it('are as many as are needed at once, and never more than there may be', async (t) => {
    const server = await getServer();
    const { gateway, ...at } = await gatewayFor(t, server, { maxSize: 3 });
    const clients = [];
    for (let n = 0; n < 6; n++) clients.push(await clientOf(t, at, server));
    await Promise.all(clients.map((client) => rowsOf(client, 'SELECT SLEEP(0.05)')));
    const [pool] = gateway.pools;
    assert.ok(pool!.stats().size <= 3);
    assert.equal(pool!.stats().total.failed, 0);
    assert.equal(gateway.stats().commands >= 6, true);
  });

  it('of one user are no more than there may be, whatever of their logins sets them apart', async (t) => {
    const server = await getServer();
    const { gateway, ...at } = await gatewayFor(t, server, { pool: { maxSize: 2, acquireTimeout: 300 } });
    const finds = await clientOf(t, at, server, { capabilities: (ASKED | Capability.FOUND_ROWS) >>> 0 });
    const plain = [await clientOf(t, at, server), await clientOf(t, at, server)];
    for (const client of plain) await rowsOf(client, 'BEGIN');
    assert.deepEqual(
      gateway.pools.map((pool) => pool.stats().size),
      [0, 2],
    );
    await assert.rejects(rowsOf(finds, 'SELECT 1'), { errno: 1040 });
    await rowsOf(plain[0]!, 'COMMIT');
    await rowsOf(finds, 'SELECT 1');
  });

  it('are apart by what of a login cannot be changed later, and their names say so', async (t) => {
    const server = await getServer();
    const { gateway, ...at } = await gatewayFor(t, server, { pool: { maxSize: 4, name: 'shop' } });
    const both = Capability.FOUND_ROWS | Capability.LOCAL_FILES;
    for (const flags of [0, Capability.FOUND_ROWS, Capability.LOCAL_FILES, both]) {
      const client = await clientOf(t, at, server, { capabilities: ((ASKED & ~both) | flags) >>> 0 });
      await rowsOf(client, 'SELECT 1');
    }
    const name = `shop.${server.user}@${server.host}:${server.port}`;
    assert.deepEqual(
      gateway.pools.map((pool) => pool.name),
      [name, `${name} (found rows)`, `${name} (local files)`, `${name} (found rows, local files)`],
    );
  });
});
