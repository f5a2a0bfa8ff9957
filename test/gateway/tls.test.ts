import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { connect as connectTls, type PeerCertificate, type TLSSocket } from 'node:tls';
import {
  ClientTlsContext,
  secureClient,
  secureServer,
  serverContext,
  TlsFileError,
  type ServerTls,
} from '#internal/gateway/tls.js';
import { makeTlsFiles, type TlsFiles } from '#support/servers/certificate.js';

/** A folder with a certificate, its key and its CA certificate. */
class Folder {
  readonly #path = mkdtempSync(join(tmpdir(), 'mysqlpool-tls-'));
  #age = 0;
  files!: TlsFiles;

  constructor(t: TestContext, name?: string, address?: string) {
    t.after(() => rmSync(this.#path, { recursive: true }));
    this.renew(name, address);
  }

  get options(): { key: string; cert: string; ca: string } {
    return { key: this.file('server-key.pem'), cert: this.file('server-cert.pem'), ca: this.file('ca.pem') };
  }

  file(name: string): string {
    return join(this.#path, name);
  }

  write(name: string, text: string): string {
    writeFileSync(this.file(name), text);
    // Distinct dates, since two versions may be written within one tick of the file system's clock.
    const date = new Date(Date.now() + ++this.#age * 1_000);
    utimesSync(this.file(name), date, date);
    return this.file(name);
  }

  renew(name?: string, address?: string): void {
    this.files = makeTlsFiles(name, address);
    for (const [file, text] of Object.entries(this.files)) this.write(file, text);
  }
}

/** Both ends of a connection. */
async function pair(t: TestContext): Promise<{ near: Socket; far: Socket }> {
  const server = createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const near = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [far] = (await once(server, 'connection')) as [Socket];
  for (const socket of [near, far]) {
    socket.on('error', () => undefined);
    t.after(() => socket.destroy());
  }
  server.close();
  return { near, far };
}

/** Both ends of a connection after the TLS handshake. */
async function handshake(
  t: TestContext,
  context: ClientTlsContext,
  tls: ServerTls,
  host = '127.0.0.1',
): Promise<{ near: TLSSocket; far: TLSSocket }> {
  const { near, far } = await pair(t);
  const accepted = secureClient(far, context.current());
  // If the handshake fails, either side may fail first.
  accepted.catch(() => undefined);
  const secured = await secureServer(near, { host, tls });
  return { near: secured, far: await accepted };
}

describe('TLS on a connection that has begun without', () => {
  it('carries what is said on both sides', async (t) => {
    const folder = new Folder(t);
    const { near, far } = await handshake(t, new ClientTlsContext(folder.options), { ca: folder.options.ca });
    near.write('ping');
    assert.equal(String((await once(far, 'data'))[0]), 'ping');
    far.write('pong');
    assert.equal(String((await once(near, 'data'))[0]), 'pong');
    assert.ok(near.authorized);
  });

  it('begins with what the client has sent already', { timeout: 30_000 }, async (t) => {
    const folder = new Folder(t);
    const { near, far } = await pair(t);
    near.write('please');
    const client = connectTls({ socket: near, ca: folder.files['ca.pem'], host: 'localhost', servername: 'localhost' });
    // The request for TLS and the first TLS message are read in one chunk.
    let come = Buffer.alloc(0);
    const read = (chunk: Buffer): void => {
      come = Buffer.concat([come, chunk]);
    };
    far.on('data', read).resume();
    while (come.length <= 6) await once(far, 'data');
    assert.equal(come.toString('latin1', 0, 6), 'please');
    far.off('data', read).unshift(come.subarray(6));
    const [socket] = await Promise.all([
      secureClient(far, new ClientTlsContext(folder.options).current()),
      once(client, 'secureConnect'),
    ]);
    client.write('hello');
    assert.equal(String((await once(socket, 'data'))[0]), 'hello');
  });

  it('shows the whole chain', async (t) => {
    const folder = new Folder(t);
    const { near } = await handshake(t, new ClientTlsContext(folder.options), { ca: folder.options.ca });
    const { issuerCertificate } = near.getPeerCertificate(true);
    assert.equal((issuerCertificate as PeerCertificate).subject.CN, 'mysqlpool test authority');
  });

  it('fails for a client that speaks something else, or goes', async (t) => {
    const context = new ClientTlsContext(new Folder(t).options).current();
    for (const send of [
      (socket: Socket) => void socket.write('x'.repeat(100)),
      (socket: Socket) => void socket.destroy(),
    ]) {
      const { near, far } = await pair(t);
      const failed = assert.rejects(
        secureClient(far, context),
        /SSL|wrong version|closed during the TLS handshake|ECONNRESET/i,
      );
      send(near);
      await failed;
      assert.ok(far.destroyed);
    }
  });

  it('fails with a server that speaks something else, or goes', async (t) => {
    const tls = { ca: new Folder(t).options.ca };
    for (const send of [
      (socket: Socket) => void socket.write('x'.repeat(100)),
      (socket: Socket) => void socket.end(),
    ]) {
      const { near, far } = await pair(t);
      const failed = assert.rejects(
        secureServer(near, { host: '127.0.0.1', tls }),
        /SSL|wrong version|disconnected|closed during the TLS/i,
      );
      send(far);
      await failed;
    }
  });
});

describe('who answers as the server', () => {
  const rows: [what: string, tls: Omit<ServerTls, 'ca'>, host: string, isRight: boolean][] = [
    ['is the address that was dialed', {}, '127.0.0.1', true],
    ['is the name that was dialed', {}, 'db.example.org', true],
    ['is another name than was dialed', {}, 'other.example.org', false],
    ['is another address than was dialed', {}, '127.0.0.2', false],
    ['is who it should be', { identity: 'db.example.org' }, '127.0.0.2', true],
    ['is not who it should be', { identity: 'other.example.org' }, '127.0.0.1', false],
    ['may be anybody whom the authority knows', { identity: false }, 'other.example.org', true],
    ['may be anybody at all', { rejectUnauthorized: false }, 'other.example.org', true],
  ];
  for (const [what, tls, host, isRight] of rows) {
    it(what, async (t) => {
      const folder = new Folder(t, 'db.example.org', '127.0.0.1');
      const tried = handshake(t, new ClientTlsContext(folder.options), { ...tls, ca: folder.options.ca }, host);
      if (isRight) await tried;
      else await assert.rejects(tried, { code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
    });
  }

  it('must be known to the authority, whatever its name', async (t) => {
    const folder = new Folder(t);
    const stranger = new Folder(t).options.ca;
    for (const identity of [undefined, false] as const) {
      const tried = handshake(t, new ClientTlsContext(folder.options), { ca: stranger, identity });
      await assert.rejects(tried, /unable to|self.signed|certificate/i);
    }
    await assert.rejects(handshake(t, new ClientTlsContext(folder.options), {}), /self.signed|unable to/i);
    await handshake(t, new ClientTlsContext(folder.options), { ca: stranger, rejectUnauthorized: false });
  });
});

describe('files for TLS', () => {
  it('are read again when they have changed, as soon as they fit together', async (t) => {
    const folder = new Folder(t);
    const context = new ClientTlsContext(folder.options);
    const before = folder.files['ca.pem'];
    const trusted = (ca: string): ServerTls => ({ ca: folder.write('trusted.pem', ca) });
    const next = makeTlsFiles();
    folder.write('server-key.pem', next['server-key.pem']);
    context.reload();
    assert.match(context.failure!.message, /server-cert\.pem is not for the key in .*server-key\.pem$/);
    await handshake(t, context, trusted(before));
    folder.write('server-cert.pem', next['server-cert.pem']);
    folder.write('ca.pem', next['ca.pem']);
    context.reload();
    assert.equal(context.failure, undefined);
    await handshake(t, context, trusted(next['ca.pem']));
    await assert.rejects(handshake(t, context, trusted(before)));
  });

  it('of an authority are read once for an options object', (t) => {
    const tls = { ca: new Folder(t).options.ca };
    assert.equal(serverContext(tls), serverContext(tls));
    assert.notEqual(serverContext(tls), serverContext({ ...tls }));
  });

  it('that cannot be used are named, with the option and what is wrong', (t) => {
    const folder = new Folder(t);
    const other = makeTlsFiles();
    const { key, cert } = folder.options;
    const text = folder.write('text', 'nothing to see');
    const foreign = folder.write('foreign', other['server-key.pem']);
    const broken = folder.write(
      'broken',
      `${other['ca.pem']}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`,
    );
    const rows: [{ key: string; cert: string; ca?: string }, option: string, RegExp][] = [
      [{ key: '/nowhere/key', cert }, 'tls.key', /\/nowhere\/key cannot be read: ENOENT/],
      [{ key, cert: '/nowhere/cert' }, 'tls.cert', /\/nowhere\/cert cannot be read: ENOENT/],
      [{ key: text, cert }, 'tls.key', /text holds no private key in PEM, or an encrypted one/],
      [{ key: cert, cert }, 'tls.key', /holds no private key in PEM/],
      [{ key, cert: text }, 'tls.cert', /text holds no certificate in PEM/],
      [{ key, cert: key }, 'tls.cert', /holds no certificate in PEM/],
      [{ key: foreign, cert }, 'tls.cert', /server-cert\.pem is not for the key in .*foreign/],
      [{ key, cert, ca: broken }, 'tls.ca', /broken holds text that is no certificate, the 2\. of 2/],
    ];
    for (const [options, option, message] of rows) {
      assert.throws(
        () => new ClientTlsContext(options),
        (error: Error) => {
          assert.ok(error instanceof TlsFileError && error.option === option);
          assert.match(error.message, message);
          return true;
        },
      );
    }
    assert.throws(() => serverContext({ ca: text }), { option: 'server.tls.ca' });
  });
});
