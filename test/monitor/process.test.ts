import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { MonitorClient } from 'node-mysqlpool/monitor';
import { warnOfMisspelt } from '#internal/settings/environment-names.js';
import { ask, head, Stream, TOKEN } from './support.js';

const PACKAGE = JSON.stringify(require.resolve('node-mysqlpool'));
const MONITOR = JSON.stringify(require.resolve('node-mysqlpool/monitor'));
const REGISTER = require.resolve('node-mysqlpool/register');

interface Program {
  readonly child: ChildProcess;
  /** What it has written so far, on both streams. */
  readonly said: () => string;
  /** Resolves with the first match. */
  readonly says: (pattern: RegExp) => Promise<RegExpExecArray>;
  readonly ended: Promise<number | null>;
}

/** Runs a script in a process of its own, in a folder without settings. */
function program(t: TestContext, script: string, args: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Program {
  const folder = mkdtempSync(join(tmpdir(), 'mysqlpool-monitor-'));
  const child = spawn(process.execPath, [...args, '-e', script], {
    cwd: folder,
    env: { ...process.env, ...env },
    timeout: 30_000,
    killSignal: 'SIGKILL',
  });
  let text = '';
  const listeners = new Set<() => void>();
  const hear = (data: unknown): void => {
    text += String(data);
    for (const listener of listeners) listener();
  };
  child.stdout.on('data', hear);
  child.stderr.on('data', hear);
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  t.after(async () => {
    child.kill('SIGKILL');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  });
  const says = (pattern: RegExp): Promise<RegExpExecArray> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const match = pattern.exec(text);
        if (match !== null) resolve(match);
      };
      listeners.add(look);
      void ended.then(() => reject(new Error(`ended, and said only: ${text}`)));
      look();
    });
  return { child, said: () => text, says, ended };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe('a process with a monitor', () => {
  it('ends when it has nothing else to do', async (t) => {
    const { ended, said } = program(t, `require(${MONITOR}).startMonitor().then((m) => console.log(m.url));`);
    assert.equal(await ended, 0);
    assert.match(said(), /^http:\/\/127\.0\.0\.1:\d+\/\n$/);
  });

  it('ends although somebody listens to the stream, and the stream with it', async (t) => {
    const script = `
      const end = setInterval(() => undefined, 1_000);
      process.on('SIGUSR2', () => clearInterval(end));
      require(${MONITOR}).startMonitor().then((m) => console.log(m.url));`;
    const { child, ended, says } = program(t, script);
    const [url] = await says(/http:\S+/);
    const stream = new Stream(await head({ url }, '/api/stream'));
    assert.ok(await stream.next());
    child.kill('SIGUSR2');
    assert.equal(await ended, 0);
    while (!stream.ended) await stream.next();
  });

  it('has a monitor of its own in each process of a cluster', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'mysqlpool-cluster-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const worker = join(folder, 'worker.cjs');
    writeFileSync(
      worker,
      `require(${MONITOR}).startMonitor().then((m) => {
        console.log(process.pid + ' at ' + m.url);
        process.on('disconnect', () => process.exit());
      });`,
    );
    const script = `
      const cluster = require('node:cluster');
      cluster.setupPrimary({ exec: ${JSON.stringify(worker)}, execArgv: [] });
      cluster.fork();
      cluster.fork();`;
    const { says, said } = program(t, script);
    await says(/at http\S+\n[^]*at http\S+\n/);
    const lines = [...said().matchAll(/(\d+) at (http\S+)/g)];
    assert.equal(new Set(lines.map(([, , url]) => url)).size, 2);
    for (const [, pid, url] of lines) {
      const [process_] = (await new MonitorClient(url!).report()).processes;
      assert.equal(String(process_!.pid), pid);
    }
  });
});

