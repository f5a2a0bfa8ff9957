import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { it, type TestContext } from 'node:test';
import { createConnection, type Connection, type RowDataPacket } from 'mysql2/promise';
import { openPools } from 'node-mysqlpool';
import { startGateway, type GatewayOptions, type RunningGateway } from 'node-mysqlpool/gateway';
import { MonitorClient } from 'node-mysqlpool/monitor';
import { projectWith } from '../cli/support/project.js';
import { eachServer } from '../support/servers/shared.js';
import { freshDatabase, type TestServer } from '../support/servers/index.js';
import { until } from '../support/until.js';

async function started(
  t: TestContext,
  { host, port }: TestServer,
  options: Partial<GatewayOptions> = {},
): Promise<RunningGateway> {
  const gateway = await startGateway({ server: { host, port }, listen: 0, maxSize: 2, ...options });
  t.after(() => gateway.close({ timeout: 0 }));
  return gateway;
}

async function connectTo(
  t: TestContext,
  { addresses: [address = ''] }: RunningGateway,
  { user, password }: Pick<TestServer, 'user' | 'password'>,
): Promise<Connection> {
  const place = address.includes('/') ? { socketPath: address } : { port: Number(/\d+$/.exec(address)![0]) };
  const connection = await createConnection({ host: '127.0.0.1', ...place, user, password });
  connection.on('error', () => undefined);
  t.after(() => connection.destroy());
  return connection;
}

