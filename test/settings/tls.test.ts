import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { connections } from 'node-mysqlpool/settings';
import { SERVER_KINDS, startServer } from '../support/servers/index.js';
import type { TestServer } from '../support/servers/index.js';
import { use } from './support/settings.js';
import { databaseFor, one } from './support/servers.js';

for (const kind of SERVER_KINDS) {
  describe(`ssl as MySQLdb has it (${kind})`, () => {
    let server: TestServer;
    before(async () => {
      server = await startServer(kind, { tls: true });
    });
    // Not in the test: its own clean-up still needs the server.
    after(() => server[Symbol.asyncDispose]());

    it('trusts the authority in the file it names, and no other', async (t) => {
      const entry = await databaseFor(t, server);
      const withOptions = (options: object): object => ({ ...entry, HOST: 'localhost', OPTIONS: options });
      const ssl = { ca: server.tlsCa };
      use(t, {
        DATABASES: {
          default: withOptions({ ssl }),
          strict: withOptions({ ssl, ssl_mode: 'VERIFY_IDENTITY' }),
          trusting: withOptions({ ssl_mode: 'REQUIRED' }),
          untrusting: withOptions({ ssl_mode: 'VERIFY_CA' }),
        },
        MYSQLPOOL_ARGUMENTS: { timeout: 2 },
      });
      for (const alias of ['default', 'strict', 'trusting']) {
        const row = await one(connections[alias]!, "SHOW STATUS LIKE 'Ssl_version'");
        assert.match(row['Value'], /^TLSv1\.[23]$/, alias);
      }
      await assert.rejects(connections['untrusting']!.query('SELECT 1'), { message: /certificate/ });
    });
  });
}
