import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { PacketReader, WireError, packet, type Packet } from '#internal/wire/index.js';
import { keepChunk } from '#internal/wire/kept-chunks.js';

function readAll(reader: PacketReader): Packet[] {
  const packets: Packet[] = [];
  for (let next = reader.next(); next !== undefined; next = reader.next()) packets.push(next);
  return packets;
}

/** `bytes` in pieces of the given sizes, the last piece as long as what is left. */
function pieces(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const all: Buffer[] = [];
  let at = 0;
  for (const size of sizes) {
    all.push(bytes.subarray(at, at + size));
    at += size;
  }
  return [...all, bytes.subarray(at)];
}

const payloads = fc.array(
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  { maxLength: 8 },
);

describe('packets', () => {
  it('come out as they went in, however the bytes are cut', () => {
    fc.assert(
      fc.property(payloads, fc.nat(255), fc.array(fc.nat(40)), (sent, sequence, sizes) => {
        const reader = new PacketReader();
        const bytes = Buffer.concat(sent.map((payload) => packet(payload, sequence)));
        const got = pieces(bytes, sizes).flatMap((piece) => {
          reader.push(piece);
          return readAll(reader);
        });
        assert.deepEqual(
          got.map(({ payload }) => payload),
          sent,
        );
        assert.ok(got.every((one) => one.sequence === sequence));
        assert.equal(reader.buffered, 0);
      }),
    );
  });

  it('of 16 MB and more are several on the wire and one for who reads', () => {
    for (const size of [0xfffffe, 0xffffff, 0x1000000, 2 * 0xffffff, 2 * 0xffffff + 5]) {
      const payload = Buffer.alloc(size, 7);
      payload[size - 1] = 9;
      const bytes = packet(payload, 254);
      const count = Math.floor(size / 0xffffff) + 1;
      assert.equal(bytes.length, size + count * 4);
      const reader = new PacketReader();
      const got = pieces(bytes, [3, 2, 0xffffff, 1, 2, 1]).flatMap((piece) => {
        reader.push(piece);
        return readAll(reader);
      });
      assert.equal(got.length, 1);
      assert.equal(got[0]!.sequence, (254 + count - 1) & 0xff);
      assert.ok(got[0]!.payload.equals(payload));
    }
  });

  it('that are announced as longer than the limit are refused before they have come', () => {
    const reader = new PacketReader(1000);
    reader.push(packet(Buffer.alloc(1000), 0));
    assert.equal(reader.next()?.payload.length, 1000);
    reader.push(Buffer.of(0xe9, 3, 0, 0));
    assert.throws(() => reader.next(), WireError);
    const joined = new PacketReader(0xffffff + 10);
    joined.push(packet(Buffer.alloc(0xffffff + 11), 0).subarray(0, 0xffffff + 8));
    assert.throws(() => joined.next(), /16777226 are taken at most|16777225 are taken/);
  });

  it('that come byte by byte cost a few buffers, not one for each byte', () => {
    const bytes = packet(Buffer.alloc(200_000, 3), 0);
    const chunks: Buffer[] = [];
    let most = 0;
    for (const byte of bytes) {
      keepChunk(chunks, Buffer.of(byte));
      most = Math.max(most, chunks.length);
    }
    assert.ok(most < 250, `${most} buffers`);
    assert.ok(Buffer.concat(chunks).equals(bytes));
    const reader = new PacketReader();
    for (const byte of bytes) reader.push(Buffer.of(byte));
    assert.ok(reader.next()?.payload.equals(bytes.subarray(4)));
  });

  it('leave what comes after them to who asks for the rest', () => {
    const reader = new PacketReader();
    reader.push(Buffer.concat([packet(Buffer.from('first'), 1), Buffer.from('not a packet')]));
    assert.equal(reader.next()?.payload.toString(), 'first');
    assert.equal(reader.rest().toString(), 'not a packet');
    assert.equal(reader.buffered, 0);
  });
});
