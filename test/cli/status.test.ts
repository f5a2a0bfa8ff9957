import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import type { MonitorReport } from '#internal/monitor/index.js';
import { concernsOf } from '#internal/cli/concerns.js';
import { plain } from '#internal/cli/paint.js';
import { frame } from '#internal/cli/top/frame.js';
import { plainLines } from '#internal/cli/top/plain-lines.js';
import { readReport } from '#internal/monitor/read-report.js';
import { statusLines } from '#internal/cli/status.js';
import { columnsIn } from '#internal/cli/text.js';
import { eachServer } from '../support/servers/shared.js';
import { until } from '../support/until.js';
import { mysqlpool, type CommandEnd, type CommandOptions } from './support/command.js';
import { busyPool, poolReport, processReport, reportOf } from './support/reports.js';
import { startProgram, type Program } from './support/start-program.js';

/** The first status that says so. */
async function untilStatus(program: Program, says: (text: string) => boolean): Promise<CommandEnd> {
  let end = await mysqlpool(['status', program.url]);
  await until(async () => says((end = await mysqlpool(['status', program.url])).stdout));
  return end;
}

eachServer('mysqlpool status', (kind, getServer) => {
  it('shows the pools of a running program, and that nothing is wrong', async (t) => {
    const program = await startProgram(t, (await getServer()).url());
    await program.do({ do: 'hold', pool: 'shop', label: 'checkout' });
    const { status, stdout, stderr } = await mysqlpool(['status', program.url]);
    assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
    const [about, , head, pool, , verdict] = stdout.split('\n');
    assert.match(about!, new RegExp(`^program\\.js  ${program.pid}@\\S+  node ${process.versions.node}, up [\\d.]+ `));
    assert.match(head!, /^POOL +STATE +OPEN +IN USE +IDLE +WAIT +LONGEST +LOANS\/S +FAILED\/S +OLDEST LOAN +SERVER$/);
    assert.match(pool!, /^shop +open +1\/2 +1 +0 +0 +- +[\d.]+ +0 +\d.* m?s +(-|\d+\/\d+)$/);
    assert.equal(verdict, 'Nothing is wrong.');
  });

  it('says what is wrong, and ends with status 1', async (t) => {
    const program = await startProgram(t, (await getServer()).url(), { maxSize: 1, leakThreshold: 20 });
    await program.do({ do: 'hold', pool: 'shop', label: 'report', sql: 'SELECT 1' });
    await program.do({ do: 'wait', pool: 'shop', timeout: 20 });
    await program.do({ do: 'wait', pool: 'shop', timeout: 60_000 });
    const end = await untilStatus(program, (text) => text.includes('went away') && text.includes('leak'));
    assert.equal(end.status, 1);
    assert.match(end.stdout, /^! shop: at its limit: 1 of 1 connections are out, 1 caller waits$/m);
    assert.match(end.stdout, /^! shop: 1 caller went away without a connection in the last minute$/m);
    assert.match(end.stdout, /^! shop: a leak is suspected: hold \(.*program\.(js|ts):\d+:\d+\)$/m);
    assert.doesNotMatch(end.stdout, /Nothing is wrong/);
  });

  it('gives the report as it is, as JSON in one line, with the same exit status', async (t) => {
    const program = await startProgram(t, (await getServer()).url());
    await program.do({ do: 'hold', pool: 'shop', label: 'evil \u009B31m', sql: 'SELECT 42' });
    const { status, stdout } = await mysqlpool(['status', '--json', program.url]);
    assert.equal(status, 0);
    assert.equal(stdout.indexOf('\n'), stdout.length - 1);
    assert.doesNotMatch(stdout, /[\u007F-\u009F]/);
    const report = JSON.parse(stdout) as MonitorReport;
    const [process] = report.processes;
    assert.equal(process!.pid, program.pid);
    assert.equal(process!.pools[0]!.stats.inUse, 1);
    assert.equal(process!.pools[0]!.loans[0]!.label, 'evil \u009B31m');
  });

  it(`tells that ${kind} cannot be reached`, async (t) => {
    const program = await startProgram(t, 'mysql://u:p@127.0.0.1:1/none');
    await program.do({ do: 'wait', pool: 'shop', timeout: 60_000 });
    const end = await untilStatus(program, (text) => text.includes('failed in'));
    assert.equal(end.status, 1);
    assert.match(
      end.stdout,
      /^! shop: \d+ attempts? to connect failed in the last minute: connecting failed after .*ECONNREFUSED/m,
    );
  });
});

