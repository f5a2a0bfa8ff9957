import assert from 'node:assert/strict';
import { connect, createServer, type AddressInfo } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { MonitorClient, startMonitor, type MonitorOptions, type MonitorReport } from 'node-mysqlpool/monitor';
import { FakePool } from '../pool/support/pool.js';
import { ask, errorIn, head, monitorFor, TOKEN } from './support.js';

/** A fake pool that is finished after the monitor has been closed: hooks run in the order they are added. */
async function watchedByMonitor(
  t: TestContext,
  options: MonitorOptions,
): Promise<{ fake: FakePool; url: string; path: string }> {
  const fake = new FakePool({ name: 'shop' });
  const monitor = await monitorFor(t, { ...options, pools: [fake.pool] });
  t.after(() => fake.finish());
  const token = options.token === undefined ? {} : { token: options.token };
  const [process_] = (await new MonitorClient({ url: monitor.url, ...token }).report()).processes;
  return {
    fake,
    url: monitor.url,
    path: `/api/processes/${encodeURIComponent(process_!.id)}/pools/${process_!.pools[0]!.id}`,
  };
}

describe('a monitor answers', () => {
  it('with the report as JSON, for nobody to keep', async (t) => {
    const { url } = await watchedByMonitor(t, {});
    const answer = await ask({ url }, '/api/report');
    assert.equal(answer.status, 200);
    const report = JSON.parse(answer.body) as MonitorReport;
    assert.deepEqual([report.version, report.processes[0]!.pools[0]!.stats.name], [1, 'shop']);
    const { headers } = answer;
    assert.equal(headers['content-type'], 'application/json; charset=utf-8');
    assert.equal(headers['cache-control'], 'no-store');
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.equal(headers['x-frame-options'], 'DENY');
    assert.equal(headers['referrer-policy'], 'no-referrer');
    assert.equal(headers['cross-origin-resource-policy'], 'same-origin');
    assert.match(headers['content-security-policy'] as string, /^default-src 'self';.* frame-ancestors 'none'$/);
    assert.equal(headers['access-control-allow-origin'], undefined);
    assert.equal(headers['set-cookie'], undefined);
  });

  it('HEAD as GET, without the body', async (t) => {
    const monitor = await monitorFor(t);
    const { status, headers, body } = await ask(monitor, '/api/report', { method: 'HEAD' });
    assert.deepEqual([status, body], [200, '']);
    assert.ok(Number(headers['content-length']) > 100);
    const stream = await ask(monitor, '/api/stream', { method: 'HEAD' });
    assert.equal(stream.headers['content-type'], 'text/event-stream; charset=utf-8');
  });

  for (const [method, path, allow] of [
    ['POST', '/api/report', 'GET, HEAD'],
    ['DELETE', '/api/stream', 'GET, HEAD'],
    ['PUT', '/', 'GET, HEAD'],
    ['OPTIONS', '/api/report', 'GET, HEAD'],
    ['GET', '/api/processes/1%40h/pools/1/evict', 'POST'],
  ] as const) {
    it(`405 to ${method} ${path}, and says what there is`, async (t) => {
      const answer = await ask(await monitorFor(t), path, { method });
      assert.deepEqual([answer.status, answer.headers.allow], [405, allow]);
      assert.match(errorIn(answer), /is not for/);
    });
  }

  for (const path of [
    '/nothing',
    '/api',
    '/api/',
    '/api/pools',
    '/..%2f..%2fpackage.json',
    '/page.d.ts',
    '/%',
    '//x',
  ]) {
    it(`404 to ${path}`, async (t) => {
      const monitor = await monitorFor(t);
      const answer = await ask(monitor, path);
      assert.equal(answer.status, 404);
      assert.match(errorIn(answer), /^there is no /);
      assert.equal((await ask(monitor, path, { method: 'POST' })).status, 404);
    });
  }

  it('something to a request that is none, and goes on', async (t) => {
    const monitor = await monitorFor(t);
    for (const bytes of [
      'GARBAGE\r\n\r\n',
      'GET /api/report HTTP/1.1\r\n\r\n',
      `GET /${'x'.repeat(70_000)} HTTP/1.1\r\n\r\n`,
    ]) {
      const socket = connect(monitor.port, '127.0.0.1', () => socket.end(bytes));
      // A server that has not read all of it may reset the connection behind its answer, or instead of one.
      const end = new Promise<boolean>((resolve) => {
        socket.on('error', () => resolve(false));
        socket.on('end', () => resolve(true));
      });
      let answer = '';
      socket.on('data', (chunk) => (answer += String(chunk)));
      const isWhole = await end;
      if (isWhole || answer !== '') assert.match(answer, /^HTTP\/1\.1 4\d\d /);
    }
    assert.equal((await ask(monitor, '/api/report')).status, 200);
  });

  it('400 to what it would be asked as a proxy, and does not mind what it does not know', async (t) => {
    const monitor = await monitorFor(t);
    assert.equal((await ask(monitor, 'http://127.0.0.1/api/report')).status, 400);
    assert.equal((await ask(monitor, '/api/report?anything=1#x')).status, 200);
  });
});

