import assert from 'node:assert/strict';
import { createServer, type AddressInfo } from 'node:net';
import { it } from 'node:test';
import { askOver } from '#internal/cli/ask-over.js';

it('a server that comes after the end of the command is not asked', async (t) => {
  let connections = 0;
  const server = createServer((socket) => {
    connections++;
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => new Promise((resolve) => server.close(resolve)));
  const { port } = server.address() as AddressInfo;
  const ended = AbortSignal.abort(new Error('ended'));
  const answer = await askOver({ host: '127.0.0.1', port, user: 'u' }, ended, () => assert.fail('asked'));
  assert.deepEqual(answer, { kind: 'unreachable', why: 'ended' });
  await new Promise(setImmediate);
  assert.equal(connections, 0);
});