describe('MYSQLPOOL_MONITOR', () => {
  // A pool that never connects: nothing of a server is needed here.
  const script = `
    const { createPool } = require(${PACKAGE});
    const pool = createPool('mysql://nobody@127.0.0.1:1/', { name: 'unchanged' });
    setInterval(() => undefined, 1_000);`;
  const withRegister = ['-r', REGISTER];
  const shownAt = /process \d+ is shown at (\S+)/;

  it('shows an unchanged program, each of its processes on the next free port', async (t) => {
    const port = await freePort();
    const env = { MYSQLPOOL_MONITOR: String(port) };
    const first = program(t, script, withRegister, env);
    const [, url] = await first.says(shownAt);
    assert.equal(url, `http://127.0.0.1:${port}/`);
    const report = await new MonitorClient(url).report();
    assert.deepEqual(
      report.processes[0]!.pools.map(({ stats }) => stats.name),
      ['unchanged'],
    );
    assert.deepEqual(report.processes[0]!.allows, []);
    const second = program(t, script, withRegister, env);
    const [, other] = await second.says(shownAt);
    assert.ok(Number(new URL(other!).port) > port);
  });

  it('takes a host, with a token, and what is allowed', async (t) => {
    const env = {
      MYSQLPOOL_MONITOR: '0.0.0.0:0',
      MYSQLPOOL_MONITOR_TOKEN: TOKEN,
      MYSQLPOOL_MONITOR_ALLOW: 'evict, suspend',
    };
    const { says, said } = program(t, script, withRegister, env);
    const [, shown] = await says(shownAt);
    const url = shown!.replace('0.0.0.0', '127.0.0.1');
    assert.equal((await ask({ url }, '/api/report')).status, 401);
    const [process_] = (await new MonitorClient({ url, token: TOKEN }).report()).processes;
    assert.deepEqual(process_!.allows, ['evict', 'suspend']);
    assert.ok(!said().includes(TOKEN));
  });

  it('starts nothing in a process without a pool', async (t) => {
    const env = { MYSQLPOOL_MONITOR: String(await freePort()) };
    const { ended, said } = program(t, 'require("node:http")', withRegister, env);
    assert.deepEqual([await ended, said()], [0, '']);
  });

  for (const [env, warning] of [
    [{ MYSQLPOOL_MONITOR: 'yes' }, /MYSQLPOOL_MONITOR: expected a port, or host:port, got "yes"/],
    [{ MYSQLPOOL_MONITOR: 'http://127.0.0.1:9339/?token=open-sesame' }, /got "http:\/\/127\.0\.0\.1:9339\/\?…"/],
    [{ MYSQLPOOL_MONITOR: '99999' }, /MYSQLPOOL_MONITOR: monitor: startMonitor: option "port": .*got 99999/],
    [{ MYSQLPOOL_MONITOR: '0.0.0.0:0' }, /MYSQLPOOL_MONITOR: monitor: host "0\.0\.0\.0" .* "token" is needed/],
    [
      { MYSQLPOOL_MONITOR: '0', MYSQLPOOL_MONITOR_ALLOW: 'evikt' },
      /MYSQLPOOL_MONITOR: monitor: startMonitor: option "allow": .*"evikt" \(did you mean "evict"\?\)/,
    ],
  ] as const) {
    it(`warns of ${JSON.stringify(env)}, and the program goes on`, async (t) => {
      const { child, says } = program(t, `${script} setTimeout(() => console.log('goes on'), 100);`, withRegister, env);
      await says(warning);
      await says(/goes on/);
      assert.equal(child.exitCode, null);
    });
  }
});

describe('variables of the environment that are nearly right', () => {
  const warningsFor = async (env: NodeJS.ProcessEnv): Promise<string[]> => {
    const warnings: string[] = [];
    const listen = ({ message }: Error): unknown => warnings.push(message);
    process.on('warning', listen);
    warnOfMisspelt(env);
    await new Promise(setImmediate);
    process.off('warning', listen);
    return warnings;
  };

  it('are told, each once', async () => {
    assert.deepEqual(await warningsFor({ MYSQLPOOL_MAXTOTAL: '8', MYSQLPOOL_MONITR: '1', MYSQL_POOL_BACKEND: 'x' }), [
      'the environment has MYSQLPOOL_MAXTOTAL, which nobody reads (did you mean "MYSQLPOOL_MAX_TOTAL"?)',
      'the environment has MYSQLPOOL_MONITR, which nobody reads (did you mean "MYSQLPOOL_MONITOR"?)',
      'the environment has MYSQL_POOL_BACKEND, which nobody reads (did you mean "MYSQLPOOL_BACKEND"?)',
    ]);
    assert.deepEqual(await warningsFor({ MYSQLPOOL_MAXTOTAL: '8' }), []);
  });

  it('are told to a program that uses register', async (t) => {
    const script = `require(${PACKAGE}).createPool('mysql://nobody@127.0.0.1:1/');`;
    const { says } = program(t, script, ['-r', REGISTER], { MYSQLPOOL_MAX_TOTALL: '8' });
    await says(/MYSQLPOOL_ENVIRONMENT\].*MYSQLPOOL_MAX_TOTALL.*did you mean "MYSQLPOOL_MAX_TOTAL"/);
  });

  it('are left alone when they are right, or of somebody else', async () => {
    const env = {
      MYSQLPOOL_MAX_TOTAL: '8',
      MYSQLPOOL_MONITOR_TOKEN: 'x',
      MYSQLPOOL_TEST_URL: 'x',
      MYSQLPOOL_MODEL_SEED: '1',
      MYSQLPOOL_: '',
      MYSQL_HOST: 'x',
      PATH: 'x',
    };
    assert.deepEqual(await warningsFor(env), []);
  });
});
