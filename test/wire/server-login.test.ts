import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { ServerTls } from '#internal/gateway/tls.js';
import { accessDenied, Password } from '#internal/wire/index.js';
import { startOwnServer, type OwnServer } from '#support/servers/index.js';
import { logIn, type Login, type Outcome } from './server-logins.js';

const TEXT = 'pässword – with 🔑';

/** A server with TLS, the ways into it, and accounts. */
class Place {
  server!: OwnServer;

  get ways(): Record<'tcp' | 'tls' | 'socket', { socketPath?: string; tls?: ServerTls }> {
    return { tcp: {}, tls: { tls: { ca: this.server.tlsCa! } }, socket: { socketPath: this.server.socketPath } };
  }

  logIn(way: 'tcp' | 'tls' | 'socket', login: Login): Promise<Outcome> {
    return logIn(this.server, { ...login, ...this.ways[way] });
  }

  /** Every way in, one after the other. */
  async each(login: Login): Promise<Record<string, readonly string[]>> {
    const said: Record<string, readonly string[]> = {};
    for (const way of ['tcp', 'tls', 'socket'] as const) said[way] = (await this.logIn(way, login)).said;
    return said;
  }
}

const OK = { tcp: ['ok'], tls: ['ok'], socket: ['ok'] };

describe('logins at MariaDB', () => {
  const place = new Place();
  before(async () => {
    place.server = await startOwnServer('mariadb', { tls: true });
    await place.server.admin(
      `CREATE USER plain@'%' IDENTIFIED BY '${TEXT}'`,
      "CREATE USER nobody@'%' IDENTIFIED BY ''",
    );
  });
  after(() => place.server[Symbol.asyncDispose]());

  it('prove the password by mysql_native_password, or that there is none', async () => {
    assert.deepEqual(await place.each({ user: 'plain', password: TEXT }), OK);
    assert.deepEqual(await place.each({ user: 'nobody', password: '' }), OK);
    assert.deepEqual(await place.each({ user: 'plain', password: TEXT, database: 'information_schema' }), OK);
  });

  it('need no more than the SHA-1 of it', async () => {
    assert.deepEqual(await place.each({ user: 'plain', password: Password.ofSha1(Password.of(TEXT).sha1()) }), OK);
  });

  it('sign by client_ed25519, where the server has that', async () => {
    const { server } = place;
    const missing = await server.admin("INSTALL SONAME 'auth_ed25519'").then(
      () => undefined,
      (error: Error) => error.message,
    );
    // It is in another package than the server, and so comes with installed servers only.
    if (missing !== undefined)
      return assert.match(missing, /auth_ed25519.*cannot open shared object|Can't open shared/i);
    // An account without a password cannot log in by it at all.
    await server.admin(`CREATE USER signs@'%' IDENTIFIED VIA ed25519 USING PASSWORD('${TEXT}')`);
    for (const said of Object.values(await place.each({ user: 'signs', password: TEXT })))
      assert.deepEqual(said, ['switch to client_ed25519', 'ok']);
    const { error } = await place.logIn('tcp', { user: 'signs', password: 'wrong' });
    assert.deepEqual(error, accessDenied('signs', '127.0.0.1', true));
    return undefined;
  });

  it('are refused in the words that a gateway has as well', async () => {
    for (const [user, password] of [
      ['plain', 'wrong'],
      ['plain', ''],
      ['nobody', 'x'],
      ['stranger', 'x'],
    ] as const) {
      const { error } = await place.logIn('tcp', { user, password });
      assert.deepEqual(error, accessDenied(user, '127.0.0.1', password !== ''));
    }
    const { error } = await place.logIn('tcp', { user: 'plain', password: TEXT, database: 'nowhere' });
    assert.equal(error?.errno, 1044);
  });
});

describe('logins at MySQL', () => {
  const place = new Place();
  before(async () => {
    place.server = await startOwnServer('mysql', { tls: true });
    await place.server.admin(
      `CREATE USER sha2@'%' IDENTIFIED WITH caching_sha2_password BY '${TEXT}'`,
      `CREATE USER sha256@'%' IDENTIFIED WITH sha256_password BY '${TEXT}'`,
      "CREATE USER nobody@'%' IDENTIFIED WITH caching_sha2_password BY ''",
      "CREATE USER nobody256@'%' IDENTIFIED WITH sha256_password BY ''",
    );
  });
  after(() => place.server[Symbol.asyncDispose]());

  it('tell the whole password by caching_sha2_password when the server does not know it yet', async () => {
    const login = { user: 'sha2', password: TEXT };
    for (const [way, said] of [
      ['tcp', ['full', 'key', 'ok']],
      ['tls', ['full', 'ok']],
      ['socket', ['full', 'ok']],
    ] as const) {
      await place.server.admin('FLUSH PRIVILEGES');
      assert.deepEqual((await place.logIn(way, login)).said, said, way);
      assert.deepEqual((await place.logIn(way, login)).said, ['fast', 'ok'], way);
    }
  });

  it('ask for no key that is given', async () => {
    const serverKey = readFileSync(join(place.server.folder, 'data', 'public_key.pem'), 'utf8');
    await place.server.admin('FLUSH PRIVILEGES');
    assert.deepEqual((await place.logIn('tcp', { user: 'sha2', password: TEXT, serverKey })).said, ['full', 'ok']);
    const other = await place.logIn('tcp', { user: 'sha256', password: TEXT, serverKey });
    assert.deepEqual(other.said, ['switch to sha256_password', 'ok']);
  });

  it('switch to sha256_password', async () => {
    assert.deepEqual(await place.each({ user: 'sha256', password: TEXT }), {
      tcp: ['switch to sha256_password', 'key', 'ok'],
      tls: ['switch to sha256_password', 'ok'],
      socket: ['switch to sha256_password', 'key', 'ok'],
    });
  });

  it('tell that there is no password', async () => {
    assert.deepEqual(await place.each({ user: 'nobody', password: '' }), OK);
    for (const said of Object.values(await place.each({ user: 'nobody256', password: '' })))
      assert.deepEqual(said, ['switch to sha256_password', 'ok']);
  });

  it('are refused in the words that a gateway has as well', async () => {
    for (const user of ['sha2', 'sha256', 'stranger']) {
      for (const password of ['wrong', '']) {
        for (const way of ['tcp', 'tls', 'socket'] as const) {
          const host = way === 'socket' ? 'localhost' : '127.0.0.1';
          const { error } = await place.logIn(way, { user, password });
          assert.deepEqual(error, accessDenied(user, host, password !== ''), `${user} ${way} "${password}"`);
        }
      }
    }
  });

  it('end before a password is sent that the key is too small for', async () => {
    await place.server.admin('FLUSH PRIVILEGES');
    const { error, said } = await place.logIn('tcp', { user: 'sha2', password: 'x'.repeat(250) });
    assert.deepEqual(said, ['full', 'key']);
    assert.equal(error?.errno, 2061);
    assert.match(error.message, /caching_sha2_password.*too small for the password/);
  });

  it('tell what hash is not enough for a plugin', async () => {
    const { error } = await place.logIn('tcp', { user: 'sha2', password: Password.ofSha1(Buffer.alloc(20, 1)) });
    assert.equal(error?.errno, 2061);
    assert.match(error.message, /caching_sha2_password.*of which only the hash is known/);
  });
});
