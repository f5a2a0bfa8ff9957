import assert from 'node:assert/strict';
import { after, describe, it, type TestContext } from 'node:test';
import type { MysqlPool, MysqlPoolOptions } from 'node-mysqlpool';
import { alterUser } from '#internal/cli/alter-user.js';
import { processesOf } from '#internal/cli/fleet/processes.js';
import { accountLines } from '#internal/cli/fleet/show.js';
import { plain } from '#internal/cli/paint.js';
import { columnsIn } from '#internal/cli/text.js';
import { limitedAccount, poolOn } from '../mysql/support.js';
import { SERVER_KINDS, startOwnServer, type TestServer } from '../support/servers/index.js';
import { eachServer } from '../support/servers/shared.js';
import { mysqlpool } from './support/command.js';
import { projectWith } from './support/project.js';

/** A pool that has so many connections, each in use. */
async function busy(t: TestContext, url: string, size: number, options: MysqlPoolOptions = {}): Promise<MysqlPool> {
  const pool = poolOn(t, url, { maxSize: size, ...options });
  const leases = await Promise.all(Array.from({ length: size }, () => pool.acquire()));
  t.after(() => leases.forEach((lease) => lease.release()));
  return pool;
}

interface Told {
  readonly accounts: readonly {
    readonly limit: number | null;
    readonly count: number;
    readonly full: boolean;
    readonly byProcess: boolean;
    readonly processes: readonly Readonly<Record<string, unknown>>[];
  }[];
}

eachServer('mysqlpool fleet', (_kind, getServer) => {
  it('counts by host where the server does not tell processes, and says so', async (t) => {
    const server = await getServer();
    const { url, user } = await limitedAccount(t, server, 5);
    await busy(t, url, 3);
    const { status, stdout, stderr } = await mysqlpool(['fleet'], { cwd: projectWith(t), env: { DATABASE_URL: url } });
    assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
    const [about, , head, row, , verdict, unknown] = stdout.split('\n');
    assert.equal(
      about,
      `${user}@% at ${server.host}:${server.port}: 3 of 5 sessions (max_user_connections); this command's own is not counted`,
    );
    assert.match(head!, /^PROGRAM +HOST +PID +POOLS +OPEN +RUNNING +LONGEST +IDLE +SILENT$/);
    assert.match(row!, /^- +127\.0\.0\.1 +- +- +3 +0 +- +3 +\d+ s$/);
    assert.equal(verdict, 'Nothing is wrong.');
    assert.match(
      unknown!,
      /^- Which process has which session the server does not tell \(.+\): they are counted by host\.$/,
    );
  });

  it('ends with status 1 for an account without a limit, and says what to run', async (t) => {
    const { url, user } = await limitedAccount(t, await getServer(), 0);
    const { status, stdout } = await mysqlpool(['fleet', url]);
    assert.equal(status, 1);
    assert.match(stdout, /: 0 sessions, no limit; /);
    assert.ok(stdout.includes(`ALTER USER '${user}'@'%' WITH MAX_USER_CONNECTIONS `), stdout);
    // Its places may be locks instead.
    const cwd = projectWith(t, { 'mysqlpool.config.json': { MYSQLPOOL_FLEET: { cap: 'slots', limit: 7 } } });
    const slots = await mysqlpool(['fleet', url], { cwd });
    assert.equal(slots.status, 0);
    assert.match(slots.stdout, /: 0 of 7 sessions \(named locks, cap: slots\)/);
  });

  it('ends with status 1 for one that is full, though it cannot look inside', async (t) => {
    const { url } = await limitedAccount(t, await getServer(), 2);
    await busy(t, url, 2);
    const { status, stdout } = await mysqlpool(['fleet', '--json', url]);
    assert.equal(status, 1);
    const { full, limit } = (JSON.parse(stdout) as Told).accounts[0]!;
    assert.deepEqual({ full, limit }, { full: true, limit: 2 });
    assert.doesNotMatch(stdout, /secret/);
  });
});

