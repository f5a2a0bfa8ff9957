import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { createConnection, type Connection, type RowDataPacket } from 'mysql2/promise';
import { GATEWAY_SPECS, SETTABLE } from '#internal/cli/gateway/option-table.js';
import { GATEWAY_OPTION_NAMES } from '#internal/gateway/options.js';
import { makeTlsFiles } from '../support/servers/certificate.js';
import { eachServer, sharedServer } from '../support/servers/shared.js';
import type { TestServer } from '../support/servers/index.js';
import { until } from '../support/until.js';
import { mysqlpool, startMysqlpool, type CommandOptions, type RunningCommand } from './support/command.js';
import { projectWith } from './support/project.js';

interface RunningGateway extends RunningCommand {
  readonly port: number;
  readonly line: string;
}

const addressOf = ({ host, port }: TestServer): string => `mysql://${host}:${port}`;

/** The command, once it listens. */
async function start(t: TestContext, args: readonly string[], options?: CommandOptions): Promise<RunningGateway> {
  const command = startMysqlpool(t, ['gateway', ...args], options);
  await until(() => command.stdout.includes('\n') || command.child.exitCode !== null);
  const [line = ''] = command.stdout.split('\n');
  const port = Number(/^mysqlpool gateway: 127\.0\.0\.1:(\d+)/.exec(line)?.[1]);
  assert.ok(port > 0, command.stdout + command.stderr);
  return Object.assign(command, { port, line });
}

async function connectTo(t: TestContext, { port }: RunningGateway, server: TestServer): Promise<Connection> {
  const { user, password } = server;
  const connection = await createConnection({ host: '127.0.0.1', port, user, password });
  connection.on('error', () => undefined);
  t.after(() => connection.destroy());
  return connection;
}

async function valueOf(connection: Connection, expression: string): Promise<unknown> {
  const [[row]] = await connection.query<RowDataPacket[]>(`SELECT ${expression} AS value`);
  return row!['value'];
}