async function listen(t: TestContext, code: number, body: string): Promise<number> {
  const server = createServer((_, response) => response.writeHead(code).end(body));
  t.after(() => server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  return (server.address() as AddressInfo).port;
}

describe('a monitor that does not answer', () => {
  const failed = async (args: readonly string[], options?: CommandOptions): Promise<string> => {
    const { status, stdout, stderr } = await mysqlpool(args, options);
    assert.deepEqual({ status, stdout }, { status: 3, stdout: '' });
    assert.match(stderr, /^mysqlpool: [^\n]+\n$/);
    return stderr.slice('mysqlpool: '.length, -1);
  };

  it('is told in one line, by every command', async () => {
    const text = 'no report from http://127.0.0.1:1/: nothing listens there (ECONNREFUSED)';
    for (const args of [['status'], ['top'], ['top', '--once']]) {
      assert.equal(await failed([...args, '127.0.0.1:1']), text);
      assert.equal(await failed(args, { env: { MYSQLPOOL_MONITOR: '1' } }), text);
      assert.equal(await failed(args, { env: { MYSQLPOOL_MONITOR: '0.0.0.0:1' } }), text);
    }
  });

  it('may be something else', async (t) => {
    for (const [code, body] of [
      [200, 'hello'],
      [404, 'no'],
      [200, '{"version":2,"processes":[]}'],
      [200, '[]'],
      [200, '{"version":1,"at":1,"processes":[{"id":"x","pools":[{}],"allows":[]}]}'],
    ] as const) {
      const port = await listen(t, code, body);
      assert.match(
        await failed(['status', String(port)]),
        new RegExp(`^no report from http://127\\.0\\.0\\.1:${port}/: `),
      );
    }
  });
});

describe('a report in which one thing is wrong', () => {
  /** Every value in it, with the path to it. */
  function* pathsIn(value: unknown, path: readonly string[] = []): Generator<readonly string[]> {
    if (path.length > 0) yield path;
    if (typeof value !== 'object' || value === null) return;
    for (const [name, inner] of Object.entries(value)) yield* pathsIn(inner, [...path, name]);
  }

  it('is none, or can be shown whole', () => {
    const text = JSON.stringify(reportOf(processReport([busyPool()])));
    assert.equal(typeof readReport(text), 'object');
    let refused = 0;
    for (const path of pathsIn(JSON.parse(text))) {
      for (const wrong of [undefined, null, 5, 'x', {}, [], [{}]]) {
        const report = JSON.parse(text) as Record<string, unknown>;
        const last = path.slice(0, -1).reduce((at, name) => at[name] as Record<string, unknown>, report);
        last[path.at(-1)!] = wrong;
        const read = readReport(JSON.stringify(report));
        if (typeof read === 'string') refused++;
        else {
          statusLines(read, 80);
          plainLines(read);
          frame({ url: 'x', report: read, trouble: undefined, isOnce: true }, 80, 40, plain);
          concernsOf(read);
        }
      }
    }
    assert.ok(refused > 100, String(refused));
  });
});

describe('a token', () => {
  it('goes with the address or in the environment, and is never shown', async (t) => {
    const program = await startProgram(t, 'mysql://u:p@127.0.0.1:1/none', {}, { token: 'very-secret-token' });
    const without = await mysqlpool(['status', program.url]);
    assert.equal(without.status, 3);
    assert.equal(without.stderr, `mysqlpool: no report from ${program.url}: it wants a token\n`);
    const wrong = await mysqlpool(['status', `${program.url}?token=other-secret`]);
    assert.equal(wrong.status, 3);
    assert.equal(wrong.stderr, `mysqlpool: no report from ${program.url}: the token is not the right one\n`);
    const inUrl = await mysqlpool(['status', `${program.url}?token=very-secret-token`]);
    const inEnvironment = await mysqlpool(['status', program.url], {
      env: { MYSQLPOOL_MONITOR_TOKEN: 'very-secret-token' },
    });
    for (const { status, stdout } of [inUrl, inEnvironment]) {
      assert.equal(status, 0);
      assert.doesNotMatch(stdout, /secret/);
    }
    const once = await mysqlpool(['top', '--once', `${program.url}?token=very-secret-token`]);
    assert.equal(once.status, 0);
    assert.doesNotMatch(once.stdout, /secret/);
  });
});

describe('the lines of a status', () => {
  it('fit into any window', () => {
    const report = reportOf(processReport([busyPool(), poolReport({ name: '報告'.repeat(30) })]));
    for (const columns of [12, 20, 40, 80, 200]) {
      for (const line of statusLines(report, columns)) assert.ok(columnsIn(line) < columns, `${columns}: ${line}`);
    }
  });

  it('show the worst first', () => {
    const pools = [
      poolReport({ name: 'calm', size: 9, inUse: 9 }),
      poolReport({ name: 'busy', size: 10, inUse: 10 }),
      busyPool(),
      poolReport({ name: 'idle', size: 4, idle: 4 }),
    ];
    const lines = statusLines(reportOf(processReport(pools)), 200);
    assert.deepEqual(
      lines.slice(3, 7).map((line) => line.split(' ')[0]),
      ['shop', 'busy', 'calm', 'idle'],
    );
  });

  it('name the process where there are several, and those that are lost', () => {
    const lost = processReport([], { id: 'http://127.0.0.1:9/', problem: 'nothing listens there' });
    const other = processReport([poolReport({ name: 'other' })], { id: '7@host' });
    const lines = statusLines(reportOf(processReport([poolReport()]), other, lost), 200);
    assert.match(lines.join('\n'), /^POOL +PROCESS/m);
    assert.match(lines.join('\n'), /^other +7@host/m);
    assert.equal(lines[2], 'http://127.0.0.1:9/: nothing listens there');
    assert.equal(lines.at(-1), '! http://127.0.0.1:9/: nothing listens there');
  });

  it('say so when there is no pool', () => {
    assert.ok(statusLines(reportOf(processReport([])), 80).includes('No pool is open.'));
  });
});
