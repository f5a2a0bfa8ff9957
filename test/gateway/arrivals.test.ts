import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { createConnection, type ConnectionOptions } from 'mysql2/promise';
import { makeTlsFiles } from '#support/servers/certificate.js';
import { freshDatabase } from '#support/servers/index.js';
import { eachServer, sharedServer } from '#support/servers/shared.js';
import { gatewayFor } from './support.js';

eachServer('clients that come', (_kind, getServer) => {
  it('may begin TLS in the same breath as they ask for it', async (t) => {
    const server = await getServer();
    const folder = await mkdtemp(join(tmpdir(), 'mysqlpool-arrivals-'));
    t.after(() => rm(folder, { recursive: true }));
    const files = makeTlsFiles();
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    const tls = { cert: join(folder, 'server-cert.pem'), key: join(folder, 'server-key.pem') };
    const { host, port } = await gatewayFor(t, server, { tls });
    const { user, password } = server;
    const ssl = { ca: files['ca.pem'] };
    // Client and gateway run in one process, so that both packets have arrived when the gateway reads.
    const client = await createConnection({ host, port, user, password, ssl, connectTimeout: 10_000 });
    t.after(() => client.destroy());
    assert.equal((await client.query('SELECT 1 AS one'))[0] instanceof Array, true);
    await client.end();
  });

  it('do not hear of the database of another, which is gone', async (t) => {
    const server = await getServer();
    const { host, port } = await gatewayFor(t, server, { maxSize: 1 });
    const { user, password } = server;
    const first = await freshDatabase(server);
    const one = await createConnection({ host, port, user, password, database: first.name });
    t.after(() => one.destroy());
    // It is a reset that takes it away for others.
    await one.query('SET @a = 1');
    await one.end();
    await first[Symbol.asyncDispose]();
    await using second = await freshDatabase(server);
    const two = await createConnection({ host, port, user, password, database: second.name });
    t.after(() => two.destroy());
    const [rows] = await two.query('SELECT DATABASE() AS name, @a AS a');
    assert.deepEqual(rows, [{ name: second.name, a: null }]);
    await two.end();
  });
});

it('a client that sends its password where others can read it is refused, and told of', async (t) => {
  const { host, port } = await gatewayFor(t, await sharedServer('mariadb'));
  const answers = [Buffer.alloc(32, 7), Buffer.from('hunter2\0')];
  const authPlugins = { caching_sha2_password: () => () => answers.shift() };
  const warned = once(process, 'warning');
  const login = createConnection({ host, port, user: 'app', authPlugins } as unknown as ConnectionOptions);
  await assert.rejects(login, { errno: 1045 });
  const [{ code, message }] = (await warned) as [Error & { code: string }];
  assert.equal(code, 'MYSQLPOOL_GATEWAY_CLEAR_PASSWORD');
  const text = /^a client at \S+ has sent the password of "app" where others can read it, without TLS$/;
  assert.match(message, text);
});