eachServer('mysqlpool gateway', (kind, getServer) => {
  it('says where it listens, to which server, and with which limits; and is that server to its clients', async (t) => {
    const server = await getServer();
    const gateway = await start(t, [addressOf(server), '--listen', '0', '--max-size', '2']);
    const product = kind === 'mysql' ? 'MySQL' : 'MariaDB';
    const told = `127.0.0.1:${server.port} (${product} ${server.version})`;
    assert.equal(
      gateway.line,
      `mysqlpool gateway: 127.0.0.1:${gateway.port} to ${told}; transaction mode, 2 sessions for each account, 10000 clients at most`,
    );
    const clients = await Promise.all([1, 2, 3, 4].map(() => connectTo(t, gateway, server)));
    const sessions = await Promise.all(clients.map((client) => valueOf(client, 'CONNECTION_ID()')));
    assert.ok(new Set(sessions).size <= 2);
    gateway.child.kill('SIGTERM');
    assert.deepEqual(await gateway.end, { status: 0, signal: null, stdout: `${gateway.line}\n`, stderr: '' });
  });

  it('ends on a signal when transactions are over, and tells idle clients at once', async (t) => {
    const server = await getServer();
    const gateway = await start(t, [addressOf(server), '--listen', '0']);
    const [idle, busy] = [await connectTo(t, gateway, server), await connectTo(t, gateway, server)];
    await idle.query('SELECT 1');
    await busy.query('START TRANSACTION');
    const told = once(idle, 'error') as Promise<[{ code?: unknown }]>;
    gateway.child.kill('SIGTERM');
    const [error] = await told;
    // What comes of the server's own accord has its number here in mysql2.
    assert.equal(error.code, 1053);
    await assert.rejects(connectTo(t, gateway, server), { code: 'ECONNREFUSED' });
    assert.equal(await valueOf(busy, '41 + 1'), 42);
    assert.equal(gateway.child.exitCode, null);
    await busy.query('COMMIT');
    assert.equal((await gateway.end).status, 0);
  });

  it('cuts what is not over in time', async (t) => {
    const server = await getServer();
    const gateway = await start(t, [addressOf(server), '--listen', '0', '--close-timeout', '50']);
    const busy = await connectTo(t, gateway, server);
    await busy.query('START TRANSACTION');
    gateway.child.kill('SIGINT');
    assert.equal((await gateway.end).status, 0);
    await assert.rejects(busy.query('COMMIT'));
  });

  it('ends at once on a second signal', async (t) => {
    const server = await getServer();
    const gateway = await start(t, [addressOf(server), '--listen', '0', '--close-timeout', 'Infinity']);
    const [idle, busy] = [await connectTo(t, gateway, server), await connectTo(t, gateway, server)];
    await busy.query('START TRANSACTION');
    const told = once(idle, 'error');
    gateway.child.kill('SIGTERM');
    await told;
    gateway.child.kill('SIGTERM');
    assert.equal((await gateway.end).status, 128 + 15);
  });

  it('takes its options from the command line, then the environment, then the file', async (t) => {
    const server = await getServer();
    const file = { gateway: { server: 'mysql://nobody.invalid', listen: 0, maxSize: 3, maxTotal: 9, monitor: 0 } };
    const cwd = projectWith(t, {
      'mysqlpool.config.json': { ...file, MYSQLPOOL_ARGUMENTS: { pool_size: 7 }, MYSQLPOOL_MAX_TOTAL: 8 },
    });
    const env = {
      MYSQLPOOL_GATEWAY_SERVER: addressOf(server),
      MYSQLPOOL_GATEWAY_MAX_SIZE: '4',
      MYSQLPOOL_GATEWAY_MAX_CLIENTS: 'Infinity',
      // What systems make up for a service of that name, and a slip.
      MYSQLPOOL_GATEWAY_PORT: 'tcp://192.0.2.1:3307',
      MYSQLPOOL_GATEWAY_SERVICE_HOST: '192.0.2.1',
      MYSQLPOOL_GATEWAY_MAX_CLIENS: '1',
    };
    const gateway = await start(t, ['--max-size', '5'], { env, cwd });
    assert.match(
      gateway.line,
      /; transaction mode, 5 sessions for each account, 9 of all, any number of clients at most$/,
    );
    assert.match(gateway.stdout, /\nhttp:\/\/127\.0\.0\.1:\d+\/\n$/);
    assert.equal(
      gateway.stderr,
      'mysqlpool: the environment has MYSQLPOOL_GATEWAY_MAX_CLIENS, which nobody reads (did you mean "MYSQLPOOL_GATEWAY_MAX_CLIENTS"?)\n',
    );
  });

  it('heeds MYSQLPOOL_BACKEND and MYSQLPOOL_ARGUMENTS', async (t) => {
    const server = await getServer();
    const env = {
      MYSQLPOOL_BACKEND: 'QueuePool',
      MYSQLPOOL_ARGUMENTS: '{"pool_size": 1, "max_overflow": 1, "timeout": 3, "logging_name": "shop"}',
    };
    const gateway = await start(t, [addressOf(server), '--listen', '0'], { env });
    assert.match(gateway.line, /; transaction mode, 2 sessions for each account, /);
    const clients = await Promise.all([1, 2, 3].map(() => connectTo(t, gateway, server)));
    await clients[0]!.query('START TRANSACTION');
    await clients[1]!.query('START TRANSACTION');
    await assert.rejects(clients[2]!.query('SELECT 1'), (error: Error & { errno?: number }) => {
      assert.equal(error.errno, 1040);
      assert.match(
        error.message,
        /^shop\.\S+@127\.0\.0\.1:\d+ \(found rows, local files\): no connection within 3\d\d\d ms \(waiting; size 2\/2/,
      );
      return true;
    });
    const single = await start(t, [addressOf(server), '--listen', '0'], {
      env: { MYSQLPOOL_BACKEND: 'AssertionPool' },
    });
    assert.match(single.line, /; transaction mode, 1 session for each account, /);
    const ofEach = await start(t, [addressOf(server), '--listen', '0'], {
      env: { MYSQLPOOL_BACKEND: 'SingletonThreadPool' },
    });
    assert.match(ofEach.line, /; session mode, any number of sessions for each account, /);
  });
});

/** A line of what it says of a mistake, and its exit status. */
async function refused(args: readonly string[], options?: CommandOptions): Promise<[number | null, string]> {
  const { status, stdout, stderr } = await mysqlpool(['gateway', ...args], options);
  assert.equal(stdout, '');
  assert.match(stderr, /^mysqlpool: [^\n]+\n$/);
  return [status, stderr.slice('mysqlpool: '.length, -1)];
}

describe('mysqlpool gateway', () => {
  it('has every option of a gateway, but those that only a program can set', () => {
    assert.deepEqual(SETTABLE.toSorted(), GATEWAY_OPTION_NAMES.filter((name) => name !== 'logger').toSorted());
    for (const [option, { sets }] of Object.entries(GATEWAY_SPECS)) {
      assert.equal(option.replace(/^no-/, '').replaceAll('-', ''), sets.replace('.', '').toLowerCase());
    }
  });

  it('says in one line what is wrong with its options', async (t) => {
    const db = 'mysql://127.0.0.1:1';
    const table: [args: string[], message: RegExp, options?: CommandOptions][] = [
      [[], /^which server\? Give its address: mysql:\/\//],
      [[db, '--max-sise', '4'], /^unknown option "--max-sise" \(did you mean "--max-size"\?\); see mysqlpool help gateway$/],
      [[db, '--max-size', '0'], /^option "--max-size": expected a whole number from 1 up, or Infinity, got 0$/],
      [[db, '--max-size', 'many'], /^option "--max-size": expected .*, got "many"$/],
      [[db, '--max-idle', '11'], /^option "--max-idle": maxIdle \(11\) is above maxSize \(10\)$/],
      [[db, '--mode', 'rotat'], /^option "--mode": expected .*, got "rotat" \(did you mean "rotate"\?\)$/],
      [[db, '--listen', '0.0.0.0:0'], /^option "--listen": 0\.0\.0\.0:0 can be reached from other machines, .*"tls" is needed/],
      [[db, '--queue-timeout', '-1'], /^option "--queue-timeout": expected milliseconds from 0 up, or Infinity, got -1$/],
      [[db, '--tls-key', 'no-such.pem'], /^options "--tls-…": cert is missing/],
      [[db, '--fleet', '{"limt":1}'], /^option "--fleet": unknown option "limt" \(did you mean "limit"\?\)$/],
      [[db, '--monitor', 'here'], /^option "--monitor": expected a port or an object of options, got "here"$/],
      [['mysql://app:hush@127.0.0.1'], /^the server: the URL of the server has a user or a password; accounts are those of the clients/],
      [[db], /^MYSQLPOOL_GATEWAY_ORDER: expected "lifo" or "fifo", got "life" \(did you mean "lifo"\?\)$/, { env: { MYSQLPOOL_GATEWAY_ORDER: 'life' } }],
      [[db], /^MYSQLPOOL_BACKEND: expected .*, got "NulPool" \(did you mean "NullPool"\?\)$/, { env: { MYSQLPOOL_BACKEND: 'NulPool' } }],
      [[db], /^MYSQLPOOL_ARGUMENTS\.pool_sise: QueuePool has no such argument \(did you mean "pool_size"\?\)$/, { env: { MYSQLPOOL_ARGUMENTS: '{"pool_sise":1}' } }],
      [[db], /^file mysqlpool\.config\.json: gateway\.maxSise: unknown option "maxSise" \(did you mean "maxSize"\?\)$/, { cwd: projectWith(t, { 'mysqlpool.config.json': { gateway: { maxSise: 1 } } }) }],
      [[db, '--config', 'no-such.json'], /^MYSQLPOOL_CONFIG: the file ".*no-such\.json" cannot be read \(ENOENT\)$/],
    ]; // prettier-ignore
    for (const [args, message, options] of table) {
      const [status, text] = await refused(args, options);
      assert.match(text, message);
      assert.equal(status, 2, text);
      assert.doesNotMatch(text, /hush/);
    }
  });

  it('says which file it cannot use', async (t) => {
    const files = makeTlsFiles();
    const cwd = projectWith(t, { 'key.pem': 'no key', 'cert.pem': files['server-cert.pem'], 'users.json': '{' });
    const db = 'mysql://127.0.0.1:1';
    const table: [args: string[], message: RegExp][] = [
      [['--tls-key', 'none.pem', '--tls-cert', 'cert.pem'], /none\.pem cannot be read: ENOENT/],
      [['--tls-key', 'key.pem', '--tls-cert', 'cert.pem'], /key\.pem holds no private key in PEM/],
      [['--users', 'users.json'], /^option "--users": users\.json is no JSON/],
    ];
    for (const [args, message] of table) {
      const [status, text] = await refused([db, ...args], { cwd });
      assert.match(text, message);
      assert.equal(status, 2, text);
    }
    const [status, text] = await refused([`${db}?ca=${join(cwd, 'none.pem')}`]);
    assert.match(text, /^the server: .*none\.pem cannot be read: ENOENT/);
    assert.equal(status, 2);
  });

  it('says that the server is not there, or no MySQL', async (t) => {
    const [gone, nobody] = await refused(['mysql://127.0.0.1:1', '--listen', '0']);
    assert.match(nobody, /^127\.0\.0\.1:1 cannot be reached: connect ECONNREFUSED 127\.0\.0\.1:1$/);
    assert.equal(gone, 3);
    const [nowhere, name] = await refused(['mysql://nobody.invalid', '--listen', '0']);
    assert.match(name, /^nobody\.invalid:3306 cannot be reached: getaddrinfo /);
    assert.equal(nowhere, 3);
    for (const [says, message, ...limit] of [
      ['SSH-2.0-OpenSSH_9.2p1\r\n', /what answers at 127\.0\.0\.1:\d+ is no MySQL server/],
      ['', /127\.0\.0\.1:\d+ says nothing within 300 ms; is it a MySQL server\?/, '--connect-timeout', '300'],
    ] as const) {
      const other = createServer((socket) => void socket.on('error', () => undefined).write(says));
      t.after(() => other.close());
      await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
      const { port } = other.address() as AddressInfo;
      const [status, text] = await refused([`127.0.0.1:${port}`, '--listen', '0', ...limit]);
      assert.match(text, message);
      assert.equal(status, 3);
    }
  });

  it('says that it cannot listen', async (t) => {
    const server = await sharedServer('mariadb');
    const [taken, text] = await refused([addressOf(server), '--listen', String(server.port)]);
    assert.equal(
      text,
      `cannot listen on 127.0.0.1:${server.port}: another program has it already: listen EADDRINUSE: address already in use 127.0.0.1:${server.port}`,
    );
    assert.equal(taken, 3);
    const path = join(projectWith(t), 'none', 'gateway.sock');
    const [nowhere, folder] = await refused([addressOf(server), '--listen', path]);
    assert.match(folder, /^cannot listen on .*gateway\.sock: its folder is not there, or not open to us: /);
    assert.equal(nowhere, 3);
    const [foreign, address] = await refused([addressOf(server), '--listen', '192.0.2.1:0', '--allow-plain-text']);
    assert.match(address, /^cannot listen on 192\.0\.2\.1:0: this machine has no such address: /);
    assert.equal(foreign, 3);
  });
});
