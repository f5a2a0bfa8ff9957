import assert from 'node:assert/strict';
import { it, type TestContext } from 'node:test';
import { createConnection, type Connection, type RowDataPacket } from 'mysql2/promise';
import { fleetOf } from 'node-mysqlpool/fleet';
import { startGateway, type GatewayOptions, type RunningGateway } from 'node-mysqlpool/gateway';
import { limitedAccount } from '../mysql/support.js';
import { eachServer } from '../support/servers/shared.js';
import type { TestServer } from '../support/servers/index.js';
import { until } from '../support/until.js';

async function gatewayIn(
  t: TestContext,
  { host, port }: TestServer,
  fleet: Exclude<GatewayOptions['fleet'], boolean>,
): Promise<RunningGateway> {
  const gateway = await startGateway({ server: { host, port }, listen: 0, maxSize: 5, fleet });
  t.after(() => gateway.close({ timeout: 0 }));
  return gateway;
}

async function connectTo(t: TestContext, { addresses: [address] }: RunningGateway, user: string): Promise<Connection> {
  const port = Number(/\d+$/.exec(address!)![0]);
  const connection = await createConnection({ host: '127.0.0.1', port, user, password: 'secret' });
  connection.on('error', () => undefined);
  t.after(() => connection.destroy());
  return connection;
}

async function valueOf(connection: Connection, expression: string): Promise<unknown> {
  const [[row]] = await connection.query<RowDataPacket[]>(`SELECT ${expression} AS value`);
  return row!['value'];
}

/** The wait_timeout of each of the user's sessions, as the server reports it. */
const waitTimeouts = async (server: TestServer, user: string): Promise<number[]> => {
  const sql =
    server.kind === 'mysql'
      ? `SELECT v.VARIABLE_VALUE AS value FROM performance_schema.variables_by_thread v JOIN performance_schema.threads t USING (THREAD_ID) WHERE t.PROCESSLIST_USER = '${user}' AND v.VARIABLE_NAME = 'wait_timeout'`
      : undefined;
  return sql === undefined ? [] : (await server.admin(sql)).map((row) => Number(row['value']));
};

eachServer('a gateway in a fleet', (kind, getServer) => {
  it('is one member of it for each account: a full account is a line, between gateways too', async (t) => {
    const server = await getServer();
    const { user } = await limitedAccount(t, server, 2);
    const [one, other] = [await gatewayIn(t, server, { name: 'a' }), await gatewayIn(t, server, { name: 'b' })];
    const [first, second] = [await connectTo(t, one, user), await connectTo(t, one, user)];
    await first.query('START TRANSACTION');
    await second.query('START TRANSACTION');
    const [pool] = one.pools;
    assert.equal(fleetOf(pool!)!.stats().limit, 2);
    // The other gateway's first login finds the account full, and waits.
    const third = connectTo(t, other, user);
    await until(async () => (await server.connections(user)) === 2);
    await first.query('COMMIT');
    await first.end();
    assert.equal(await valueOf(await third, '1'), 1);
    assert.ok((await server.connections(user)) <= 2);
    await second.query('COMMIT');
    assert.equal(await valueOf(second, '2'), 2);
  });

  it('has sessions that the server ends when it hears nothing, whatever their clients set', async (t) => {
    const server = await getServer();
    const { user } = await limitedAccount(t, server, 2);
    const gateway = await gatewayIn(t, server, { lease: 5_000, statementLimit: 9_000 });
    const client = await connectTo(t, gateway, user);
    assert.equal(Number(await valueOf(client, '@@wait_timeout')), 5);
    const limit = kind === 'mysql' ? '@@max_execution_time' : '@@max_statement_time';
    assert.equal(Number(await valueOf(client, limit)), kind === 'mysql' ? 9_000 : 9);
    await client.query('SET SESSION wait_timeout = 2000');
    assert.equal(Number(await valueOf(client, '@@wait_timeout')), 5);
    await client.query('SET SESSION wait_timeout = 3');
    assert.equal(Number(await valueOf(client, '@@wait_timeout')), 3);
    const other = await connectTo(t, gateway, user);
    await other.query("SET time_zone = '+03:00'");
    assert.equal(Number(await valueOf(other, '@@wait_timeout')), 5);
    assert.ok((await waitTimeouts(server, user)).every((seconds) => seconds <= 5));
  });

  it('pings sessions that are silent, also those of clients who compute in a transaction', async (t) => {
    const server = await getServer();
    const { user } = await limitedAccount(t, server, 2);
    const gateway = await gatewayIn(t, server, { lease: 1_000 });
    const client = await connectTo(t, gateway, user);
    await client.query('START TRANSACTION');
    const id = await valueOf(client, 'CONNECTION_ID()');
    const began = performance.now();
    await until(() => performance.now() - began > 2_500);
    assert.equal(await valueOf(client, 'CONNECTION_ID()'), id);
    await client.query('COMMIT');
  });

  it('says when an account has no limit, and what it cannot keep to', async (t) => {
    const server = await getServer();
    const { user } = await limitedAccount(t, server, 0);
    const gateway = await gatewayIn(t, server, {});
    await assert.rejects(connectTo(t, gateway, user), /ALTER USER 'user'@'host' WITH MAX_USER_CONNECTIONS/);
    await assert.rejects(gatewayIn(t, server, { cap: 'slots', limit: 2 }), {
      code: 'GATEWAY_OPTION',
      option: 'fleet.cap',
    });
  });
});
