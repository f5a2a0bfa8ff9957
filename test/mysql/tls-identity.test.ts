import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createConnection as createStockConnection } from 'mysql2/promise';
import { answerOf, apps, register, run } from '../register/child.js';
import { makeTlsFiles } from '../support/servers/certificate.js';
import { SERVER_KINDS, startOwnServer, type OwnServer } from '../support/servers/index.js';
import { poolOn } from './support.js';
import { DOORS, type Place } from './tls-doors.js';

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

    const placeWith = (ca: string, verifyIdentity = true): Place => {
      const { host, port, user, password } = server;
      return { host, port, user, password, ssl: { ca, verifyIdentity } };
    };

    it('takes a certificate for that address, for every connection', async (t) => {
      const ca = await certify('db.example.org', '127.0.0.1');
      const pool = poolOn(t, server, { ssl: { ca, verifyIdentity: true }, maxSize: 3 });
      await Promise.all([1, 2, 3].map(() => pool.query('SELECT SLEEP(0.05)')));
      pool.evict();
      await pool.query('SELECT 1');
      assert.equal(pool.stats().total.failed, 0);
    });

    it('takes it through every door, more than once', async () => {
      const place = placeWith(await certify('db.example.org', '127.0.0.1'));
      for (const open of [...Object.values(DOORS), ...Object.values(DOORS)]) await open(place);
    });

    it('refuses one for another address, though it is good for localhost, through every door', async (t) => {
      const ca = await certify('localhost', '127.0.0.2');
      const place = placeWith(ca);
      await poolOn(t, server, { ssl: { ...place.ssl, rejectUnauthorized: false } }).query('SELECT 1');
      for (const [door, open] of Object.entries(DOORS)) {
        await assert.rejects(open(place), NOT_IT, door);
        await open(placeWith(ca, false));
        await open({ ...place, host: 'localhost' });
      }
    });

    it('resumes no TLS session that mysql2 has begun itself, without that comparison', async () => {
      const place = placeWith(await certify('localhost', '127.0.0.2'));
      const stock = await createStockConnection(place);
      await stock.query('SELECT 1');
      await stock.end();
      for (const [door, open] of Object.entries(DOORS)) await assert.rejects(open(place), NOT_IT, door);
    });

    it('holds for all that the import hook takes over, also for a connection that has to wait', async () => {
      const TLS_CA = join(server.folder, 'tls', 'ca.pem');
      const open = async (verifyIdentity: boolean): Promise<Record<string, unknown>> => {
        const args = ['--import', register, join(apps, 'tls-identity.cjs'), 'mysql2', String(verifyIdentity)];
        return answerOf(await run(args, { DATABASE_URL: server.url(), MYSQLPOOL_MAX_TOTAL: '2', TLS_CA }));
      };
      const misspelt = /^createConnection: unknown option "ssl\.verifyIdentiti" \(did you mean "verifyIdentity"\?\)/;
      for (const address of ['127.0.0.1', '127.0.0.2']) {
        await certify('localhost', address);
        for (const verifies of [true, false]) {
          const { misspelt: refused, ...others } = await open(verifies);
          assert.match(String(refused), misspelt);
          assert.deepEqual(Object.keys(others), ['single', 'promised', 'pooled', 'clustered', 'atOnce']);
          const expected = verifies && address === '127.0.0.2' ? NOT_IT : /^connected$/;
          for (const [door, said] of Object.entries(others)) assert.match(String(said), expected, door);
        }
      }
    });
  });
}
