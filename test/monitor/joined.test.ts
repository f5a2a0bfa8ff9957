import assert from 'node:assert/strict';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import {
  MonitorClient,
  serveReports,
  startMonitor,
  type Followed,
  type Monitor,
  type MonitorReport,
  type ProcessReport,
} from 'node-mysqlpool/monitor';
import { FakePool } from '../pool/support/pool.js';
import { until } from '../support/until.js';
import { ask, errorIn, monitorFor, streamOf, TOKEN } from './support.js';

/** Another program's web server. */
async function otherServer(t: TestContext, listener: RequestListener): Promise<{ url: string; server: Server }> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` };
}

/** A report as another process would give it. */
function reportOf(more: Partial<ProcessReport>): MonitorReport {
  const process_: ProcessReport = {
    id: '1@mars',
    problem: undefined,
    allows: ['evict', 'suspend'],
    title: 'app.js',
    pid: 1,
    host: 'mars',
    node: 'v20.20.2',
    startedAt: 1,
    loopDelay: { mean: 0, p99: 0, max: 0 },
    pools: [],
    openPools: 0,
    ...more,
  };
  return { version: 1, at: 1, processes: [process_] };
}

/** A monitor that says the same all the time, and notes what it is asked. */
async function parrot(
  t: TestContext,
  report: MonitorReport,
): Promise<{ url: string; asked: string[]; left(): number }> {
  const asked: string[] = [];
  let open = 0;
  const { url } = await otherServer(t, (request, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers.authorization ?? ''}`.trim());
    if (request.url === '/api/stream') {
      open++;
      response.on('close', () => open--);
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(`event: report\ndata: ${JSON.stringify(report)}\n\n`);
    } else response.writeHead(204).end();
  });
  return { url, asked, left: () => open };
}

async function joined(t: TestContext, options: Parameters<typeof serveReports>[0]): Promise<Monitor> {
  const monitor = await serveReports(options);
  t.after(() => monitor.close());
  return monitor;
}

const processesOf = async (monitor: Monitor): Promise<readonly ProcessReport[]> =>
  (await new MonitorClient(monitor.url).report()).processes;

