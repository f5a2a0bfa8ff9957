/** Programs with pools of their own on a real server, and one who looks at all of them. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it, type TestContext } from 'node:test';
import { Worker } from 'node:worker_threads';
import { createPool } from 'node-mysqlpool';
import { MonitorClient, serveReports, type MonitorReport, type PoolReport } from 'node-mysqlpool/monitor';
import { ProcessSource } from '#internal/monitor/process-source.js';
import { poolOn } from '../mysql/support.js';
import { collectUntil } from '../support/garbage.js';
import { eachServer } from '../support/servers/shared.js';
import { until } from '../support/until.js';
import { monitorFor, streamOf } from './support.js';

const PACKAGE = JSON.stringify(require.resolve('node-mysqlpool'));
const REGISTER = require.resolve('node-mysqlpool/register');

/** Runs a script under register, with a monitor at any free port; answers its address. */
async function shown(t: TestContext, script: string, url: string): Promise<string> {
  const cwd = mkdtempSync(join(tmpdir(), 'mysqlpool-together-'));
  const child = spawn(process.execPath, ['-r', REGISTER, '-e', script, url], {
    cwd,
    env: { ...process.env, MYSQLPOOL_MONITOR: '0', MYSQLPOOL_MONITOR_ALLOW: 'evict' },
    stdio: ['ignore', 'inherit', 'pipe'],
    timeout: 60_000,
    killSignal: 'SIGKILL',
  });
  const ended = new Promise((resolve) => child.on('close', resolve));
  t.after(async () => {
    child.kill('SIGKILL');
    await ended;
    rmSync(cwd, { recursive: true, force: true });
  });
  let said = '';
  for await (const text of child.stderr) {
    said += String(text);
    const address = /is shown at (\S+)/.exec(said)?.[1];
    if (address === undefined) continue;
    child.stderr.resume();
    return address;
  }
  throw new Error(`no monitor: ${said}`);
}

const poolsOf = (report: MonitorReport): PoolReport[] => report.processes.flatMap(({ pools }) => pools);

