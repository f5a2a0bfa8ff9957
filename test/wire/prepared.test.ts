import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  Command,
  FieldWriter,
  WireError,
  executionIn,
  packet,
  payloadOf,
  renumber,
  statementIdIn,
} from '#internal/wire/index.js';

const bytes = (length: number): fc.Arbitrary<Buffer> =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((array) => Buffer.from(array));

/** A COM_STMT_EXECUTE with its header. */
function execution(flags: number, nulls: Buffer, types: Buffer | undefined, values: Buffer): Buffer {
  const fields = new FieldWriter().byte(Command.STMT_EXECUTE).fourBytes(7).byte(flags).fourBytes(1);
  if (nulls.length > 0) fields.bytes(nulls).byte(types === undefined ? 0 : 1);
  if (types !== undefined) fields.bytes(types);
  return packet(fields.bytes(values).end(), 0);
}

describe('an execution of a prepared statement', () => {
  const executions = fc.integer({ min: 1, max: 40 }).chain((count) =>
    fc.record({
      count: fc.constant(count),
      nulls: bytes((count + 7) >> 3),
      types: bytes(count * 2),
      values: fc.nat(300).chain(bytes),
      flags: fc.constantFrom(0, 1),
    }),
  );

  it('that has the types of its parameters stays as it is, and tells them', () => {
    fc.assert(
      fc.property(executions, ({ count, nulls, types, values, flags }) => {
        const frame = execution(flags, nulls, types, values);
        const read = executionIn(frame, count, undefined);
        assert.equal(read.frame, frame);
        assert.deepEqual(read.types, types);
        assert.equal(read.opensCursor, flags === 1);
      }),
    );
  });

  it('that has none gets those of the last one, and is then what it would be with them', () => {
    fc.assert(
      fc.property(executions, ({ count, nulls, types, values, flags }) => {
        const read = executionIn(execution(flags, nulls, undefined, values), count, types);
        assert.deepEqual(read.frame, execution(flags, nulls, types, values));
        assert.equal(read.types, types);
      }),
    );
  });

  it('may be longer than a packet', () => {
    for (const size of [0xffffff - 40, 0xffffff, 0x1000100]) {
      const nulls = Buffer.of(0);
      const types = Buffer.of(0xfc, 0);
      const values = Buffer.alloc(size, 5);
      const read = executionIn(execution(0, nulls, undefined, values), 1, types);
      const expected = execution(0, nulls, types, values);
      assert.ok(read.frame.equals(expected));
      assert.ok(payloadOf(read.frame).equals(payloadOf(expected)));
      assert.equal(payloadOf(read.frame).length, 1 + 4 + 1 + 4 + 1 + 1 + 2 + size);
    }
  });

  it('without parameters has no types, and nothing is put in where none are known', () => {
    const without = execution(1, Buffer.alloc(0), undefined, Buffer.alloc(0));
    assert.deepEqual(executionIn(without, 0, Buffer.of(1, 2)), { frame: without, types: undefined, opensCursor: true });
    const unknown = execution(0, Buffer.of(0), undefined, Buffer.of(9));
    assert.equal(executionIn(unknown, 1, undefined).frame, unknown);
  });

  it('that is cut off is a WireError, or left to the server to refuse', () => {
    const whole = execution(0, Buffer.of(0), Buffer.of(8, 0), Buffer.alloc(0));
    const body = 4 + 1 + 4 + 1 + 4;
    for (let length = 5; length < whole.length; length++) {
      const cut = whole.subarray(0, length);
      if (length < body) assert.throws(() => executionIn(cut, 1, undefined), WireError, `${length} bytes`);
      else assert.equal(executionIn(cut, 1, undefined).frame, cut);
    }
  });
});

describe('a command about a prepared statement', () => {
  it('names it by a number that can be another one', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 0, max: 0xffff_ffff }), (id, other) => {
        const frame = packet(new FieldWriter().byte(Command.STMT_FETCH).fourBytes(id).fourBytes(10).end(), 0);
        assert.equal(statementIdIn(frame), id);
        renumber(frame, other);
        assert.equal(statementIdIn(frame), other);
        assert.equal(frame.readUInt32LE(9), 10);
      }),
    );
    assert.throws(() => statementIdIn(packet(Buffer.of(Command.STMT_CLOSE, 1, 2), 0)), WireError);
  });
});
