/**
 * A socket during a login: the sides take turns sending packets, and pending reads fail if the other side disconnects.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { PacketSocket } from '#internal/gateway/packet-socket.js';
import { packet } from '#internal/wire/index.js';
import { until } from '../support/until.js';

/** Both ends of a connection, which may be half open: our side can still write after the other side has ended. */
async function pair(t: TestContext): Promise<{ ours: Socket; theirs: Socket }> {
  const server = createServer({ allowHalfOpen: true });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const come = once(server, 'connection') as Promise<[Socket]>;
  const theirs = connect((server.address() as AddressInfo).port, '127.0.0.1');
  theirs.on('error', () => undefined);
  const [ours] = await come;
  ours.on('error', () => undefined);
  t.after(() => {
    theirs.destroy();
    ours.destroy();
    server.close();
  });
  return { ours, theirs };
}

const LOST = { code: 'PROTOCOL_CONNECTION_LOST' };

/** The ways in which the other side may disconnect. */
const GOES = {
  ends: (socket: Socket): unknown => socket.end(),
  closes: (socket: Socket): unknown => socket.destroy(),
  'resets the connection': (socket: Socket): unknown => socket.resetAndDestroy(),
};

describe('a socket during a login', () => {
  for (const [how, go] of Object.entries(GOES)) {
    it(`tells whoever reads, and whoever waits for something else, that the other side ${how}`, async (t) => {
      const { ours, theirs } = await pair(t);
      const packets = new PacketSocket(ours);
      const { gone } = packets;
      assert.equal(gone.aborted, false);
      assert.equal(packets.failure, undefined);
      const read = packets.read();
      const refused = assert.rejects(read);
      go(theirs);
      await refused;
      assert.equal(gone.aborted, true);
      assert.equal(gone.reason, packets.failure);
      // The same signal is returned after the end too.
      assert.equal(packets.gone, gone);
      await assert.rejects(packets.read(), (error) => error === packets.failure);
    });
  }

  it('tells who asks only afterwards', async (t) => {
    const { ours, theirs } = await pair(t);
    const packets = new PacketSocket(ours);
    theirs.end();
    await until(() => packets.failure !== undefined);
    assert.equal(packets.gone.aborted, true);
    assert.equal(packets.gone.reason, packets.failure);
    await assert.rejects(packets.read(), LOST);
  });

  it('gives what came before the end, packet by packet', async (t) => {
    const { ours, theirs } = await pair(t);
    const packets = new PacketSocket(ours);
    theirs.end(Buffer.concat([packet(Buffer.from('one'), 0), packet(Buffer.from('two'), 1)]));
    await until(() => packets.failure !== undefined);
    assert.deepEqual(String(await packets.read()), 'one');
    assert.deepEqual(String(await packets.read()), 'two');
    assert.equal(packets.sequence, 2);
    await assert.rejects(packets.read(), LOST);
  });

  it('is nobody’s any more once it was handed over, with what has come already', async (t) => {
    const { ours, theirs } = await pair(t);
    const EVENTS = ['data', 'error', 'close', 'end'];
    const listeners = (): number[] => EVENTS.map((event) => ours.listenerCount(event));
    const before = listeners();
    const packets = new PacketSocket(ours);
    assert.notDeepEqual(listeners(), before);
    const { gone } = packets;
    theirs.write(Buffer.concat([packet(Buffer.from('login'), 0), packet(Buffer.from('command'), 0)]));
    await packets.read();
    assert.deepEqual(packets.handOver(), packet(Buffer.from('command'), 0));
    assert.deepEqual(listeners(), before);
    const ended = once(ours, 'end');
    ours.resume();
    theirs.end();
    await ended;
    assert.equal(gone.aborted, false);
    assert.equal(packets.failure, undefined);
  });

  it('takes no more than a login can be: neither in one packet nor while nobody reads', async (t) => {
    const one = await pair(t);
    const reading = new PacketSocket(one.ours);
    one.theirs.write(Buffer.from([0, 0, 0x10, 0]));
    await assert.rejects(reading.read(), /packet/i);
    const many = await pair(t);
    const waiting = new PacketSocket(many.ours);
    for (let n = 0; n < 300; n++) many.theirs.write(packet(Buffer.alloc(1_000), 0));
    await until(() => waiting.failure !== undefined);
    assert.match(waiting.failure!.message, /^more than 262144 bytes during the login$/);
    assert.equal(many.ours.destroyed, true);
  });
});
