import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Finding } from '#internal/cli/doctor/finding.js';
import { freshDatabase, startOwnServer, SERVER_KINDS } from '../../support/servers/index.js';
import { eachServer } from '../../support/servers/shared.js';
import { mysqlpool, type CommandOptions } from '../support/command.js';
import { projectWith } from '../support/project.js';

const FILE = 'mysqlpool.config.json';

interface Report {
  readonly version: number;
  readonly databases: readonly {
    readonly alias: string;
    readonly maxSize: number | null;
    readonly server: {
      readonly answered: boolean;
      readonly variables?: Readonly<Record<string, string>>;
      readonly sessions?: Readonly<Record<string, number>>;
      readonly account?: string;
    };
  }[];
  readonly findings: readonly Finding[];
}

async function examine(
  args: readonly string[],
  options: CommandOptions,
): Promise<{ readonly status: number | null; readonly report: Report; readonly found: string[] }> {
  const { status, stdout, stderr } = await mysqlpool(['doctor', '--json', ...args], options);
  assert.equal(stderr, '');
  const report = JSON.parse(stdout) as Report;
  const found = report.findings.filter(({ severity }) => severity !== 'ok');
  return { status, report, found: found.map(({ severity, check, about }) => `${severity} ${check} ${about}`) };
}

eachServer('mysqlpool doctor', (kind, getServer) => {
  it('finds no fault with settings that fit, word for word', async (t) => {
    const server = await getServer();
    const { user, password, host, port } = server;
    const cwd = projectWith(t, {
      [FILE]: {
        DATABASES: { default: { ENGINE: 'mysqlpool', USER: user, PASSWORD: password, HOST: host, PORT: String(port) } },
      },
    });
    const { status, stdout, stderr } = await mysqlpool(['doctor', '--processes', '2'], { cwd });
    assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
    const lines = stdout.split('\n');
    assert.equal(lines[0], `default: ${user} at ${host}:${port}`);
    assert.ok(lines.includes(`ok       The settings are valid (${FILE}).`));
    const product = kind === 'mariadb' ? 'MariaDB' : 'MySQL';
    assert.ok(lines.some((line) => line.startsWith(`ok       The server is ${product} ${server.version}`)));
    assert.match(
      stdout,
      /^(ok|note|warning) +2 processes x 15 connections = 30; the server lets in \d+ \(max_connections\)/m,
    );
    assert.match(lines.at(-2)!, /^[\w ,]*\d ok\.$/);
    assert.ok(!stdout.includes('\u001B'));
    assert.ok(!stdout.includes(password));
  });

  it('asks the server what the program will meet', async (t) => {
    const server = await getServer();
    const { status, report } = await examine(['--url', server.url()], { cwd: projectWith(t) });
    assert.equal(status, 0);
    const [database] = report.databases;
    assert.equal(database!.maxSize, 10);
    assert.equal(database!.server.answered, true);
    assert.equal(database!.server.variables!['version'], server.version);
    const [row] = await server.admin('SELECT @@global.max_connections AS most');
    assert.equal(database!.server.variables!['max_connections'], String(row!['most']));
    assert.match(database!.server.account!, new RegExp(`^${server.user}@`));
  });

  it('sees pools that are too large for the server, and the options of a URL', async (t) => {
    const database = await freshDatabase(await getServer());
    t.after(() => database[Symbol.asyncDispose]());
    const { status, report, found } = await examine(
      ['--url', `${database.url}?maxSize=100000&idleTimeout=0&keepaliveInterval=0`, '--processes', '3'],
      { cwd: projectWith(t) },
    );
    assert.equal(status, 1);
    assert.deepEqual(found, ['error max_connections default', 'warning wait_timeout default']);
    assert.match(report.findings[0]!.seen, /^3 processes x 100000 connections = 300000;/);
  });

  it('tells a wrong password from a server that is not there, and checks the rest', async (t) => {
    const server = await getServer();
    const wrong = new URL(server.url());
    wrong.password = 'not-the-password';
    const cwd = projectWith(t, {
      [FILE]: {
        DATABASES: { default: server.url(), wrong: wrong.href, gone: 'mysql://u:very-secret@127.0.0.1:1/x' },
        MYSQLPOOL_ARGUMENTS: { recycle: 100_000 },
      },
    });
    const { status, stdout, stderr } = await mysqlpool(['doctor'], { cwd });
    assert.deepEqual({ status, stderr }, { status: 3, stderr: '' });
    assert.match(stdout, /^error +wrong: The server at \S+ does not let us in: Access denied for user/m);
    assert.match(stdout, /^error +gone: The server at 127\.0\.0\.1:1 cannot be reached: connect ECONNREFUSED/m);
    assert.match(stdout, /^warning +default: recycle is 1 d 4 h, but/m);
    assert.match(stdout, /-> Set MYSQLPOOL_ARGUMENTS\.recycle \(mysqlpool\.config\.json, line 8\)\s+to/);
    assert.doesNotMatch(stdout, /not-the-password|very-secret/);
    assert.ok(!stdout.includes(server.password));
    const only = projectWith(t, { [FILE]: { DATABASES: { wrong: wrong.href } } });
    assert.equal((await mysqlpool(['doctor'], { cwd: only })).status, 1);
  });

  it('names the views that cost a reset, and those that the account may not read', async (t) => {
    const server = await getServer();
    const database = await freshDatabase(server);
    t.after(() => database[Symbol.asyncDispose]());
    const { name } = database;
    const user = `${name}_u`;
    await server.admin(`CREATE FUNCTION ${name}.price() RETURNS INT NO SQL RETURN 1`);
    await server.admin(`CREATE VIEW ${name}.priced AS SELECT ${name}.price() AS a`);
    await server.admin(`CREATE VIEW ${name}.plain AS SELECT 1 AS a`);
    await server.admin(`CREATE USER ${user}@'%' IDENTIFIED BY 'secret-of-the-doctor'`);
    t.after(() => server.admin(`DROP USER ${user}@'%'`));
    await server.admin(`GRANT SELECT ON ${name}.* TO ${user}@'%'`);
    const cwd = projectWith(t);
    const sees = await examine(['--url', database.url], { cwd });
    assert.match(sees.report.findings.find(({ check }) => check === 'hidden_effects')!.seen, / priced\.$/);
    const url = new URL(database.url);
    [url.username, url.password] = [user, 'secret-of-the-doctor'];
    const blind = await examine(['--url', url.href], { cwd });
    assert.match(blind.report.findings.find(({ check }) => check === 'unread_views')!.seen, /: plain, priced\.$/);
  });

  it('leaves no connection behind', async (t) => {
    const server = await getServer();
    const name = `doctor_${process.pid}_${kind}`;
    await server.admin(`CREATE USER ${name}@'%' IDENTIFIED BY 'secret-of-the-doctor'`);
    t.after(() => server.admin(`DROP USER ${name}@'%'`));
    const url = new URL(server.url());
    [url.username, url.password, url.pathname] = [name, 'secret-of-the-doctor', ''];
    const { report } = await examine(['--url', url.href], { cwd: projectWith(t) });
    // An account without any right sees its own sessions only, and is told the limits all the same.
    assert.equal(report.databases[0]!.server.answered, true);
    assert.deepEqual(report.databases[0]!.server.sessions, {});
    assert.ok(Number(report.databases[0]!.server.variables!['max_connections']) > 0);
    assert.equal(await server.connections(name), 0);
  });
});

