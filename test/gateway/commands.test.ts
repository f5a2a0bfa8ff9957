/** The commands of a client, read from a stream that is split into chunks anywhere. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Commands } from '#internal/gateway/commands.js';
import { packet, WireError } from '#internal/wire/index.js';

const LARGEST = 1_000_000;

const frameOf = (body: Uint8Array): Buffer => packet(Buffer.from(body), 0);

/** All commands that are complete after these chunks; each chunk is pushed after the earlier commands were taken. */
function commandsIn(chunks: readonly Buffer[], largest = LARGEST): Buffer[] {
  const commands = new Commands(largest);
  const taken: Buffer[] = [];
  for (const chunk of chunks) {
    commands.push(Buffer.from(chunk));
    for (let next = commands.next(); next !== undefined; next = commands.next()) taken.push(Buffer.from(next));
  }
  return taken;
}

function cut(bytes: Buffer, at: readonly number[]): Buffer[] {
  const places = [...new Set(at.map((each) => each % (bytes.length + 1)))].toSorted((a, b) => a - b);
  const ends = [...places, bytes.length];
  return ends.map((end, n) => bytes.subarray(n === 0 ? 0 : ends[n - 1]!, end)).filter((chunk) => chunk.length > 0);
}

describe('the commands of a client', () => {
  it('are the same, wherever the bytes are cut', () => {
    const bodies = fc.array(fc.uint8Array({ minLength: 1, maxLength: 80 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(bodies, fc.array(fc.nat(), { maxLength: 12 }), (all, places) => {
        const frames = all.map(frameOf);
        assert.deepEqual(commandsIn(cut(Buffer.concat(frames), places)), frames);
      }),
    );
  });

  it('are the same, cut at every byte', () => {
    const frames = [frameOf(Buffer.from('\u0003SELECT 1')), frameOf(Buffer.of(14)), frameOf(Buffer.from('\u0003DO 1'))];
    const bytes = Buffer.concat(frames);
    const single = Array.from({ length: bytes.length }, (_, at) => bytes.subarray(at, at + 1));
    assert.deepEqual(commandsIn(single), frames);
  });

  it('go on as the piece that they came in, when they came in one', () => {
    const commands = new Commands(LARGEST);
    const chunk = frameOf(Buffer.from('\u0003SELECT 1'));
    commands.push(chunk);
    assert.equal(commands.next(), chunk);
    assert.equal(commands.next(), undefined);
  });

  it('keep their order, when the next has come before the last was taken', () => {
    const commands = new Commands(LARGEST);
    const frames = ['a', 'bb', 'ccc'].map((text) => frameOf(Buffer.from(text)));
    for (const frame of frames) commands.push(frame);
    assert.deepEqual([commands.next(), commands.next(), commands.next(), commands.next()], [...frames, undefined]);
  });

  it('are read no further when much of them waits', () => {
    const commands = new Commands(LARGEST);
    assert.equal(commands.isAhead, false);
    const frame = frameOf(Buffer.alloc(30_000, 3));
    for (let n = 0; n < 3; n++) commands.push(Buffer.from(frame));
    assert.equal(commands.isAhead, true);
    for (let n = 0; n < 3; n++) assert.deepEqual(commands.next(), frame);
    assert.equal(commands.isAhead, false);
  });

  it('that are longer than a packet are one', () => {
    const body = Buffer.alloc(0xff_ff_ff + 10, 7);
    const frame = frameOf(body);
    const [whole] = commandsIn(cut(frame, [5, 0xff_ff_ff]), 0x2000_0000);
    assert.equal(whole?.equals(frame), true);
  });

  it('are answered from the number behind their last packet on', () => {
    const commands = new Commands(0x2000_0000);
    for (const [length, reply] of [
      [1, 1],
      [0xff_ff_ff - 1, 1],
      [0xff_ff_ff, 2],
      [0xff_ff_ff + 1, 2],
      [2, 1],
    ] as const) {
      commands.push(frameOf(Buffer.alloc(length, 7)));
      assert.equal(
        commands.next()?.length,
        length === 0xff_ff_ff ? length + 8 : length + (length > 0xff_ff_ff ? 8 : 4),
      );
      assert.equal(commands.reply, reply, `${length} bytes`);
    }
  });

  it('are refused when they are not numbered as commands are, in one piece or in several', () => {
    for (const size of [6, 3]) {
      const chunks = cut(packet(Buffer.of(14, 0), 1), [size]);
      assert.throws(() => commandsIn(chunks), { errno: 1156, sqlState: '08S01', message: 'Got packets out of order' });
    }
  });

  it('that are longer than the server takes are refused before they have come', () => {
    assert.throws(() => commandsIn([frameOf(Buffer.alloc(200)).subarray(0, 6)], 100), WireError);
  });
});
