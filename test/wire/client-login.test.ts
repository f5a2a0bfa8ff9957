import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { createConnection as connectMariadb } from 'mariadb';
import { createConnection as connectMysql2 } from 'mysql2/promise';
import { Capability, OFFERED } from '#internal/wire/index.js';
import { WireClient } from '#support/wire-client.js';
import { LoginListener } from './client-logins.js';

type Way = 'tcp' | 'tls' | 'socket';

interface Options {
  readonly user: string;
  readonly password: string;
}

/** Logs in and out. Rejects with the driver's error. */
type Driver = (listener: LoginListener, way: Way, options: Options, socketPath: string | undefined) => Promise<void>;

const DRIVERS: Readonly<Record<string, Driver>> = {
  async mysql2(listener, way, options, socketPath) {
    const ssl = way === 'tls' ? { ssl: { ca: listener.files!['ca.pem'] } } : {};
    const where = socketPath === undefined ? { host: '127.0.0.1', port: listener.port } : { socketPath };
    const connection = await connectMysql2({ ...where, ...ssl, ...options });
    await connection.ping();
    await connection.end();
  },
  async mariadb(listener, way, options, socketPath) {
    const ssl = way === 'tls' ? { ssl: { ca: listener.files!['ca.pem'] } } : {};
    const where = socketPath === undefined ? { host: '127.0.0.1', port: listener.port } : { socketPath };
    const connection = await connectMariadb({ ...where, ...ssl, ...options, allowPublicKeyRetrieval: true });
    await connection.ping();
    await connection.end();
  },
};

/** What each begins with. */
const SWITCHES: Readonly<Record<string, readonly string[]>> = { mysql2: [], mariadb: ['switch'] };