for (const kind of SERVER_KINDS) {
  describe(`mysqlpool doctor and a tight server (${kind})`, () => {
    it('sees its limits, who has connections, TLS, and when it is full', async (t) => {
      const server = await startOwnServer(kind, {
        maxConnections: 12,
        maxUserConnections: 11,
        waitTimeout: 30,
        tls: true,
        variables: { character_set_server: 'latin1', collation_server: 'latin1_swedish_ci' },
      });
      t.after(() => server[Symbol.asyncDispose]());
      await server.admin('CREATE DATABASE narrow');
      const args = ['--url', `${server.url('narrow')}?maxSize=6`, '--processes', '2'];
      const { status, found } = await examine(args, { cwd: projectWith(t) });
      assert.equal(status, 1);
      assert.deepEqual(found, [
        'error max_user_connections default',
        'warning max_connections default',
        'note charset default',
        'note wait_timeout default',
      ]);
      const full = await examine(['--url', `${server.url('narrow')}?maxSize=2&ssl={"rejectUnauthorized":false}`], {
        cwd: projectWith(t),
      });
      assert.deepEqual(full.found, ['note charset default', 'note wait_timeout default']);
      await server.admin('SET GLOBAL read_only = ON');
      const replica = await examine(['--url', `${server.url('narrow')}?maxSize=2`], { cwd: projectWith(t) });
      assert.equal(replica.status, 0);
      assert.ok(replica.found.includes('warning read_only default'));
    });
  });
}
