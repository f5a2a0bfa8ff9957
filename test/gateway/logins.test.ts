/** Logins through a gateway: what clients see, and what logins cost the server. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it, type TestContext } from 'node:test';
import { createConnection as connectMariadb } from 'mariadb';
import { createConnection, type Connection } from 'mysql2';
import { createConnection as connectMysql2, type ConnectionOptions } from 'mysql2/promise';
import type { Credentials } from '#internal/gateway/credentials.js';
import { Capability, OFFERED } from '#internal/wire/index.js';
import { makeTlsFiles } from '../support/servers/certificate.js';
import type { TestServer } from '../support/servers/index.js';
import { eachServer } from '../support/servers/shared.js';
import { startProxy, type Proxy } from '../support/proxy.js';
import { until } from '../support/until.js';
import { WireClient } from '../support/wire-client.js';
import { gatewayFor, rowsOf, type GatewayFor } from './support.js';

type GatewayOptions = Parameters<typeof gatewayFor>[2];

let accounts = 0;

/** A gateway whose connections to the server are counted, and a new account. */
class Place {
  readonly user: string = `login${process.pid}_${++accounts}`;
  readonly #server: TestServer;
  readonly proxy: Proxy;
  readonly #gateway: GatewayFor;
  #before = 0;

  private constructor(server: TestServer, proxy: Proxy, gateway: GatewayFor) {
    this.#server = server;
    this.proxy = proxy;
    this.#gateway = gateway;
  }

  static async make(t: TestContext, server: TestServer, options: GatewayOptions = {}): Promise<Place> {
    const proxy = await startProxy({ target: server });
    t.after(() => proxy[Symbol.asyncDispose]());
    const gateway = await gatewayFor(t, { host: proxy.host, port: proxy.port }, options);
    const place = new Place(server, proxy, gateway);
    await server.admin(`CREATE USER ${place.user}@'%' IDENTIFIED BY 'first'`);
    t.after(() => server.admin(`DROP USER IF EXISTS ${place.user}@'%'`));
    place.#before = proxy.accepted;
    return place;
  }

  /** The number of clients that are logged in to the gateway. */
  get clients(): number {
    return this.#gateway.gateway.clients.size;
  }

  get credentials(): Credentials {
    return this.#gateway.gateway.credentials;
  }

  get port(): number {
    return this.#gateway.port;
  }

  /** The number of connections to the server since this was last read. */
  get asked(): number {
    const before = this.#before;
    this.#before = this.proxy.accepted;
    return this.#before - before;
  }

  admin(sql: string): Promise<unknown> {
    return this.#server.admin(sql);
  }

  /** Logs in and out with mysql2. Resolves with the user as the server sees it. */
  async logIn(password: string, options: ConnectionOptions = {}): Promise<string> {
    const { port, user } = this;
    const connection = await connectMysql2({ host: '127.0.0.1', port, user, password, ...options });
    const [rows] = await connection.query('SELECT CURRENT_USER() AS who');
    await connection.end();
    return (rows as { who: string }[])[0]!.who;
  }

  /** The error that a login ends with. */
  async refusal(password: string, options: ConnectionOptions = {}): Promise<{ errno: number; message: string }> {
    return this.logIn(password, options).then(
      () => assert.fail('was let in'),
      (error: { errno: number; message: string }) => error,
    );
  }
}

