/** Transactions of several clients through a gateway are atomic, isolated from each other, and end when they should. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { freshDatabase } from '../support/servers/index.js';
import { eachServer } from '../support/servers/shared.js';
import { until } from '../support/until.js';
import { clientOf, gatewayFor, rowsOf, valueOf } from './support.js';

const TABLE = [
  'CREATE TABLE t (id INT PRIMARY KEY, v INT) ENGINE = InnoDB',
  'INSERT INTO t VALUES (1, 0), (2, 0), (3, 0)',
];

eachServer('transactions through a gateway', (kind, getServer) => {
  it('keep one backend from their first statement to their last', async (t) => {
    const server = await getServer();
    await using database = await freshDatabase(server, ...TABLE);
    const at = await gatewayFor(t, server, { mode: 'rotate' });
    const client = await clientOf(t, at, server, { database: database.name });
    const seen = new Set<string | null>();
    for (let n = 0; n < 5; n++) {
      await rowsOf(client, 'START TRANSACTION');
      const own = await valueOf(client, 'CONNECTION_ID()');
      await rowsOf(client, `UPDATE t SET v = v + 1 WHERE id = 1`);
      assert.equal(await valueOf(client, 'CONNECTION_ID()'), own);
      await rowsOf(client, n % 2 === 0 ? 'COMMIT' : 'ROLLBACK');
      seen.add(own);
    }
    assert.ok(seen.size > 1);
    assert.equal(await valueOf(client, 'v FROM t WHERE id = 1'), '3');
  });

  it('are not seen by others before they are committed', async (t) => {
    const server = await getServer();
    await using database = await freshDatabase(server, ...TABLE);
    const at = await gatewayFor(t, server, { maxSize: 2 });
    const [one, two] = [
      await clientOf(t, at, server, { database: database.name }),
      await clientOf(t, at, server, { database: database.name }),
    ];
    await rowsOf(one, 'BEGIN');
    await rowsOf(one, 'UPDATE t SET v = 7 WHERE id = 1');
    assert.equal(await valueOf(two, 'v FROM t WHERE id = 1'), '0');
    await rowsOf(one, 'COMMIT');
    assert.equal(await valueOf(two, 'v FROM t WHERE id = 1'), '7');
  });

  it('without autocommit begin with the first table, and are over with COMMIT', async (t) => {
    const server = await getServer();
    await using database = await freshDatabase(server, ...TABLE);
    const { gateway, ...at } = await gatewayFor(t, server, { maxSize: 2 });
    const client = await clientOf(t, at, server, { database: database.name });
    const [seen] = gateway.clients.values();
    await rowsOf(client, 'SET autocommit = 0');
    assert.equal(seen!.state, 'idle');
    await rowsOf(client, 'SELECT 1');
    assert.equal(seen!.state, 'idle');
    await rowsOf(client, 'SELECT * FROM t');
    assert.equal(seen!.state, 'transaction');
    await rowsOf(client, 'COMMIT');
    assert.equal(seen!.state, 'idle');
    await rowsOf(client, 'UPDATE t SET v = 5 WHERE id = 2');
    assert.equal(seen!.state, 'transaction');
    client.destroy();
    // Uncommitted work is rolled back.
    const other = await clientOf(t, at, server, { database: database.name });
    await until(() => gateway.pools[0]!.stats().inUse === 0);
    assert.equal(await valueOf(other, 'v FROM t WHERE id = 2'), '0');
  });

  it('that lose a deadlock are told, and both clients go on', async (t) => {
    const server = await getServer();
    await using database = await freshDatabase(server, ...TABLE);
    const { gateway, ...at } = await gatewayFor(t, server, { maxSize: 2 });
    const clients = [
      await clientOf(t, at, server, { database: database.name }),
      await clientOf(t, at, server, { database: database.name }),
    ] as const;
    for (const [n, client] of clients.entries()) {
      await rowsOf(client, 'BEGIN');
      await rowsOf(client, `UPDATE t SET v = 1 WHERE id = ${n + 1}`);
    }
    const [first, second] = clients;
    const outcomes = await Promise.allSettled([
      rowsOf(first, 'UPDATE t SET v = 2 WHERE id = 2'),
      rowsOf(second, 'UPDATE t SET v = 2 WHERE id = 1'),
    ]);
    const lost = outcomes.filter((outcome) => outcome.status === 'rejected');
    assert.deepEqual(
      lost.map(({ reason }) => (reason as { errno: number }).errno),
      [1213],
    );
    for (const [n, client] of clients.entries()) {
      const isLost = outcomes[n]!.status === 'rejected';
      // The server has ended the loser's transaction, which the gateway learns by a query after the error.
      await until(() => [...gateway.clients.values()][n]!.session.inTransaction === !isLost);
      await rowsOf(client, 'COMMIT');
      assert.equal(await valueOf(client, '1'), '1');
    }
  });

  it('that wait for a lock for too long go on, as at the server', async (t) => {
    const server = await getServer();
    await using database = await freshDatabase(server, ...TABLE);
    const at = await gatewayFor(t, server, { maxSize: 2 });
    const [one, two] = [
      await clientOf(t, at, server, { database: database.name }),
      await clientOf(t, at, server, { database: database.name }),
    ];
    await rowsOf(two, 'SET innodb_lock_wait_timeout = 1');
    await rowsOf(one, 'BEGIN');
    await rowsOf(one, 'UPDATE t SET v = 3 WHERE id = 3');
    await rowsOf(two, 'BEGIN');
    await rowsOf(two, 'UPDATE t SET v = 4 WHERE id = 1');
    await assert.rejects(rowsOf(two, 'UPDATE t SET v = 4 WHERE id = 3'), { errno: 1205 });
    await rowsOf(one, 'ROLLBACK');
    await rowsOf(two, 'UPDATE t SET v = 4 WHERE id = 3');
    await rowsOf(two, 'COMMIT');
    assert.deepEqual(await rowsOf(one, 'SELECT v FROM t ORDER BY id'), [['4'], ['0'], ['4']]);
  });

  it('over several servers stay where they are until they are ended (XA)', async (t) => {
    const server = await getServer();
    await using database = await freshDatabase(server, ...TABLE);
    const { gateway, ...at } = await gatewayFor(t, server, { mode: 'rotate' });
    const client = await clientOf(t, at, server, { database: database.name });
    const [seen] = gateway.clients.values();
    const xid = `'${database.name}'`;
    await rowsOf(client, `XA START ${xid}`);
    await rowsOf(client, 'UPDATE t SET v = 9 WHERE id = 1');
    await rowsOf(client, `XA END ${xid}`);
    assert.ok(seen!.session.inTransaction || seen!.pins.includes('xa'));
    await rowsOf(client, `XA PREPARE ${xid}`);
    await rowsOf(client, `XA COMMIT ${xid}`);
    assert.deepEqual([seen!.session.inTransaction, [...seen!.pins]], [false, []], kind);
    assert.equal(await valueOf(client, 'v FROM t WHERE id = 1'), '9');
  });

  it('of more clients than backends wait for each other, and all are done', async (t) => {
    const server = await getServer();
    await using database = await freshDatabase(server, ...TABLE);
    const { gateway, ...at } = await gatewayFor(t, server, { maxSize: 2 });
    const work = Array.from({ length: 6 }, async () => {
      const client = await clientOf(t, at, server, { database: database.name });
      for (let n = 0; n < 5; n++) {
        await rowsOf(client, 'BEGIN');
        await rowsOf(client, 'SELECT v FROM t WHERE id = 1 FOR UPDATE');
        await rowsOf(client, 'UPDATE t SET v = v + 1 WHERE id = 1');
        await rowsOf(client, 'COMMIT');
      }
    });
    await Promise.all(work);
    const last = await clientOf(t, at, server, { database: database.name });
    assert.equal(await valueOf(last, 'v FROM t WHERE id = 1'), '30');
    const { size, waiters, inUse } = gateway.pools[0]!.stats();
    assert.deepEqual([size <= 2, waiters, inUse], [true, 0, 0]);
  });
});
