/** COM_RESET_CONNECTION at a server whose own character set is not the default one. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Command } from '#internal/wire/index.js';
import { SERVER_KINDS, startOwnServer, type TestServer } from '#support/servers/index.js';
import { clientOf, gatewayFor, rowsOf } from './support.js';

const CHARSET = `SELECT @@character_set_client, @@character_set_connection, @@character_set_results, @@collation_connection`;

for (const kind of SERVER_KINDS) {
  describe(`a client of a server with another character set (${kind})`, () => {
    let server: TestServer;
    before(async () => {
      server = await startOwnServer(kind, { variables: { character_set_server: 'latin2' } });
    });
    after(() => server[Symbol.asyncDispose]());

    it('has the same one after COM_RESET_CONNECTION as without a gateway', async (t) => {
      const at = await gatewayFor(t, server);
      // MySQL's own clients send 255, and MariaDB's clients an id that MariaDB knows.
      for (const charset of kind === 'mysql' ? [8, 45, 255] : [8, 45]) {
        const seen = [];
        for (const place of [server, at]) {
          const client = await clientOf(t, place, server, { charset });
          await rowsOf(client, 'SET NAMES latin1 COLLATE latin1_bin');
          await client.command(Buffer.of(Command.RESET_CONNECTION));
          seen.push(await rowsOf(client, CHARSET));
          client.destroy();
        }
        const [direct, through] = seen;
        assert.deepEqual(through, direct, `${charset}`);
      }
    });
  });
}
