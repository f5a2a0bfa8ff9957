/** A client that sends more than the gateway reads is slowed down by back-pressure, and costs no memory. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { eachServer } from '../../support/servers/shared.js';
import { until } from '../../support/until.js';
import { clientOf, gatewayFor, valueOf } from '../support.js';
import { ownAccount, queryFrame } from './support.js';

eachServer('a greedy client of a gateway', (_kind, getServer) => {
  it('is not read while more of its commands wait than need be', async (t) => {
    const server = await ownAccount(t, await getServer());
    const { gateway, ...at } = await gatewayFor(t, server, { maxSize: 1 });
    const client = await clientOf(t, at, server);
    const [seen] = gateway.clients.values();
    const socket = client.detach();
    const holder = await clientOf(t, at, server);
    await holder.query('BEGIN');
    // The first command waits for a backend.
    const commands = Buffer.concat(Array.from({ length: 400 }, () => queryFrame(`DO 1 -- ${'x'.repeat(50_000)}`)));
    socket.write(commands);
    await until(() => seen!.socket.isPaused());
    const read = seen!.socket.bytesRead;
    assert.ok(read < commands.length / 2, `${read} of ${commands.length} bytes`);
    // Further data stays in the network's buffers: the gateway does not read it.
    assert.equal(await valueOf(holder, '1'), '1');
    assert.equal(seen!.socket.bytesRead, read);
    await holder.query('COMMIT');
    socket.resume();
    await until(() => seen!.socket.bytesRead > read);
  });
});
