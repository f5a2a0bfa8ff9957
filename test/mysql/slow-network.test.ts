/** Dials and idle connections on networks that drop packets without an error. */
import assert from 'node:assert/strict';
import { createServer, type Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { readFileSync } from 'node:fs';
import { OperationTimeoutError } from 'node-mysqlpool';
import { SERVER_KINDS, startOwnServer, type OwnServer } from '../support/servers/index.js';
import { until } from '../support/until.js';
import { idOf, nextEvent, poolOn, proxyTo } from './support.js';

type Failed = { readonly error: unknown; readonly took: number };

for (const kind of SERVER_KINDS) {
  describe(`a slow network (${kind})`, () => {
    let server: OwnServer;
    before(async () => {
      server = await startOwnServer(kind, { tls: true });
    });
    after(() => server[Symbol.asyncDispose]());

    it('that brings a few bytes a second does not hold a dial beyond connectTimeout', async (t) => {
      await using proxy = await proxyTo(server);
      proxy.throttle(20);
      const pool = poolOn(t, proxy.url(server.url()), { connectTimeout: 300, acquireTimeout: 1_000 });
      const failed = nextEvent(pool, 'openFailed') as Promise<Failed>;
      const told = assert.rejects(pool.query('SELECT 1'), { code: 'POOL_ACQUIRE_TIMEOUT' });
      const { error, took } = await failed;
      assert.ok(error instanceof OperationTimeoutError);
      assert.ok(took < 1_000, `${took} ms`);
      await told;
      await until(() => pool.stats().size === 0 && proxy.connections === 0);
      proxy.heal();
      await until(() => pool.query('SELECT 1').then(() => true));
    });

    it('that goes dead in the TLS handshake frees the place, and other dials go on', async (t) => {
      await using proxy = await proxyTo(server);
      // Slow enough for a cut between the greeting and the end of the TLS handshake.
      proxy.delay(300);
      const ssl = { ca: readFileSync(server.tlsCa!, 'utf8') };
      const pool = poolOn(t, proxy.url(server.url()), {
        ssl,
        connectTimeout: 1_000,
        acquireTimeout: 20_000,
        maxSize: 1,
      });
      const failed = nextEvent(pool, 'openFailed') as Promise<Failed>;
      const row = idOf(pool);
      // The greeting has arrived; next comes the request for TLS.
      await until(() => proxy.bytes.toClient > 0);
      proxy.blackhole();
      const { error } = await failed;
      assert.ok(error instanceof OperationTimeoutError);
      proxy.heal();
      assert.ok((await row) > 0);
    });

    it('that swallows an idle connection is found out by keepalive', async (t) => {
      await using proxy = await proxyTo(server);
      const pool = poolOn(t, proxy.url(server.url()), { keepaliveInterval: 200, pingTimeout: 100, maxSize: 1 });
      await pool.query('SELECT 1');
      const closed = nextEvent(pool, 'closed') as Promise<{ readonly reason: string }>;
      proxy.blackhole();
      assert.equal((await closed).reason, 'dead');
      assert.equal(pool.stats().size, 0);
    });
  });
}

describe('a server that never greets', () => {
  it('holds a dial for connectTimeout at most, and leaves no socket', async (t) => {
    const sockets = new Set<Socket>();
    const listener = createServer((socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket)).on('error', () => undefined);
    });
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    t.after(() => listener.close());
    const { port } = listener.address() as { readonly port: number };
    const pool = poolOn(t, `mysql://app@127.0.0.1:${port}/`, { connectTimeout: 200, acquireTimeout: 500 });
    await assert.rejects(pool.query('SELECT 1'), (error: { code: string; cause: unknown }) => {
      assert.equal(error.code, 'POOL_ACQUIRE_TIMEOUT');
      assert.ok(error.cause instanceof OperationTimeoutError);
      return true;
    });
    await pool.close();
    await until(() => sockets.size === 0);
  });
});
