import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { PoolError } from 'node-mysqlpool';
import { startMonitor, type Monitor, type MonitorOptions } from 'node-mysqlpool/monitor';
import { checkRefusal } from './support/refusal.js';
import { fuzzing, options, SECRET } from './support/weird.js';

/** Sends bytes as they are, half-closes, and answers what came back until the server closed. */
function exchange(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1' });
    let answer = '';
    socket.setEncoding('latin1');
    socket.setTimeout(10_000, () => socket.destroy(new Error(`no end after 10 s, but ${JSON.stringify(answer)}`)));
    socket.on('data', (part: string) => {
      answer += part;
      // A stream of reports does not end by itself.
      if (answer.includes('text/event-stream')) socket.destroy();
    });
    socket.on('error', (error: NodeJS.ErrnoException) =>
      error.code === 'ECONNRESET' ? resolve(answer) : reject(error),
    );
    socket.on('close', () => resolve(answer));
    socket.write(bytes, 'latin1', () => socket.end());
  });
}

const word = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.constantFrom('GET', 'POST', '..', '%2e%2e', '%zz', '\0', '\r\n'),
);
const method = fc.oneof(fc.constantFrom('GET', 'POST', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT'), word);
const part = fc.oneof(
  fc.constantFrom('api', 'report', 'stream', 'processes', '1', 'pools', 'evict', 'page.css', '?token=', '#', '//'),
  word,
);
const path = fc.array(part, { maxLength: 6 }).map((parts) => `/${parts.join('/')}`);
const header = fc.tuple(
  fc.constantFrom(
    'Host',
    'Origin',
    'Authorization',
    'Cookie',
    'Content-Length',
    'Transfer-Encoding',
    'Sec-Fetch-Site',
    'X',
  ),
  fc.oneof(word, fc.constantFrom('127.0.0.1', 'localhost', 'Bearer x', 'null', 'cross-site', 'chunked', '5', '-1')),
);
const request = fc
  .tuple(method, path, fc.array(header, { maxLength: 4 }), fc.string({ maxLength: 20 }))
  .map(([verb, target, headers, body]) => {
    const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
    return `${verb} ${target} HTTP/1.1\r\nConnection: close\r\n${lines}\r\n${body}`;
  });

let answers = 0;

/** The status of every answer in it: more than one when the request had another within. */
function statuses(answer: string): number[] {
  const found = [...answer.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map((match) => Number(match[1]));
  answers += found.length;
  return found;
}

describe('any request to a monitor', () => {
  let guarded: Monitor;
  let open: Monitor;
  before(async () => {
    guarded = await startMonitor({ token: SECRET, allow: ['evict'] });
    open = await startMonitor();
  });
  after(() => Promise.all([guarded.close(), open.close()]));

  const portOf = (monitor: Monitor): number => Number(new URL(monitor.url).port);

  it('without its token is refused, and told nothing', async () => {
    await fc.assert(
      fc.asyncProperty(request, async (bytes) => {
        const answer = await exchange(portOf(guarded), bytes);
        assert.ok(!answer.includes(SECRET), answer);
        for (const status of statuses(answer)) assert.ok(status >= 400 && status < 500, answer);
      }),
      fuzzing(),
    );
  });

  it('is answered, or refused as the fault of whoever sent it', async () => {
    await fc.assert(
      fc.asyncProperty(request, async (bytes) => {
        const answer = await exchange(portOf(open), bytes);
        for (const status of statuses(answer)) assert.ok(status >= 200 && status < 500, answer);
      }),
      fuzzing(),
    );
  });

  it('may be bytes that are no request', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        const answer = await exchange(portOf(guarded), Buffer.from(bytes).toString('latin1'));
        for (const status of statuses(answer)) assert.ok(status >= 400 && status < 500, answer);
      }),
      fuzzing(),
    );
  });

  it('leaves it alive', async () => {
    assert.ok(answers > fuzzing().numRuns, `${answers} answers`);
    assert.equal((await fetch(new URL('/api/report', open.url))).status, 200);
    const headers = { authorization: `Bearer ${SECRET}` };
    assert.equal((await fetch(new URL('/api/report', guarded.url), { headers })).status, 200);
  });
});

describe('any options of a monitor', () => {
  it('start one or are refused by name', async () => {
    const likely = fc.constantFrom<unknown>(0, '127.0.0.1', 'localhost', 'tokentoken', [], ['evict'], ['evct']);
    await fc.assert(
      fc.asyncProperty(options(['port', 'host', 'token', 'allow', 'pools'], likely), async (given) => {
        // Any port but 0 may be somebody's, and any host a look-up that takes its time.
        const safe: Record<string, unknown> = { ...given };
        if (typeof given['port'] === 'number' && given['port'] > 0) safe['port'] = 0;
        if (typeof given['token'] === 'string' && given['token'].length >= 8) safe['token'] = SECRET;
        if (typeof given['host'] === 'string') safe['host'] = '127.0.0.1';
        try {
          const monitor = await startMonitor(safe as MonitorOptions);
          await monitor.close();
        } catch (error) {
          checkRefusal(error, PoolError, TypeError);
        }
      }),
      fuzzing(),
    );
  });
});