describe('mysqlpool fleet, where the server keeps what programs say of themselves', () => {
  const servers: TestServer[] = [];
  after(() => Promise.all(servers.map((server) => server[Symbol.asyncDispose]())));
  for (const kind of SERVER_KINDS) {
    it(`tells the processes of an account apart: ${kind}`, async (t) => {
      const server = await startOwnServer(kind, { variables: { performance_schema: 'ON' } });
      servers.push(server);
      const { url } = await limitedAccount(t, server, 6);
      await busy(t, url, 2, { name: 'orders' });
      const other = { _pid: '4711', program_name: 'worker\u001B[31m.js' };
      await busy(t, url, 1, { name: 'jobs', connectAttributes: other });
      const { status, stdout } = await mysqlpool(['fleet', '--json', url]);
      assert.equal(status, 0, stdout);
      const { count, limit, byProcess, processes } = (JSON.parse(stdout) as Told).accounts[0]!;
      assert.deepEqual({ count, limit, byProcess }, { count: 3, limit: 6, byProcess: true });
      assert.deepEqual(
        processes.map(({ pid, pools, sessions, idle }) => ({ pid, pools, sessions, idle })),
        [
          { pid: process.pid, pools: ['orders'], sessions: 2, idle: 2 },
          { pid: 4711, pools: ['jobs'], sessions: 1, idle: 1 },
        ],
      );
      const shown = await mysqlpool(['fleet', url]);
      assert.match(shown.stdout, new RegExp(`^.+ +127\\.0\\.0\\.1 +${process.pid} +orders +2 `, 'm'));
      assert.ok(!shown.stdout.includes('\u001B'));
      assert.doesNotMatch(shown.stdout, /does not tell/);
    });
  }
});

describe('mysqlpool fleet, without a server', () => {
  it('tells what it was not given, and whom it does not reach', async (t) => {
    const cwd = projectWith(t);
    const none = await mysqlpool(['fleet'], { cwd });
    assert.deepEqual([none.status, none.stdout], [2, '']);
    assert.match(none.stderr, /^mysqlpool: which account\? /);
    const gone = await mysqlpool(['fleet', 'mysql://u:very-secret@127.0.0.1:1/x'], { cwd });
    assert.equal(gone.status, 3);
    assert.match(gone.stdout, /^u at 127\.0\.0\.1:1\n\n! The server cannot be reached: connect ECONNREFUSED/);
    assert.doesNotMatch(gone.stdout, /very-secret/);
    const wrong = await mysqlpool(['fleet', 'mysql://u@h?maxSizes=3'], { cwd });
    assert.equal(wrong.status, 2);
    assert.match(wrong.stderr, /^mysqlpool: .*maxSizes/);
  });

  it('puts sessions together by process, those with most of them first', () => {
    const of = (pid: string, pool: string): ReadonlyMap<string, string> =>
      new Map([
        ['_pid', pid],
        ['program_name', 'shop.js'],
        ['pool_name', pool],
      ]);
    const session = { host: '192.0.2.2', isIdle: true, seconds: 3 };
    const found = processesOf([
      { ...session, host: '192.0.2.1', attributes: of('9', 'a') },
      { ...session, attributes: of('7', 'b') },
      { ...session, attributes: of('7', 'a'), isIdle: false, seconds: 40 },
      { ...session, attributes: of('7', 'b'), seconds: 8 },
    ]);
    assert.deepEqual(found, [
      {
        program: 'shop.js', host: '192.0.2.2', pid: 7, pools: ['a', 'b'], sessions: 3, running: 1, idle: 2,
        longestStatement: 40, longestSilence: 8,
      },
      {
        program: 'shop.js', host: '192.0.2.1', pid: 9, pools: ['a'], sessions: 1, running: 0, idle: 1,
        longestStatement: undefined, longestSilence: 3,
      },
    ]); // prettier-ignore
  });

  it('fits into the window', () => {
    const attributes = new Map([
      ['_pid', '4711'],
      ['program_name', 'a-program-with-a-rather-long-name.js'],
      ['pool_name', 'orders'],
    ]);
    const sessions = [{ host: '2001:db8::17', isIdle: true, seconds: 12, attributes }];
    const facts = { account: 'app@%', limit: 1, maxConnections: 100, sessions, hidden: undefined };
    const asked = { user: 'app', address: 'db:3306', answer: { kind: 'answered', facts } as const, slots: undefined };
    for (const width of [30, 60, 79, 119]) {
      const lines = accountLines(asked, width, plain);
      assert.ok(lines.every((line) => columnsIn(line) <= width), lines.join('\n')); // prettier-ignore
      assert.ok(lines.some((line) => line.includes('2001:db8')), lines.join('\n')); // prettier-ignore
    }
    assert.match(accountLines(asked, 119, plain).join('\n'), /^! The account is full: 1 of 1 places are taken/m);
  });

  it('quotes what it tells to run', () => {
    assert.equal(alterUser("o'neil@10.%", 5), "ALTER USER 'o''neil'@'10.%' WITH MAX_USER_CONNECTIONS 5;");
  });
});