eachServer('several programs and one who looks', (_kind, getServer) => {
  it('sees a leak in any of them in one of its next reports, with file and line, and evicts there', async (t) => {
    const url = (await getServer()).url();
    const quiet = `
      const pool = require(${PACKAGE}).createPool(process.argv[1], { name: 'quiet', maxSize: 2 });
      setInterval(() => pool.query('SELECT 1'), 50);`;
    const leaky = `
      const pool = require(${PACKAGE}).createPool(process.argv[1], { name: 'leaky', leakThreshold: 300 });
      pool.query('SELECT 1').then(function forgetful() { return pool.acquire({ label: 'forgotten' }); })
        .then((lease) => { globalThis.kept = lease; return lease.query('SELECT 1 AS one'); });
      setInterval(() => pool.query('SELECT 2'), 50);`;
    const [first, second] = await Promise.all([shown(t, quiet, url), shown(t, leaky, url)]);
    const joined = await serveReports({ sources: [first, second], allow: ['evict'] });
    t.after(() => joined.close());
    const stream = await streamOf(t, joined);
    let found: PoolReport | undefined;
    let report: MonitorReport | undefined;
    let reports = 0;
    for (; found === undefined; reports++) {
      report = await stream.next();
      found = poolsOf(report!).find(({ leaks }) => leaks.length > 0);
    }
    assert.ok(reports <= 4, `in the ${reports}th report`);
    const [leak] = found.leaks;
    assert.deepEqual([found.stats.name, leak!.label], ['leaky', 'forgotten']);
    assert.match(leak!.callSite!, /\[eval\]:3:\d+/);
    assert.deepEqual(
      poolsOf(report!).map(({ stats }) => stats.name),
      ['quiet', 'leaky'],
    );

    const [process_] = report!.processes;
    const { opened } = process_!.pools[0]!.stats.total;
    const client = new MonitorClient(joined.url);
    await client.act(process_!.id, process_!.pools[0]!.id, 'evict');
    await until(async () => poolsOf(await client.report())[0]!.stats.total.opened > opened);
  });

  it('agrees with the pool under load, whatever the monitor itself asks meanwhile', async (t) => {
    const pool = poolOn(t, await getServer(), { name: 'busy', maxSize: 4, ping: { idleFor: 1 } });
    const source = new ProcessSource({ pools: [pool], allows: [] });
    t.after(() => source.close());
    let statements = 0;
    let reports = 0;
    const isOver = (): boolean => statements > 2_000 && reports > 200;
    const work = async (): Promise<void> => {
      while (!isOver()) {
        await pool.query('SELECT 1');
        statements++;
        if (statements % 7 === 0) await new Promise((resolve) => setTimeout(resolve, 3));
      }
    };
    const look = async (): Promise<void> => {
      while (!isOver()) {
        const { stats, loans } = (await source.report()).processes[0]!.pools[0]!;
        assert.equal(stats.idle + stats.inUse + stats.connecting + stats.closing, stats.size);
        assert.ok(stats.inUse >= 0 && stats.waiters >= 0);
        assert.equal(loans.length, stats.inUse);
        reports++;
        await new Promise(setImmediate);
      }
    };
    await Promise.all([work(), work(), work(), work(), work(), work(), look()]);
    const { stats, waits, holds, server } = (await source.report()).processes[0]!.pools[0]!;
    const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);
    assert.equal(stats.total.acquired, statements, 'what the monitor borrowed is not in it');
    assert.equal(sum(waits.counts), statements);
    assert.equal(sum(holds.counts), statements);
    assert.ok(server === undefined || server.problem === undefined);
  });

  it('has a process of its own for a worker thread', async (t) => {
    const url = (await getServer()).url();
    const code = `
      const { parentPort, workerData } = require('node:worker_threads');
      const { createPool } = require(${PACKAGE});
      const { startMonitor } = require(${JSON.stringify(require.resolve('node-mysqlpool/monitor'))});
      const pool = createPool(workerData, { name: 'in-a-thread' });
      pool.query('SELECT 1').then(() => startMonitor()).then((m) => parentPort.postMessage(m.url));
      parentPort.on('message', async () => { await pool.close(); process.exit(); });`;
    const worker = new Worker(code, { eval: true, workerData: url });
    const address = await new Promise<string>((resolve, reject) => {
      worker.on('message', resolve);
      worker.on('error', reject);
    });
    const own = await monitorFor(t);
    const pool = poolOn(t, url, { name: 'in-the-main-thread' });
    await pool.query('SELECT 1');
    const joined = await serveReports({ sources: [own.url, address] });
    t.after(() => joined.close());
    await until(async () => (await new MonitorClient(joined.url).report()).processes[0]!.pools.length > 0);
    const { processes } = await new MonitorClient(joined.url).report();
    const names = processes.map(({ pools }) => pools.map(({ stats }) => stats.name));
    assert.deepEqual(names, [['in-the-main-thread'], ['in-a-thread']]);
    assert.equal(processes[1]!.id, `${process.pid}.${worker.threadId}@${processes[1]!.host}`);
    const ended = new Promise((resolve) => worker.on('exit', resolve));
    worker.postMessage('end');
    await ended;
  });

  it('does not keep a pool that nobody uses any more', async (t) => {
    const url = (await getServer()).url();
    const monitor = await monitorFor(t);
    const client = new MonitorClient(monitor.url);
    let collected = 0;
    // Not a WeakRef: looking into one keeps what it finds until the next turn.
    const registry = new FinalizationRegistry<string>(() => collected++);
    // In a function of its own, whose variables are gone with it.
    const drop = (name: string): void => registry.register(createPool(url, { name }), name);
    for (let i = 0; i < 5; i++) drop(`dropped-${i}`);
    const names = async (): Promise<string[]> => poolsOf(await client.report()).map(({ stats }) => stats.name);
    assert.equal((await names()).filter((name) => name.startsWith('dropped')).length, 5);
    assert.ok(await collectUntil(() => collected === 5), `only ${collected} of 5 were collected`);
    assert.deepEqual(
      (await names()).filter((name) => name.startsWith('dropped')),
      [],
    );
  });
});