describe('a monitor lets pools be', () => {
  it('evicted, suspended and resumed, where that is allowed', async (t) => {
    const { fake, url, path } = await watchedByMonitor(t, { allow: ['evict', 'suspend', 'resume'] });
    await fake.warm(2);
    assert.equal((await ask({ url }, `${path}/evict`, { method: 'POST', body: 'x'.repeat(100_000) })).status, 204);
    await fake.clock.settle();
    assert.equal(fake.pool.stats().idle, 0);
    assert.equal((await ask({ url }, `${path}/suspend`, { method: 'POST' })).status, 204);
    assert.equal(fake.pool.state, 'suspended');
    assert.equal((await ask({ url }, `${path}/resume`, { method: 'POST' })).status, 204);
    assert.equal(fake.pool.state, 'open');
  });

  it('alone, unless that is allowed', async (t) => {
    const { fake, url, path } = await watchedByMonitor(t, { allow: ['resume'] });
    await fake.warm(1);
    for (const action of ['evict', 'suspend']) {
      const answer = await ask({ url }, `${path}/${action}`, { method: 'POST' });
      assert.deepEqual([answer.status, errorIn(answer)], [403, `"${action}" is not permitted; see the option "allow"`]);
    }
    assert.deepEqual([fake.pool.state, fake.pool.stats().idle], ['open', 1]);
  });

  it('named rightly: 404 with a clear line otherwise', async (t) => {
    const { url, path } = await watchedByMonitor(t, { allow: ['evict'] });
    const said = async (other: string): Promise<string> => {
      const answer = await ask({ url }, other, { method: 'POST' });
      assert.equal(answer.status, 404);
      return errorIn(answer);
    };
    const base = path.slice(0, path.lastIndexOf('/'));
    assert.match(await said(`${base}/99999/evict`), /^there is no pool 99999 in process \d+@.*; it may be closed$/);
    assert.match(await said(`${base}/shop/evict`), /^there is no pool "shop": pools have numbers$/);
    assert.match(await said('/api/processes/1%40mars/pools/1/evict'), /^there is no process "1@mars" here, only "/);
    assert.match(await said(`${path}/evikt`), /^unknown action "evikt" \(did you mean "evict"\?\)$/);
    assert.equal((await ask({ url }, '/api/processes/%E0%A4%A/pools/1/evict', { method: 'POST' })).status, 400);
  });

  it('alone when the page of another site asks, by whatever name it calls us', async (t) => {
    const { fake, url, path } = await watchedByMonitor(t, { allow: ['suspend'] });
    const { host } = new URL(url);
    for (const headers of [
      { host, origin: 'http://evil.example' },
      { host, origin: 'null' },
      { host, 'sec-fetch-site': 'cross-site' },
      { host: 'evil.example', origin: 'http://evil.example' },
      { host: `evil.example:${new URL(url).port}`, 'sec-fetch-site': 'same-origin' },
    ]) {
      const answer = await ask({ url }, `${path}/suspend`, { method: 'POST', headers });
      assert.equal(answer.status, 403);
      assert.doesNotMatch(answer.body, /shop/);
    }
    assert.equal((await ask({ url }, '/api/report', { headers: { host: 'evil.example' } })).status, 403);
    assert.equal((await ask({ url }, '/', { headers: { host: 'evil.example' } })).status, 403);
    assert.equal(fake.pool.state, 'open');
  });
});

describe('a monitor with a token', () => {
  it('answers 401 to everybody else, and nothing else', async (t) => {
    const { fake, url, path } = await watchedByMonitor(t, { token: TOKEN, allow: ['suspend'] });
    const wrong: Record<string, string>[] = [
      {},
      { authorization: 'Bearer wrong-wrong' },
      { cookie: `mysqlpool-monitor=${TOKEN}` },
    ];
    for (const headers of wrong) {
      for (const [method, target] of [
        ['GET', '/'],
        ['GET', '/api/report'],
        ['GET', '/api/stream'],
        ['GET', '/nothing'],
        ['GET', '/api/report?token=wrong-wrong'],
        ['HEAD', '/'],
        ['POST', `${path}/suspend`],
        ['PATCH', '/'],
      ] as const) {
        const answer = await ask({ url }, target, { method, headers });
        assert.deepEqual([answer.status, answer.body], [401, ''], `${method} ${target}`);
        assert.equal(answer.headers['set-cookie'], undefined);
      }
    }
    assert.equal(fake.pool.state, 'open');
  });

  it('answers whoever has it, and gives browsers a cookie for the rest of the page', async (t) => {
    const { url, path, fake } = await watchedByMonitor(t, { token: TOKEN, allow: ['suspend'] });
    const authorization = `Bearer ${TOKEN}`;
    assert.equal((await ask({ url }, '/api/report', { headers: { authorization } })).status, 200);
    const withToken = await ask({ url }, `/api/report?token=${TOKEN}`);
    assert.deepEqual([withToken.status, withToken.headers['set-cookie']], [200, undefined]);
    const page = await ask({ url }, `/?token=${TOKEN}`);
    assert.doesNotMatch(page.body, new RegExp(TOKEN));
    const [cookie] = page.headers['set-cookie']![0]!.split(';');
    assert.equal((await ask({ url }, '/api/report', { headers: { cookie: cookie! } })).status, 200);
    assert.equal((await ask({ url }, `${path}/suspend`, { method: 'POST', headers: { cookie: cookie! } })).status, 204);
    assert.equal(fake.pool.state, 'suspended');
  });

  it('may be on an address that others can reach', async (t) => {
    const monitor = await monitorFor(t, { host: '0.0.0.0', token: TOKEN });
    assert.equal(monitor.url, `http://0.0.0.0:${monitor.port}/`);
    assert.equal((await ask(monitor, '/api/report', { headers: { host: 'anything.example' } })).status, 401);
    const headers = { host: 'anything.example', authorization: `Bearer ${TOKEN}` };
    assert.equal((await ask(monitor, '/api/report', { headers })).status, 200);
  });

  it('never shows it', async (t) => {
    const monitor = await monitorFor(t, { token: TOKEN });
    const { inspect } = await import('node:util');
    assert.ok(!inspect(monitor, { depth: 9, showHidden: true }).includes(TOKEN));
    const client = new MonitorClient(`${monitor.url}?token=${TOKEN}x`);
    await assert.rejects(client.report(), (error: Error) => !inspect(error, { depth: 9 }).includes(TOKEN));
  });
});

describe('startMonitor', () => {
  for (const [options, option, message] of [
    [{ prot: 1 }, 'prot', /unknown option "prot" \(did you mean "port"\?\)/],
    [{ port: '9339' }, 'port', /option "port": expected a whole number from 0 to 65535, got "9339"/],
    [{ port: 70_000 }, 'port', /got 70000/],
    [{ port: 1.5 }, 'port', /got 1\.5/],
    [{ host: '' }, 'host', /option "host": expected a name or an address, got ""/],
    [{ host: '0.0.0.0' }, 'token', /host "0\.0\.0\.0" can be reached from elsewhere, so that a "token" is needed/],
    [{ token: 'short' }, 'token', /expected 8 or more visible ASCII characters, got one of 5 characters/],
    [{ token: 'with blank s' }, 'token', /got one of 12 characters/],
    [{ token: 12_345_678 }, 'token', /got a number/],
    [{ allow: 'evict' }, 'allow', /option "allow": expected a list of "evict", "suspend", "resume", got "evict"/],
    [{ allow: ['evikt'] }, 'allow', /got "evikt" \(did you mean "evict"\?\)/],
    [{ allow: [null] }, 'allow', /got null/],
    [{ pools: [{}] }, 'pools', /option pools\[0\]: expected a pool/],
    [{ pools: 5 }, 'pools', /option pools: expected a list of pools, got 5/],
    [9339, 'options', /expected an object of options \(port, host, token, allow, pools\), got 9339/],
    [null, 'options', /got null/],
  ] as const) {
    it(`refuses ${JSON.stringify(options)}`, async () => {
      await assert.rejects(
        startMonitor(options as unknown as MonitorOptions),
        (error: Error & { code: string; option: string }) => {
          assert.deepEqual([error.name, error.code, error.option], ['MonitorOptionError', 'MONITOR_OPTION', option]);
          assert.match(error.message, message);
          return true;
        },
      );
    });
  }

  it('says that the port is taken, and watches nothing then', async (t) => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    t.after(() => other.close());
    const { port } = other.address() as AddressInfo;
    const fake = new FakePool();
    await assert.rejects(startMonitor({ port, pools: [fake.pool] }), {
      name: 'MonitorListenError',
      code: 'MONITOR_LISTEN',
      port,
      message: new RegExp(
        `^monitor: cannot listen on 127\\.0\\.0\\.1, port ${port}: another program has it already; .*EADDRINUSE`,
      ),
    });
    (await fake.acquire()).release();
    assert.equal(fake.pool.borrowers().loans.length, 0);
    await fake.finish();
  });

  it('says that the host is none', async () => {
    await assert.rejects(startMonitor({ host: '192.0.2.1', token: TOKEN }), {
      code: 'MONITOR_LISTEN',
      message: /EADDRNOTAVAIL/,
    });
  });

  it('listens on an IPv6 address as well', async (t) => {
    const monitor = await monitorFor(t, { host: '::1' });
    assert.equal(monitor.url, `http://[::1]:${monitor.port}/`);
    assert.equal((await ask(monitor, '/api/report')).status, 200);
  });

  it('may be called twice; each is closed by itself, twice if need be, and frees its port', async () => {
    const first = await startMonitor();
    const second = await startMonitor();
    const open = await head(first, '/api/stream');
    open.resume();
    const gone = new Promise((resolve) => open.on('close', resolve));
    await Promise.all([first.close(), first.close()]);
    await gone;
    await assert.rejects(ask(first, '/api/report'), { code: 'ECONNREFUSED' });
    assert.equal((await ask(second, '/api/report')).status, 200);
    await using again = await startMonitor({ port: first.port });
    assert.equal(again.port, first.port);
    await second.close();
  });
});