async function listenerFor(
  t: TestContext,
  way: Way,
  known: readonly string[] = [],
): Promise<[LoginListener, string | undefined]> {
  const folder = mkdtempSync(join(tmpdir(), 'mysqlpool-in-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const socketPath = way === 'socket' ? join(folder, 'socket') : undefined;
  return [
    await LoginListener.start(t, { tls: way === 'tls', known, ...(socketPath !== undefined && { socketPath }) }),
    socketPath,
  ];
}

for (const [name, logIn] of Object.entries(DRIVERS)) {
  describe(`logins of ${name}`, () => {
    for (const way of ['tcp', 'tls', 'socket'] as const) {
      const switches = SWITCHES[name]!;
      const whole = way === 'tcp' ? ['full', 'key'] : ['full'];

      it(`tell the password over ${way}, and prove it where it is known`, async (t) => {
        const [listener, path] = await listenerFor(t, way);
        await logIn(listener, way, { user: 'app', password: 'secret – 🔑' }, path);
        assert.deepEqual([listener.last.sent, listener.last.end], [[...switches, ...whole], 'told']);
        assert.equal(listener.last.isSecure, way !== 'tcp');
        const [knowing, knownPath] = await listenerFor(t, way, ['app']);
        await logIn(knowing, way, { user: 'app', password: 'secret – 🔑' }, knownPath);
        assert.deepEqual([knowing.last.sent, knowing.last.end], [[...switches, 'fast'], 'known']);
        assert.deepEqual([...listener.errors, ...knowing.errors], []);
      });

      it(`are refused over ${way}`, async (t) => {
        const [listener, path] = await listenerFor(t, way, ['app']);
        for (const user of ['app', 'stranger']) {
          const refused = logIn(listener, way, { user, password: 'wrong' }, path);
          await assert.rejects(refused, (error: { errno: number; sqlState: string; message: string }) => {
            assert.deepEqual([error.errno, error.sqlState], [1045, '28000']);
            assert.ok(error.message.includes(`Access denied for user '${user}'@'here' (using password: YES)`));
            return true;
          });
          assert.deepEqual([listener.last.sent, listener.last.end], [[...switches, ...whole], 'wrong']);
        }
        assert.deepEqual(listener.errors, []);
      });

      it(`need no password over ${way} where there is none`, async (t) => {
        const [listener, path] = await listenerFor(t, way);
        await logIn(listener, way, { user: 'nobody', password: '' }, path);
        assert.deepEqual([listener.last.sent, listener.last.end], [switches, 'told']);
        await assert.rejects(logIn(listener, way, { user: 'app', password: '' }, path), { errno: 1045 });
        assert.deepEqual(listener.errors, []);
      });
    }
  });
}

describe('a change of the user on a connection', () => {
  for (const way of ['tcp', 'tls'] as const) {
    it(`asks of mysql2 what a login does, over ${way}`, async (t) => {
      const listener = await LoginListener.start(t, { tls: way === 'tls', known: ['other'] });
      const ssl = way === 'tls' ? { ssl: { ca: listener.files!['ca.pem'] } } : {};
      const whole = way === 'tcp' ? ['full', 'key'] : ['full'];
      const options = { host: '127.0.0.1', port: listener.port, ...ssl };
      const connection = await connectMysql2({ ...options, user: 'other', password: 'another' });
      await connection.changeUser({ user: 'app', password: 'secret – 🔑' });
      assert.deepEqual(
        [listener.last.user, listener.last.sent, listener.last.end],
        ['app', ['switch', ...whole], 'told'],
      );
      await connection.changeUser({ user: 'other', password: 'another' });
      assert.deepEqual(
        [listener.last.user, listener.last.sent, listener.last.end],
        ['other', ['switch', 'fast'], 'known'],
      );
      await assert.rejects(connection.changeUser({ user: 'other', password: 'wrong' }), { errno: 1045 });
      assert.equal(listener.last.end, 'wrong');
      assert.deepEqual(listener.errors, []);
      connection.destroy();
    });

    it(`asks of mariadb what a login does, over ${way}`, async (t) => {
      const listener = await LoginListener.start(t, {
        tls: way === 'tls',
        known: ['other'],
        version: '5.5.5-10.11.18-MariaDB',
      });
      const ssl = way === 'tls' ? { ssl: { ca: listener.files!['ca.pem'] } } : {};
      const whole = way === 'tcp' ? ['full', 'key'] : ['full'];
      const options = { host: '127.0.0.1', port: listener.port, allowPublicKeyRetrieval: true, ...ssl };
      const connection = await connectMariadb({ ...options, user: 'other', password: 'another' });
      await connection.changeUser({ user: 'app', password: 'secret – 🔑' });
      assert.deepEqual(
        [listener.last.user, listener.last.sent, listener.last.end],
        ['app', ['switch', ...whole], 'told'],
      );
      await connection.changeUser({ user: 'other', password: 'another' });
      assert.deepEqual([listener.last.user, listener.last.end], ['other', 'known']);
      await assert.rejects(connection.changeUser({ user: 'other', password: 'wrong' }), { errno: 1045 });
      assert.deepEqual(listener.errors, []);
      connection.destroy();
    });
  }
});

describe('a client that knows no plugins', () => {
  const old = (OFFERED & ~Capability.PLUGIN_AUTH & ~Capability.PLUGIN_AUTH_LENENC) >>> 0;
  const connect = (port: number, password: string): Promise<WireClient> =>
    WireClient.connect({
      host: '127.0.0.1',
      port,
      user: 'app',
      password,
      capabilities: old,
      plugin: 'mysql_native_password',
    });

  it('is let in with a password that is written down for it', async (t) => {
    const { port, logins } = await LoginListener.start(t, { written: ['app'] });
    await using client = await connect(port, 'secret – 🔑');
    assert.equal(client.capabilities & Capability.PLUGIN_AUTH, 0);
    await assert.rejects(connect(port, 'wrong'), /1045.*Access denied for user 'app'@'here' \(using password: YES\)/);
    assert.deepEqual(
      logins.map(({ end, sent }) => [end, sent]),
      [
        ['known', []],
        ['1045', []],
      ],
    );
  });

  it('is told that it is too old where none is, known or not', async (t) => {
    for (const known of [[], ['app']]) {
      const { port } = await LoginListener.start(t, { known });
      await assert.rejects(
        connect(port, 'secret – 🔑'),
        /1251 \(08004\): Client does not support authentication protocol/,
      );
    }
  });

  it('says that it has no password as everybody does', async (t) => {
    const { port, logins } = await LoginListener.start(t);
    await assert.rejects(connect(port, ''), /1045.*\(using password: NO\)/);
    assert.deepEqual(
      logins.map(({ end }) => end),
      ['wrong'],
    );
  });
});
