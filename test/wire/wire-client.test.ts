import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Capability, OFFERED, Status, decodeOk, decodeTextRow, type Packet } from '#internal/wire/index.js';
import { SERVER_KINDS, startServer } from '#support/servers/index.js';
import { ServerRefusal, WireClient } from '#support/wire-client.js';

const first = (packets: readonly Packet[], index: number): string =>
  decodeTextRow(packets[index]!.payload)[0]?.toString() ?? '';

for (const kind of SERVER_KINDS) {
  describe(`the tests' own client, on ${kind}`, () => {
    it('logs in, with every dialect, and reads answers', async () => {
      await using server = await startServer(kind);
      for (const without of [0, Capability.DEPRECATE_EOF, Capability.DEPRECATE_EOF | Capability.SESSION_TRACK]) {
        const capabilities = (OFFERED & ~without) >>> 0;
        await using client = await WireClient.connect({ ...account(server), capabilities, database: 'mysql' });
        assert.equal(client.capabilities & without, 0);
        const rows = await client.query('SELECT 1 UNION SELECT 2');
        assert.equal(rows.length, (without & Capability.DEPRECATE_EOF) === 0 ? 5 : 6);
        assert.equal(first(rows, rows.length - 2), '2');
        const [ok] = await client.query('DO 1');
        assert.equal(decodeOk(ok!.payload, 0, ok!.payload.length, client.capabilities).status, Status.AUTOCOMMIT);
      }
    });

    it('is refused as everybody is', async () => {
      await using server = await startServer(kind);
      await assert.rejects(WireClient.connect({ ...account(server), password: 'wrong' }), (error: Error) => {
        assert.ok(error instanceof ServerRefusal);
        assert.equal(error.packet.errno, 1045);
        return true;
      });
    });
  });
}

function account({ host, port, user, password }: { host: string; port: number; user: string; password: string }): {
  host: string;
  port: number;
  user: string;
  password: string;
} {
  return { host, port, user, password };
}
