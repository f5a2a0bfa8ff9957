/** Reads the packets of a file from chunks that are split anywhere: up to the empty packet and not a byte further. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { LocalFile } from '#internal/gateway/local-file.js';

const MOST_IN_PACKET = 0xff_ff_ff;
const AHEAD = 3;
const COMMAND = Buffer.from([1, 0, 0, 0, 14]);

function frame(sequence: number, body: Uint8Array): Buffer {
  const header = Buffer.alloc(4);
  header.writeUIntLE(body.length, 0, 3);
  header[3] = sequence & 0xff;
  return Buffer.concat([header, body]);
}

/** A file in packets as the client numbers them, followed by the empty packet. */
const fileOf = (bodies: readonly Uint8Array[], ahead: number): Buffer =>
  Buffer.concat([...bodies, Buffer.alloc(0)].map((body, nth) => frame(2 + nth + ahead, body)));

/** The bytes of these chunks that go to the server. */
function sent(chunks: readonly Buffer[], isToBeOver = true): Buffer {
  const file = new LocalFile(AHEAD);
  const taken = chunks.map((chunk) => {
    const own = Buffer.from(chunk);
    return own.subarray(0, file.take(own));
  });
  assert.equal(file.isOver, isToBeOver);
  return Buffer.concat(taken);
}

describe('a file that a client sends', () => {
  it('is what comes up to the empty packet, numbered as the server counts, wherever it is cut', () => {
    const bodies = fc.array(fc.uint8Array({ minLength: 1, maxLength: 9 }), { maxLength: 4 });
    fc.assert(
      fc.property(bodies, fc.array(fc.nat(60), { maxLength: 8 }), (all, places) => {
        const bytes = Buffer.concat([fileOf(all, AHEAD), COMMAND]);
        const ends = [...new Set([0, ...places.filter((at) => at < bytes.length), bytes.length])].toSorted(
          (a, b) => a - b,
        );
        const chunks = ends.slice(1).map((end, nth) => bytes.subarray(ends[nth], end));
        assert.deepEqual(sent(chunks), fileOf(all, 0));
      }),
    );
  });

  it('may be empty', () => assert.deepEqual(sent([fileOf([], AHEAD), COMMAND]), fileOf([], 0)));

  it('is not over where a packet that was full ends in an empty one', () => {
    const full = Buffer.alloc(MOST_IN_PACKET, 7);
    const end = frame(3 + AHEAD, Buffer.alloc(0));
    assert.equal(sent([frame(2 + AHEAD, full), end], false).length, MOST_IN_PACKET + 8);
    assert.equal(
      sent([frame(2 + AHEAD, full), end, frame(4 + AHEAD, Buffer.alloc(0)), COMMAND]).length,
      MOST_IN_PACKET + 12,
    );
  });
});
