import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { SERVER_KINDS, startOwnServer } from '#support/servers/index.js';
import { until } from '../support/until.js';
import { DemoRun, compileDemo } from './run-demo.js';

interface ActFigures {
  readonly name: string;
  readonly sessionsServed: number;
  readonly operations: number;
  readonly failures: number;
  readonly peakServerConnections: number;
  readonly bystanderOk: number;
  readonly bystanderFailed: number;
}

interface Figures {
  readonly limit: number;
  readonly clients: number;
  readonly seconds: number;
  readonly acts: readonly ActFigures[];
  readonly leftOut?: readonly { readonly name: string; readonly reason: string }[];
}

const ACT_KEYS = [
  'name',
  'sessionsServed',
  'operations',
  'failures',
  'peakServerConnections',
  'bystanderOk',
  'bystanderFailed',
];
/** Login, listing, upload, listing, download. */
const OPERATIONS_A_SESSION = 5;

function assertKept(act: ActFigures, limit: number, clients: number): void {
  assert.ok(act.sessionsServed >= clients, `${act.sessionsServed} sessions for ${clients} clients`);
  assert.ok(act.operations >= act.sessionsServed * OPERATIONS_A_SESSION, `${act.operations} operations`);
  assert.ok(act.peakServerConnections >= 1 && act.peakServerConnections <= limit, `${act.peakServerConnections}`);
  assert.ok(act.bystanderOk > 0);
  assert.equal(act.bystanderFailed, 0);
}

describe('the demo', { concurrency: true, timeout: 300_000 }, () => {
  before(compileDemo);

  for (const kind of SERVER_KINDS) {
    it(`keeps its promises on ${kind}`, async () => {
      // So many that the server, which is made for six in ten of them, has room for the logins that a full account refuses.
      const run = new DemoRun(['--clients=28', '--seconds=2', '--limit', '3', '--server', kind, '--json']);
      try {
        const { status, stdout, stderr } = await run.end;
        assert.equal(status, 0, stderr);
        assert.equal(stdout.trimEnd().split('\n').length, 1, 'nothing but the object on stdout');
        const figures = JSON.parse(stdout) as Figures;
        assert.deepEqual(Object.keys(figures), ['limit', 'clients', 'seconds', 'acts']);
        assert.deepEqual([figures.limit, figures.clients, figures.seconds], [3, 28, 2]);
        const [without, pooled, killed, fleet, gateway] = figures.acts;
        assert.ok(without && pooled && killed && fleet && gateway && figures.acts.length === 5);
        for (const act of figures.acts) assert.deepEqual(Object.keys(act), ACT_KEYS);
        assert.deepEqual(
          figures.acts.map(({ name }) => name),
          ['without-pool', 'with-pool', 'database-killed', 'fleet', 'gateway'],
        );

        assert.ok(without.peakServerConnections > 3);
        assert.ok(without.failures > 0, 'clients are turned away');
        assert.ok(without.bystanderFailed > 0, 'the bystander finds no connection');
        assert.match(stderr, /the bystander was told "Too many connections"/);

        assertKept(pooled, 3, 28);
        assert.equal(pooled.failures, 0);

        assertKept(killed, 3, 28);
        assert.match(stderr, /the database is killed \(SIGKILL\)/);
        assert.match(stderr, /the database is back after \d+\.\d s/);
        assert.match(stderr, /All (\d+) of \1 acknowledged uploads are there/);

        assertKept(fleet, 3, 28);
        assert.match(stderr, /one of the four FTP servers is killed \(SIGKILL\)/);

        assertKept(gateway, 3, 28);
        assert.equal(gateway.failures, 0);
        await until(() => run.left.length === 0);
      } finally {
        run.remove();
      }
    });
  }

  it('leaves out the kill on a server that is not its own, says so, and leaves nothing on it', async () => {
    await using server = await startOwnServer('mariadb', { maxConnections: 12 });
    const url = `mysql://${server.adminUser}:${server.adminPassword}@${server.host}:${server.port}`;
    const run = new DemoRun(['--clients=4', '--seconds=1', '--limit=2', '--acts=1,2,3', '--json'], {
      MYSQLPOOL_TEST_URL: url,
    });
    try {
      const { status, stdout, stderr } = await run.end;
      assert.equal(status, 0, stderr);
      const figures = JSON.parse(stdout) as Figures;
      assert.deepEqual(
        figures.acts.map(({ name }) => name),
        ['without-pool', 'with-pool'],
      );
      assertKept(figures.acts[1]!, 2, 4);
      assert.equal(figures.leftOut?.[0]?.name, 'database-killed');
      assert.match(stderr, /Act 1: so few clients do not exhaust this database/);
      assert.match(stderr, /Left out: database-killed: an existing server \(MYSQLPOOL_TEST_URL\) cannot be killed/);
      assert.deepEqual(await server.admin("SHOW DATABASES LIKE 'mysqlpool\\_demo%'"), []);
      assert.deepEqual(await server.admin("SELECT User FROM mysql.user WHERE User LIKE 'mysqlpool\\_demo%'"), []);
    } finally {
      run.remove();
    }
  });

  it('says which promise was broken, and ends with 1: a limit above what the server has starves the bystander', async () => {
    await using server = await startOwnServer('mysql', { maxConnections: 4 });
    const url = `mysql://${server.adminUser}:${server.adminPassword}@${server.host}:${server.port}`;
    const args = ['--clients=30', '--seconds=2', '--limit=20', '--acts=2', '--server=mysql'];
    const run = new DemoRun(args, { MYSQLPOOL_TEST_URL: url });
    try {
      const { status, stdout, stderr } = await run.end;
      assert.equal(status, 1, stderr);
      assert.match(stderr, /ftp: maxSize is 20, but the server allows 4 connections in all/);
      assert.match(stdout, /^2 with mysqlpool .* BROKEN$/m);
      assert.match(stdout, /^Act 2: promise broken: the bystander failed \d+ times? \(Too many connections\)\.$/m);
      assert.match(stdout, /^mysqlpool broke a promise; see above\.\n$/m);
    } finally {
      run.remove();
    }
  });

  it('cleans up after Ctrl-C', async () => {
    const run = new DemoRun(['--clients=4', '--seconds=60', '--json']);
    try {
      await until(() => /act 1, \d+ of 60 s/.test(run.stderr), 60_000);
      assert.equal(run.left.length, 1);
      run.kill('SIGINT');
      // The end is reached only when no process of the demo holds its stderr any more.
      const { status, stdout, stderr } = await run.end;
      assert.equal(status, 130);
      assert.equal(stdout, '');
      assert.doesNotMatch(stderr, /failed:/);
      await until(() => run.left.length === 0);
    } finally {
      run.remove();
    }
  });
});
