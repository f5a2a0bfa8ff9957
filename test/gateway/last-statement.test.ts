/** What is kept of a client's last statement: enough to identify it, and without values. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { eachServer } from '../support/servers/shared.js';
import { clientOf, gatewayFor, rowsOf } from './support.js';

const KEPT = 16 * 1024;

eachServer('the last statement of a client', (_kind, getServer) => {
  it('is shown with its loan, without its values', async (t) => {
    const server = await getServer();
    const { gateway, ...at } = await gatewayFor(t, server, { maxSize: 1 });
    const client = await clientOf(t, at, server);
    await rowsOf(client, 'BEGIN');
    await rowsOf(client, "SELECT 'secret', 4711 FROM DUAL WHERE 1 = 1");
    const [pool] = gateway.pools;
    const { loans } = pool!.borrowers();
    assert.deepEqual(
      loans.map(({ recent }) => recent),
      [['SELECT ?, ? FROM DUAL WHERE ? = ?']],
    );
  });

  it('is kept whole when it is short, and of a long one its beginning', async (t) => {
    const server = await getServer();
    const { gateway, ...at } = await gatewayFor(t, server, { maxSize: 1 });
    const client = await clientOf(t, at, server);
    await rowsOf(client, 'BEGIN');
    const [seen] = gateway.clients.values();
    const sizes = [];
    const HEADER = 5;
    for (const length of [KEPT - HEADER, KEPT - HEADER + 1, 1_000_000]) {
      const text = 'SELECT 1 /* */'.padEnd(length, 'x').replace(/\*\/(x*)$/, '$1*/');
      await rowsOf(client, text);
      const kept = seen!.binding.backend!.lastFrame!;
      assert.equal(kept.toString('latin1', HEADER), text.slice(0, KEPT - HEADER));
      sizes.push(kept.length);
      // A slice of a larger buffer would keep the whole buffer in memory.
      if (length > KEPT) assert.ok(kept.buffer.byteLength <= 2 * KEPT, `${kept.buffer.byteLength} bytes`);
    }
    assert.deepEqual(sizes, [KEPT, KEPT, KEPT]);
  });
});
