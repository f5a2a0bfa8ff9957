/** On MySQL alone: MariaDB takes no packet of 16 MB unless it is told to. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { ASKED, AnswerStream, Capability, OFFERED } from '#internal/wire/index.js';
import { startServer } from '#support/servers/index.js';
import { WireClient, bytesOf } from '#support/wire-client.js';
import { DIALECTS } from './support/exchange.js';
import { Listener } from './support/listener.js';

const PIECE = 65_536;

it('rows that take several packets of a server are those of the server itself for a client without DEPRECATE_EOF', async () => {
  await using server = await startServer('mysql');
  const { host, port, user, password } = server;
  const run = async (without: number): Promise<Buffer> => {
    await using client = await WireClient.connect({ host, port, user, password, capabilities: OFFERED & ~without });
    // The first is exactly as long as a packet can be: its length takes four bytes of it.
    const packets = await client.query(
      "SELECT REPEAT('x', 16777211) UNION ALL SELECT REPEAT('y', 17000000) UNION ALL SELECT 'z'",
    );
    return bytesOf(packets);
  };
  const ours = await run(0);
  assert.ok(ours.length > 33_000_000);
  const theirs = await run(Capability.DEPRECATE_EOF);
  const stream = new AnswerStream(ASKED);
  stream.expect(new Listener('query', DIALECTS['no DEPRECATE_EOF']));
  const out: Buffer[] = [];
  for (let at = 0; at < ours.length; at += PIECE)
    stream.push(ours.subarray(at, at + PIECE), (bytes) => out.push(bytes));
  assert.ok(Buffer.concat(out).equals(theirs));
});
