import assert from 'node:assert/strict';
import type { IncomingHttpHeaders } from 'node:http';
import { describe, it } from 'node:test';
import { Gate } from '#internal/monitor/gate.js';
import { isLoopback } from '#internal/monitor/options.js';
import { TOKEN } from './support.js';

const knock = (
  gate: Gate,
  headers: IncomingHttpHeaders,
  { method = 'GET', path = '/', token }: { method?: string; path?: string; token?: string } = {},
): number => gate.refusal({ method, path, token, headers })?.status ?? 200;

describe('a gate without a token', () => {
  const gate = new Gate('127.0.0.1', 9339, undefined);

  for (const host of ['127.0.0.1:9339', 'localhost:9339', 'LocalHost', 'localhost:8080', '[::1]:9339', '127.1.2.3']) {
    it(`opens to the name ${host}`, () => assert.equal(knock(gate, { host }), 200));
  }

  for (const host of [
    'evil.example:9339',
    'localhost.evil.example',
    '127.0.0.1.evil.example:9339',
    'evil.example:127',
    '192.0.2.1:9339',
    '0.0.0.0:9339',
    '[::1',
    'localhost:9339@evil.example',
    '',
    undefined,
  ]) {
    it(`stays shut to the name ${host}, which anybody may lead here`, () => {
      assert.equal(knock(gate, { ...(host === undefined ? {} : { host }) }), 403);
    });
  }

  it('opens to the name it was given', () => {
    assert.equal(knock(new Gate('::1', 9339, undefined), { host: '[::1]:9339' }), 200);
    assert.equal(knock(new Gate('127.0.0.2', 9339, undefined), { host: '127.0.0.2:9339' }), 200);
  });
});

describe('a gate, and the pages of other sites', () => {
  const gate = new Gate('127.0.0.1', 9339, undefined);
  const host = '127.0.0.1:9339';
  const act = { method: 'POST', path: '/api/processes/1/pools/1/evict' };
  const report = { path: '/api/report' };

  for (const [headers, status] of [
    [{}, 200], // no browser
    [{ origin: `http://${host}` }, 200],
    [{ origin: `https://${host}` }, 200], // behind something that ends TLS
    [{ origin: 'http://evil.example' }, 403],
    [{ origin: 'http://127.0.0.1:3000' }, 403], // another program of the machine
    [{ origin: 'null' }, 403],
    [{ 'sec-fetch-site': 'same-origin', origin: `http://${host}` }, 200],
    [{ 'sec-fetch-site': 'same-site', origin: 'http://127.0.0.1:3000' }, 403],
    [{ 'sec-fetch-site': 'cross-site' }, 403],
    [{ 'sec-fetch-site': 'none' }, 200],
  ] as const) {
    it(`answers ${status} to ${JSON.stringify(headers)}`, () => {
      assert.equal(knock(gate, { host, ...headers }, act), status);
      assert.equal(knock(gate, { host, ...headers }, report), status);
    });
  }

  it('lets the page itself be linked to', () => {
    assert.equal(knock(gate, { host, 'sec-fetch-site': 'cross-site' }, { path: '/' }), 200);
    assert.equal(knock(gate, { host, 'sec-fetch-site': 'cross-site' }, { method: 'POST', path: '/' }), 403);
  });
});

describe('a gate with a token', () => {
  const gate = new Gate('0.0.0.0', 9339, TOKEN);
  const host = 'app-1.example:9339';
  const brought = (headers: IncomingHttpHeaders, token?: string): number =>
    knock(gate, { host, ...headers }, token === undefined ? {} : { token });

  it('opens to the token, as a header or in the address, under any name', () => {
    assert.equal(brought({ authorization: `Bearer ${TOKEN}` }), 200);
    assert.equal(brought({ authorization: `bearer  ${TOKEN}` }), 200);
    assert.equal(brought({}, TOKEN), 200);
  });

  it('stays shut to everything else', () => {
    assert.equal(brought({}), 401);
    assert.equal(brought({}, ''), 401);
    assert.equal(brought({}, `${TOKEN}x`), 401);
    assert.equal(brought({}, TOKEN.slice(0, -1)), 401);
    assert.equal(brought({ authorization: `Basic ${TOKEN}` }), 401);
    assert.equal(brought({ authorization: 'Bearer' }), 401);
    assert.equal(brought({ authorization: 'Bearer wrong-wrong' }, TOKEN), 401, 'the header decides');
    assert.equal(brought({ cookie: `mysqlpool-monitor-9339=${TOKEN}` }), 401, 'the cookie is not the token');
  });

  it('opens to the cookie that it gave for the token, of which the token cannot be read', () => {
    const given = gate.cookieFor(TOKEN)!;
    assert.match(given, /^mysqlpool-monitor-9339=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/);
    assert.ok(!given.includes(TOKEN));
    const cookie = given.split(';')[0]!;
    assert.equal(brought({ cookie }), 200);
    assert.equal(brought({ cookie: `a=b; ${cookie}; c=d` }), 200);
    assert.equal(brought({ cookie: `${cookie}x` }), 401);
    assert.equal(brought({ cookie }, 'wrong-token'), 401, 'a wrong token is wrong, whatever else is there');
    assert.equal(new Gate('0.0.0.0', 9339, TOKEN).cookieFor(TOKEN), given, 'open pages survive a restart');
    assert.equal(gate.cookieFor('wrong-token'), undefined);
    assert.equal(gate.cookieFor(undefined), undefined);
    assert.equal(new Gate('localhost', 9339, undefined).cookieFor('any'), undefined);
  });

  it('does not let other sites act with the cookie', () => {
    const cookie = gate.cookieFor(TOKEN)!.split(';')[0]!;
    const headers = { host, cookie, origin: 'http://evil.example' };
    assert.equal(knock(gate, headers, { method: 'POST', path: '/api/processes/1/pools/1/evict' }), 403);
  });
});

it('tells loopback addresses from others', () => {
  for (const host of ['localhost', '127.0.0.1', '127.255.0.9', '::1', '[::1]', 'LOCALHOST'])
    assert.ok(isLoopback(host));
  for (const host of ['0.0.0.0', '::', '192.0.2.7', '127.example', '127.0.0.1.example', 'localhost.example', '']) {
    assert.ok(!isLoopback(host), host);
  }
});
