import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { knex as knexFactory } from 'knex';
import { MysqlPoolClient } from 'node-mysqlpool/knex';
import { createPool as createFacadePool } from 'node-mysqlpool/mysql2/promise';
import { configure, connections, closeAll } from 'node-mysqlpool/settings';
import { makeTlsFiles } from '../support/servers/certificate.js';
import { SERVER_KINDS, startOwnServer, type OwnServer } from '../support/servers/index.js';
import { poolOn } from './support.js';

const NOT_IT = /IP: 127\.0\.0\.1 is not in the cert's list|does not match certificate/;

for (const kind of SERVER_KINDS) {
  describe(`verifyIdentity where the host is an address (${kind})`, () => {
    let server: OwnServer;
    before(async () => {
      server = await startOwnServer(kind, { tls: true });
    });
    after(() => server[Symbol.asyncDispose]());

    /** Gives the server another certificate. Resolves with the CA certificate that has signed it. */
    const certify = async (name: string, address: string): Promise<string> => {
      const files = makeTlsFiles(name, address);
      for (const [file, text] of Object.entries(files)) writeFileSync(join(server.folder, 'tls', file), text);
      await server.admin(kind === 'mariadb' ? 'FLUSH SSL' : 'ALTER INSTANCE RELOAD TLS');
      return files['ca.pem'];
    };

    it('takes a certificate for that address, for every connection', async (t) => {
      const ca = await certify('db.example.org', '127.0.0.1');
      const pool = poolOn(t, server, { ssl: { ca, verifyIdentity: true }, maxSize: 3 });
      await Promise.all([1, 2, 3].map(() => pool.query('SELECT SLEEP(0.05)')));
      pool.evict();
      await pool.query('SELECT 1');
      assert.equal(pool.stats().total.failed, 0);
    });

    it('refuses one for another address, though it is good for localhost, through every door', async (t) => {
      const ca = await certify('localhost', '127.0.0.2');
      const ssl = { ca, verifyIdentity: true };
      const { host, port, user, password } = server;
      await poolOn(t, server, { ssl: { ca } }).query('SELECT 1');
      await poolOn(t, server, { ssl, host: 'localhost' }).query('SELECT 1');
      await assert.rejects(poolOn(t, server, { ssl }).query('SELECT 1'), NOT_IT);

      const facade = createFacadePool({ host, port, user, password, ssl });
      t.after(() => facade.end());
      await assert.rejects(facade.query('SELECT 1'), NOT_IT);

      const knex = knexFactory({ client: MysqlPoolClient, connection: { host, port, user, password, ssl } });
      t.after(() => knex.destroy());
      await assert.rejects(knex.raw('SELECT 1'), NOT_IT);

      t.after(() => closeAll({ timeout: 0 }));
      const OPTIONS = { ssl: { ca }, ssl_mode: 'VERIFY_IDENTITY' };
      configure({ DATABASES: { default: { HOST: host, PORT: port, USER: user, PASSWORD: password, OPTIONS } } });
      await assert.rejects(connections.default.query('SELECT 1'), NOT_IT);
    });
  });
}