eachServer('a gateway in code', (kind, getServer) => {
  it('tells what its clients do', async (t) => {
    const server = await getServer();
    const gateway = await started(t, server);
    assert.equal(gateway.server.product, kind === 'mysql' ? 'MySQL' : 'MariaDB');
    assert.equal(gateway.server.version, server.version);
    assert.deepEqual(gateway.stats().clients, { total: 0, idle: 0, waiting: 0, active: 0, transaction: 0, pinned: 0 });
    const [first, second, third] = [
      await connectTo(t, gateway, server),
      await connectTo(t, gateway, server),
      await connectTo(t, gateway, server),
    ];
    await first.query('START TRANSACTION');
    await second.query('SELECT GET_LOCK(?, 0)', [`gateway ${kind}`]);
    const waiting = third.query('SELECT 1');
    // A client may have its answer while the gateway still processes the end of it.
    await until(() => gateway.stats().clients.waiting === 1 && gateway.stats().clients.active === 0);
    const { clients, pinned, pools, logins, queued } = gateway.stats();
    assert.deepEqual(clients, { total: 3, idle: 0, waiting: 1, active: 0, transaction: 1, pinned: 1 });
    assert.deepEqual(pinned, { 'named lock': 1 });
    assert.deepEqual([logins, queued > 0, pools.length], [3, true, 1]);
    assert.deepEqual([pools[0]!.inUse, pools[0]!.waiters], [2, 1]);
    await first.query('ROLLBACK');
    await waiting;
    await second.end();
    await until(() => gateway.stats().clients.total === 2);
    assert.deepEqual(gateway.stats().pinned, {});
    assert.ok(gateway.stats().commands >= 4);
    assert.ok(gateway.stats().queueTime > 0);
  });

  it('counts those who are not let in, and keeps nothing of users whom nobody has proven to be', async (t) => {
    const server = await getServer();
    const gateway = await started(t, server, { maxClients: 2 });
    for (const user of ['nobody', 'somebody']) {
      await assert.rejects(connectTo(t, gateway, { user, password: 'wrong' }), { errno: 1045 });
    }
    const { refusedLogins, logins } = gateway.stats();
    assert.deepEqual([refusedLogins, logins, gateway.pools.length], [2, 0, 0]);
    await Promise.all([connectTo(t, gateway, server), connectTo(t, gateway, server)]);
    await assert.rejects(connectTo(t, gateway, server), { errno: 1040 });
    assert.deepEqual([gateway.stats().refusedLogins, gateway.stats().logins], [3, 2]);
  });

  it('has pools that are seen as any other, with who borrows', async (t) => {
    const server = await getServer();
    const gateway = await started(t, server, { monitor: 0, name: 'shop' });
    const client = await connectTo(t, gateway, server);
    await client.query('START TRANSACTION');
    const [pool] = gateway.pools;
    assert.ok(openPools().includes(pool!));
    assert.match(pool!.name, new RegExp(`^shop\\.${server.user}@127\\.0\\.0\\.1:${server.port}`));
    const [loan] = pool!.borrowers().loans;
    assert.match(loan!.label!, new RegExp(`^${server.user}@127\\.0\\.0\\.1:\\d+`));
    const report = await new MonitorClient(gateway.monitorUrl!).report();
    const shown = report.processes[0]!.pools.find(({ stats }) => stats.name === pool!.name)!;
    assert.deepEqual(
      shown.loans.map(({ label }) => label),
      [loan!.label],
    );
    await gateway.close({ timeout: 0 });
    assert.ok(!openPools().includes(pool!));
    await assert.rejects(new MonitorClient(gateway.monitorUrl!).report());
  });

  it('listens on a socket, also where a process that was killed has left one behind', async (t) => {
    const server = await getServer();
    const path = join(projectWith(t), 'gateway.sock');
    const script = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
    spawnSync(process.execPath, ['-e', script]);
    assert.ok(existsSync(path));
    const gateway = await started(t, server, { listen: path });
    assert.deepEqual(gateway.addresses, [path]);
    const [rows] = await (await connectTo(t, gateway, server)).query<RowDataPacket[]>('SELECT 1 AS one');
    assert.deepEqual(rows, [{ one: 1 }]);
    await assert.rejects(startGateway({ server: { host: server.host, port: server.port }, listen: path }), {
      code: 'GATEWAY_LISTEN',
      message: /another program has it already/,
    });
    await gateway.close();
    assert.ok(!existsSync(path));
  });

  it('leaves a file alone that is no socket', async (t) => {
    const folder = projectWith(t);
    const file = join(folder, 'precious');
    writeFileSync(file, 'work of years');
    const link = join(folder, 'link');
    symlinkSync(file, link);
    for (const listen of [file, link])
      await assert.rejects(started(t, await getServer(), { listen }), /there is a file, which is no socket/);
    assert.equal(readFileSync(file, 'utf8'), 'work of years');
  });

  it('replaces every session when a failover has made the server read-only', async (t) => {
    const server = await getServer();
    const gateway = await started(t, server);
    const client = await connectTo(t, gateway, server);
    const idOf = async (): Promise<unknown> =>
      (await client.query<RowDataPacket[]>('SELECT CONNECTION_ID() AS id'))[0][0]!['id'];
    const before = await idOf();
    assert.equal(await idOf(), before);
    // The error of a read-only server.
    const sql = "SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = 1836, MESSAGE_TEXT = 'running in read-only mode'";
    await assert.rejects(client.query(sql), { errno: 1836 });
    assert.notEqual(await idOf(), before);
  });

  it('keeps its sessions when it was a client who wanted to read only', async (t) => {
    const server = await getServer();
    await using database = await freshDatabase(server, 'CREATE TABLE t (id INT)');
    const gateway = await started(t, server, { maxSize: 1 });
    const client = await connectTo(t, gateway, server);
    const idOf = async (): Promise<unknown> =>
      (await client.query<RowDataPacket[]>('SELECT CONNECTION_ID() AS id'))[0][0]!['id'];
    const before = await idOf();
    await client.query('START TRANSACTION READ ONLY');
    await assert.rejects(client.query(`INSERT INTO ${database.name}.t VALUES (1)`), { errno: 1792 });
    await client.query('ROLLBACK');
    assert.equal(await idOf(), before);
  });

  it('offers TLS with a certificate of its own, unless it is told not to', async (t) => {
    const server = await getServer();
    const { user, password } = server;
    const dial = async (gateway: RunningGateway): Promise<Connection> => {
      const port = Number(/\d+$/.exec(gateway.addresses[0]!)![0]);
      const ssl = { rejectUnauthorized: false };
      const connection = await createConnection({ host: '127.0.0.1', port, user, password, ssl });
      t.after(() => connection.destroy());
      return connection;
    };
    const connection = await dial(await started(t, server));
    type Inside = { readonly connection: { readonly stream: { getPeerCertificate(): { readonly subject: object } } } };
    const { stream } = (connection as unknown as Inside).connection;
    assert.match(JSON.stringify(stream.getPeerCertificate().subject), /"CN":"mysqlpool gateway"/);
    const [rows] = await connection.query<RowDataPacket[]>('SELECT 1 AS one');
    assert.deepEqual(rows, [{ one: 1 }]);
    await assert.rejects(dial(await started(t, server, { tls: false })), { code: 'HANDSHAKE_NO_SSL_SUPPORT' });
  });

  it('leaves nothing open when it cannot start', async (t) => {
    const server = await getServer();
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    t.after(() => taken.close());
    const { port } = taken.address() as { port: number };
    const path = join(projectWith(t), 'gateway.sock');
    const at = { server: { host: server.host, port: server.port } };
    await assert.rejects(startGateway({ ...at, listen: [path, port] }), { code: 'GATEWAY_LISTEN' });
    assert.ok(!existsSync(path));
    await assert.rejects(startGateway({ ...at, listen: path, monitor: port }), { code: 'MONITOR_LISTEN' });
    assert.ok(!existsSync(path));
    await assert.rejects(startGateway({ ...at, listen: path, monitor: { token: 'short' } }), {
      code: 'MONITOR_OPTION',
    });
    assert.ok(!existsSync(path));
  });

  it('ends by its block', async () => {
    const { host, port } = await getServer();
    let address = '';
    {
      await using gateway = await startGateway({ server: { host, port }, listen: 0 });
      [address = ''] = gateway.addresses;
    }
    await assert.rejects(createConnection({ host, port: Number(/\d+$/.exec(address)![0]) }), { code: 'ECONNREFUSED' });
  });
});