eachServer('logins through a gateway', (_kind, getServer) => {
  it('are the account of the server, learned by the first of them', async (t) => {
    const place = await Place.make(t, await getServer());
    assert.equal(await place.logIn('first'), `${place.user}@%`);
    assert.ok(place.asked > 0);
    for (let login = 0; login < 5; login++) assert.equal(await place.logIn('first'), `${place.user}@%`);
    assert.equal(place.asked, 0);
    const mariadb = await connectMariadb({
      host: '127.0.0.1',
      port: place.port,
      user: place.user,
      password: 'first',
      allowPublicKeyRetrieval: true,
    });
    // A session at most, since this client has other capabilities, but no login to check its password.
    await mariadb.end();
    assert.ok(place.asked <= 1);
  });

  it('are refused in the words of the server', async (t) => {
    const place = await Place.make(t, await getServer());
    const denied = (using: string, user = place.user): string =>
      `Access denied for user '${user}'@'127.0.0.1' (using password: ${using})`;
    for (const known of [false, true]) {
      if (known) await place.logIn('first');
      for (const [password, using] of [
        ['wrong', 'YES'],
        ['', 'NO'],
      ] as const) {
        const { errno, message } = await place.refusal(password);
        assert.deepEqual([errno, message], [1045, denied(using)]);
      }
    }
    const stranger = await place.refusal('x', { user: 'stranger' });
    assert.deepEqual([stranger.errno, stranger.message], [1045, denied('YES', 'stranger')]);
    assert.equal(await place.logIn('first'), `${place.user}@%`);
  });

  it('that are wrong cost the server one at a time', async (t) => {
    const place = await Place.make(t, await getServer());
    await place.logIn('first');
    await place.refusal('warm up');
    void place.asked;
    const began = performance.now();
    const storm = Array.from({ length: 40 }, (_, at) => place.refusal(`guess ${at % 4}`));
    for (const { errno } of await Promise.all(storm)) assert.equal(errno, 1045);
    // Each of the four passwords is checked once, and again when its refusal is more than a second old.
    const seconds = Math.floor((performance.now() - began) / 1_000);
    const { asked } = place;
    assert.ok(asked >= 4 && asked <= 4 * (1 + seconds), `${asked} times in ${seconds} s`);
    assert.equal(await place.logIn('first'), `${place.user}@%`);
  });

  it('follow a changed password, and end with the account', async (t) => {
    const place = await Place.make(t, await getServer());
    await place.logIn('first');
    await place.admin(`ALTER USER ${place.user}@'%' IDENTIFIED BY 'second'`);
    assert.equal(await place.logIn('second'), `${place.user}@%`);
    // The server was asked about the old password as soon as there was a new one.
    assert.equal((await place.refusal('first')).errno, 1045);
    assert.equal(await place.logIn('second'), `${place.user}@%`);
  });

  it('work over TLS, where the certificate is checked', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'mysqlpool-logins-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const files = makeTlsFiles();
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    const [key, cert, ca] = ['server-key.pem', 'server-cert.pem', 'ca.pem'].map((name) => join(folder, name));
    const place = await Place.make(t, await getServer(), { tls: { key: key!, cert: cert!, ca } });
    const ssl = { ca: files['ca.pem'], verifyIdentity: true };
    assert.equal(await place.logIn('first', { ssl }), `${place.user}@%`);
    assert.equal(await place.logIn('first'), `${place.user}@%`);
    assert.equal((await place.refusal('wrong', { ssl })).errno, 1045);
  });

  it('work over a UNIX socket', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'mysqlpool-logins-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const socketPath = join(folder, 'socket');
    const place = await Place.make(t, await getServer(), { listen: [{ host: '127.0.0.1', port: 0 }, { socketPath }] });
    assert.equal(await place.logIn('first', { socketPath }), `${place.user}@%`);
    assert.equal((await place.refusal('wrong', { socketPath })).errno, 1045);
  });

  it('of clients that know no plugins need the file of users', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'mysqlpool-logins-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const users = join(folder, 'users.json');
    writeFileSync(users, '{}');
    const place = await Place.make(t, await getServer(), { users });
    const capabilities = (OFFERED & ~Capability.PLUGIN_AUTH & ~Capability.PLUGIN_AUTH_LENENC) >>> 0;
    const { port, user } = place;
    const old = (password: string): Promise<WireClient> =>
      WireClient.connect({ host: '127.0.0.1', port, user, password, capabilities, plugin: 'mysql_native_password' });
    assert.equal((await place.refusal('first')).errno, 1045);
    await assert.rejects(old('first'), /1251/);
    writeFileSync(users, JSON.stringify({ [user]: 'first' }));
    place.credentials.users!.reload();
    await using client = await old('first');
    assert.deepEqual(await rowsOf(client, 'SELECT CURRENT_USER()'), [[`${user}@%`]]);
    await assert.rejects(old('wrong'), /1045/);
  });

  it('change the user of a connection', async (t) => {
    const server = await getServer();
    const place = await Place.make(t, server);
    const connection = await connectMysql2({
      host: '127.0.0.1',
      port: place.port,
      user: server.user,
      password: server.password,
    });
    t.after(() => connection.destroy());
    for (let time = 0; time < 2; time++) {
      await connection.changeUser({ user: place.user, password: 'first' });
      const [rows] = await connection.query('SELECT CURRENT_USER() AS who');
      assert.deepEqual(rows, [{ who: `${place.user}@%` }]);
      await connection.changeUser({ user: server.user, password: server.password });
    }
    await assert.rejects(connection.changeUser({ user: place.user, password: 'wrong' }), { errno: 1045 });
  });
  it('of clients that go before the server has answered cost it nothing, and leave nothing', async (t) => {
    const place = await Place.make(t, await getServer());
    await place.logIn('first');
    void place.asked;
    const { port, user, credentials } = place;
    const come = (password: string): Connection => {
      const client = createConnection({ host: '127.0.0.1', port, user, password });
      return client.on('error', () => undefined);
    };
    place.proxy.blackhole();
    const clients = [come('guess 0')];
    await until(() => credentials.asking === 1);
    for (let guess = 1; guess <= 20; guess++) clients.push(come(`guess ${guess}`));
    await until(() => credentials.asking === 21);
    // A client that keeps sending before it is logged in is disconnected.
    (clients[1] as unknown as { stream: Socket }).stream.write(Buffer.alloc(1_000_000));
    await until(() => credentials.asking === 20);
    for (const client of clients.slice(2)) client.destroy();
    await until(() => credentials.asking === 1);
    place.proxy.heal();
    place.proxy.cut();
    await until(() => credentials.asking === 0);
    assert.equal(place.asked, 1);
    assert.equal(await place.logIn('first'), `${user}@%`);
    await until(() => place.clients === 0);
  });
});
