import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  ASKED,
  AnswerStream,
  PacketReader,
  WireError,
  packet,
  type Answer,
  type AnswerKind,
  type Dialect,
} from '#internal/wire/index.js';
import { fuzzing } from './support/weird.js';

const KINDS: readonly AnswerKind[] = ['query', 'prepare', 'execute', 'fetch', 'simple', 'fields', 'text', 'none'];
const DIALECTS: readonly (Dialect | undefined)[] = [
  undefined,
  { deprecatesEof: true, tracks: true, show: (change) => change },
  { deprecatesEof: true, tracks: false },
  { deprecatesEof: false, tracks: true },
  { deprecatesEof: false, tracks: false },
];

const bytes = fc.uint8Array({ maxLength: 60 }).map((array) => Buffer.from(array));
/** Payloads that begin as an answer, or a part of one, does. */
const payloads = fc
  .tuple(
    fc.constantFrom('', '00', '000000', '00000002400000', '01', '02', '03646566', 'fb', 'fe', 'fe00000200', 'ff1e04'),
    bytes,
  )
  .map(([start, rest]) => Buffer.concat([Buffer.from(start, 'hex'), rest]));
const streams = fc.oneof(
  fc
    .array(payloads, { maxLength: 12 })
    .map((list) => Buffer.concat(list.map((payload, index) => packet(payload, index + 1)))),
  fc.array(bytes, { maxLength: 6 }).map((list) => Buffer.concat(list)),
);

/** Answers whether each answer that began has ended at most once, and says nothing after it. */
function answer(kind: AnswerKind, to: Dialect | undefined): Answer & { ended: number } {
  const tell = (): void => assert.equal(one.ended, 0);
  const one = {
    kind,
    to,
    ended: 0,
    ok: tell,
    error: tell,
    columns: tell,
    row: tell,
    file: tell,
    prepared: () => 5,
    end: () => void one.ended++,
  };
  return one;
}

/** In pieces of that size; a WireError is the end. */
function pushAll(data: Buffer, size: number, push: (piece: Buffer) => void): void {
  try {
    for (let at = 0; at < data.length; at += size) push(Buffer.from(data.subarray(at, at + size)));
  } catch (error) {
    assert.ok(error instanceof WireError, String(error));
  }
}

describe('any bytes', () => {
  it('from a server are walked as answers or are a WireError, and what goes on is never much more than what came', () => {
    const asked = fc.array(fc.tuple(fc.constantFrom(...KINDS), fc.constantFrom(...DIALECTS)), { maxLength: 4 });
    fc.assert(
      fc.property(asked, streams, fc.integer({ min: 1, max: 80 }), (list, data, size) => {
        const stream = new AnswerStream(ASKED);
        const answers = list.map(([kind, to]) => answer(kind, to));
        for (const one of answers) stream.expect(one);
        let out = 0;
        pushAll(data, size, (piece) => stream.push(piece, (some) => (out += some.length)));
        assert.ok(out <= 2 * data.length, `${out} bytes of ${data.length}`);
        assert.ok(stream.held <= data.length);
        assert.ok(answers.every(({ ended }) => ended <= 1));
      }),
      fuzzing(),
    );
  });

  it('mean the same in whichever pieces they come', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...KINDS),
        fc.constantFrom(...DIALECTS),
        streams,
        fc.integer({ min: 1, max: 30 }),
        (kind, to, data, size) => {
          const run = (piece: number): string => {
            const stream = new AnswerStream(ASKED);
            stream.expect(answer(kind, to));
            const out: Buffer[] = [];
            pushAll(data, piece, (some) => stream.push(some, (more) => out.push(more)));
            return Buffer.concat(out).toString('hex');
          };
          // What was handed out before something could not be understood depends on when it came.
          const [whole, cut] = [run(data.length + 1), run(size)];
          assert.ok(cut.startsWith(whole) || whole.startsWith(cut), `${whole}\n${cut}`);
        },
      ),
      fuzzing(),
    );
  });

  it('from a client are packets, or too large', () => {
    fc.assert(
      fc.property(streams, fc.integer({ min: 1, max: 80 }), (data, size) => {
        const reader = new PacketReader(2000);
        pushAll(data, size, (piece) => {
          reader.push(piece);
          while (reader.next() !== undefined);
          assert.ok(reader.buffered < 2000 + 4);
        });
      }),
      fuzzing(),
    );
  });
});