describe('several monitors in one', () => {
  it('stand side by side, in the order they are given', async (t) => {
    const mars = await parrot(t, reportOf({}));
    const venus = await parrot(t, reportOf({ id: '1@venus', host: 'venus' }));
    const monitor = await joined(t, { sources: [venus.url, mars.url, mars.url] });
    const processes = await processesOf(monitor);
    assert.deepEqual(
      processes.map(({ id }) => id),
      ['1@venus', '1@mars'],
    );
    assert.deepEqual(processes[0]!.allows, []);
    assert.equal(mars.asked.length, 1, 'one that is named twice is asked once');
  });

  it('show one process once, and two of the same name apart', async (t) => {
    const first = await parrot(t, reportOf({}));
    const same = await parrot(t, reportOf({}));
    const other = await parrot(t, reportOf({ startedAt: 2 }));
    const monitor = await joined(t, { sources: [first.url, same.url, other.url], allow: ['evict'] });
    const processes = await processesOf(monitor);
    assert.deepEqual(
      processes.map(({ id }) => id),
      ['1@mars', `1@mars (${other.url})`],
    );
    assert.deepEqual(processes[0]!.allows, ['evict'], 'what both permit');
    const path = `/api/processes/${encodeURIComponent(processes[1]!.id)}/pools/7/evict`;
    assert.equal((await ask(monitor, path, { method: 'POST' })).status, 204);
    assert.ok(other.asked.includes('POST /api/processes/1%40mars/pools/7/evict'));
    assert.ok(!first.asked.some((line) => line.startsWith('POST')));
  });

  it('pass tokens on to whom they are for, and to nobody else', async (t) => {
    const mars = await parrot(t, reportOf({}));
    const venus = await parrot(t, reportOf({ id: '1@venus' }));
    const monitor = await joined(t, {
      sources: [`${mars.url}?token=${TOKEN}`, { url: venus.url, token: 'venus-token' }],
    });
    assert.deepEqual(mars.asked, [`GET /api/stream Bearer ${TOKEN}`]);
    assert.deepEqual(venus.asked, ['GET /api/stream Bearer venus-token']);
    assert.ok(!(await ask(monitor, '/api/report')).body.includes(TOKEN));
  });

  it('act through it, where both permit it', async (t) => {
    const fake = new FakePool({ name: 'shop' });
    const own = await monitorFor(t, { pools: [fake.pool], allow: ['suspend', 'evict'] });
    const monitor = await joined(t, { sources: [own.url], allow: ['suspend', 'resume'] });
    t.after(() => fake.finish());
    const [process_] = await processesOf(monitor);
    assert.deepEqual(process_!.allows, ['suspend']);
    const client = new MonitorClient(monitor.url);
    const poolId = process_!.pools[0]!.id;
    await client.act(process_!.id, poolId, 'suspend');
    assert.equal(fake.pool.state, 'suspended');
    await assert.rejects(client.act(process_!.id, poolId, 'resume'), {
      code: 'MONITOR_REFUSED',
      status: 403,
      message: /"resume" is not permitted/,
    });
    await assert.rejects(client.act(process_!.id, poolId, 'evict'), { status: 403, message: /not permitted here/ });
    await assert.rejects(client.act(process_!.id, 999, 'suspend'), { status: 404, message: /there is no pool 999/ });
    await assert.rejects(client.act('9@pluto', 1, 'suspend'), { status: 404, message: /no process "9@pluto"/ });
  });

  it('have the history of before, for a page that comes later', async (t) => {
    const fake = new FakePool();
    const own = await monitorFor(t, { pools: [fake.pool] });
    const monitor = await joined(t, { sources: [own.url] });
    t.after(() => fake.finish());
    await until(async () => (await processesOf(monitor))[0]!.pools[0]!.history.at.length >= 2);
    const stream = await streamOf(t, monitor);
    const first = await stream.next();
    assert.ok(first!.processes[0]!.pools[0]!.history.at.length >= 2);
    const next = await stream.next();
    assert.ok(next!.processes[0]!.pools[0]!.history.at.length <= 2, 'then only what is new');
  });

  it('go on when one goes, show why, and have it again when it comes back', async (t) => {
    const fake = new FakePool({ name: 'shop' });
    t.after(() => fake.finish());
    const mars = await parrot(t, reportOf({}));
    const first = await startMonitor({ pools: [fake.pool] });
    const monitor = await joined(t, { sources: [first.url, mars.url] });
    assert.deepEqual(
      (await processesOf(monitor)).map(({ problem }) => problem),
      [undefined, undefined],
    );
    await first.close();
    const gone = await until(async () => {
      const [process_] = await processesOf(monitor);
      return process_!.problem === 'nothing listens there (ECONNREFUSED)' ? process_ : undefined;
    });
    assert.deepEqual([gone!.id, gone!.title, gone!.pools], [first.url, first.url, []]);
    const answer = await ask(monitor, `/api/processes/${encodeURIComponent(first.url)}/pools/1/evict`, {
      method: 'POST',
    });
    assert.equal(answer.status, 403);
    const again = await startMonitor({ port: first.port, pools: [fake.pool] });
    t.after(() => again.close());
    const back = await until(async () => {
      const [process_] = await processesOf(monitor);
      return process_!.problem === undefined ? process_ : undefined;
    });
    assert.equal(back!.pools[0]!.stats.name, 'shop');
  });

  it('say that a monitor cannot be reached when it is to act', async (t) => {
    const mars = await otherServer(t, (request, response) => {
      if (request.method === 'POST') return request.socket.destroy();
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      return response.write(`event: report\ndata: ${JSON.stringify(reportOf({}))}\n\n`);
    });
    const monitor = await joined(t, { sources: [mars.url], allow: ['evict'] });
    const answer = await ask(monitor, '/api/processes/1%40mars/pools/1/evict', { method: 'POST' });
    assert.equal(answer.status, 502);
    assert.equal(errorIn(answer), `${mars.url}: the connection was lost`);
  });
});

describe('a monitor that is none', () => {
  const follow = async (url: string): Promise<Followed> => {
    const client = new MonitorClient(url);
    return new Promise((resolve) => {
      const stop = client.follow((state) => {
        stop();
        resolve(state);
      });
    });
  };

  for (const [what, listener, problem] of [
    ['a web server', (_, response) => response.end('<html>'), 'it answers, but not as a monitor does'],
    ['nothing of the kind', (_, response) => response.writeHead(404).end(), 'it answers 404, as no monitor does'],
    [
      'another version',
      (_, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.end('event: report\ndata: {"version":2,"processes":[]}\n\n');
      },
      /^it reports in version 2/,
    ],
    [
      'a stream that ends',
      (_, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.end(': nothing\n\n');
      },
      'it has ended the stream',
    ],
    ['one that breaks off', (_, response) => void response.destroy(), 'the connection was lost'],
  ] as readonly [string, RequestListener, string | RegExp][]) {
    it(`is told: ${what}`, async (t) => {
      const { url } = await otherServer(t, listener);
      const state = await follow(url);
      if (typeof problem === 'string') assert.equal(state.problem, problem);
      else assert.match(state.problem!, problem);
    });
  }

  it('is told: one that wants a token, or another one', async (t) => {
    const monitor = await monitorFor(t, { token: TOKEN });
    assert.equal((await follow(monitor.url)).problem, 'it wants a token');
    assert.equal((await follow(`${monitor.url}?token=wrong-wrong`)).problem, 'the token is not the right one');
    await assert.rejects(new MonitorClient(monitor.url).report(), { code: 'MONITOR_REFUSED', status: 401 });
  });

  it('is told: one that never answers', async (t) => {
    const silent = createTcpServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    t.after(() => silent.close());
    const { port } = silent.address() as AddressInfo;
    const client = new MonitorClient(`http://127.0.0.1:${port}`);
    await assert.rejects(client.report({ timeout: 50 }), {
      code: 'MONITOR_UNREACHABLE',
      message: `http://127.0.0.1:${port}/: it does not answer within 50 ms`,
    });
    const reason = new Error('enough');
    const aborted = new AbortController();
    const asked = client.report({ signal: aborted.signal });
    aborted.abort(reason);
    await assert.rejects(asked, reason);
    await assert.rejects(client.report({ signal: AbortSignal.abort(reason) }), reason);
  });

  it('is told: one that falls silent, ten seconds later, and is asked anew', async (t) => {
    const mars = await parrot(t, reportOf({}));
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const states: Followed[] = [];
    let wake = (): void => undefined;
    const stop = new MonitorClient(mars.url).follow((state) => {
      states.push(state);
      wake();
    });
    t.after(stop);
    const next = (): Promise<void> => new Promise((resolve) => (wake = resolve));
    await next();
    t.mock.timers.tick(9_999);
    assert.deepEqual([states.length, states[0]!.report?.processes[0]!.id], [1, '1@mars']);
    const silent = next();
    t.mock.timers.tick(1);
    await silent;
    assert.deepEqual(states[1], { report: undefined, problem: 'it has said nothing for 10 s' });
    const again = next();
    t.mock.timers.tick(250);
    await again;
    assert.equal(states[2]!.problem, undefined);
    assert.equal(mars.asked.length, 2);
  });

  it('is not to blame for a listener that throws', async (t) => {
    const mars = await parrot(t, reportOf({}));
    const warned = new Promise<Error>((resolve) => process.once('warning', resolve));
    let calls = 0;
    const stop = new MonitorClient(mars.url).follow(() => {
      calls++;
      throw new Error('oops');
    });
    t.after(stop);
    assert.match((await warned).message, /^a listener of http:\/\/127\.0\.0\.1:\d+\/ threw: oops$/);
    await new Promise(setImmediate);
    assert.deepEqual([calls, mars.asked.length, mars.left()], [1, 1, 1], 'the stream goes on');
  });

  it('is asked again, after pauses that grow, until the listener has enough', async (t) => {
    let asked = 0;
    const { url } = await otherServer(t, (_, response) => {
      asked++;
      response.writeHead(500).end();
    });
    const problems: string[] = [];
    const started = performance.now();
    await new Promise<void>((resolve) => {
      const stop = new MonitorClient(url).follow(({ problem }) => {
        problems.push(problem!);
        if (problems.length < 3) return;
        stop();
        resolve();
      });
    });
    // At least half of 250 ms and half of 500 ms.
    assert.ok(performance.now() - started >= 370);
    assert.deepEqual([asked, new Set(problems).size], [3, 1]);
  });
});

describe('serveReports', () => {
  for (const [options, option, message] of [
    [{}, 'sources', /option "sources": expected a list of addresses/],
    [{ sources: [] }, 'sources', /expected a list/],
    [{ sources: ['nonsense://x'] }, 'url', /is no address of a monitor/],
    [{ sources: ['9339'], host: '0.0.0.0' }, 'token', /a "token" is needed/],
    [{ sources: ['9339'], source: [] }, 'source', /serveReports: unknown option "source" \(did you mean "sources"\?\)/],
  ] as const) {
    it(`refuses ${JSON.stringify(options)}`, async () => {
      await assert.rejects(serveReports(options as never), { code: 'MONITOR_OPTION', option, message });
    });
  }

  it('says that its port is taken, and follows nobody then', async (t) => {
    const mars = await parrot(t, reportOf({}));
    const { port } = new URL(mars.url);
    await assert.rejects(serveReports({ sources: [mars.url], port: Number(port) }), { code: 'MONITOR_LISTEN' });
    assert.deepEqual(mars.asked.length, 1);
    await until(() => mars.left() === 0);
  });
});
