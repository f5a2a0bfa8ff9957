import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Status, WireError, decodeEof, encodeEof, packet } from '#internal/wire/index.js';
import { NEW, OLD, END, NO_CHANGE, ok, eof, error, definition, row, result, Scene } from './support/scene.js';

describe('a client without DEPRECATE_EOF', () => {
  it('has an EOF behind the columns with the status at the end of the rows, and behind each result one more', () => {
    const scene = new Scene();
    scene.expect('a', 'query', OLD);
    const status = Status.AUTOCOMMIT | Status.MORE_RESULTS | Status.NO_INDEX;
    const second = Buffer.concat([packet(Buffer.of(1), 5), definition(6), ok(7, {}, END)]);
    scene.push(result(['x'], { status }), second);
    assert.deepEqual(
      scene.bytes,
      Buffer.concat([
        ...[packet(Buffer.of(1), 1), definition(2), eof(3, status), row(4, 'x'), eof(5, status)],
        ...[packet(Buffer.of(1), 6), definition(7), eof(8), eof(9)],
      ]),
    );
  });

  it('has the status of the session in it where more than 8 kB of rows follow', () => {
    const scene = new Scene();
    scene.expect('begin', 'simple', OLD);
    scene.push(ok(1, { status: Status.IN_TRANS | Status.AUTOCOMMIT | Status.NO_INDEX }));
    scene.expect('a', 'query', OLD);
    const rows = Array.from({ length: 300 }, () => 'r'.repeat(100));
    const whole = result(rows, { status: Status.IN_TRANS | Status.MORE_RESULTS });
    scene.push(whole.subarray(0, 4000));
    assert.ok(scene.stream.held > 3000);
    const before = scene.out.length;
    scene.push(whole.subarray(4000, 9000));
    assert.equal(scene.out.length, before + 1);
    const at = ok(1).length + 5 + definition(2).length;
    assert.equal(decodeEof(scene.bytes.subarray(at + 4, at + 9)).status, Status.IN_TRANS | Status.AUTOCOMMIT);
    assert.ok(scene.stream.held < 110);
    scene.push(whole.subarray(9000));
    const sequences: number[] = [];
    for (let index = at; index < scene.bytes.length; index += 4 + scene.bytes.readUIntLE(index, 3)) {
      sequences.push(scene.bytes[index + 3]!);
    }
    assert.deepEqual(
      sequences,
      Array.from({ length: 302 }, (_, index) => (index + 3) & 0xff),
    );
  });

  it('has the same whichever way the bytes come, also where the rows end just within 8 kB, or just beyond', () => {
    const status = Status.AUTOCOMMIT | Status.NO_INDEX;
    const change = { ...NO_CHANGE, variables: { long: 'v'.repeat(17_000) } };
    const seen = new Set<number>();
    for (let size = 8150; size < 8200; size++) {
      // Rows of that many bytes, the longest as long as a length of one byte allows.
      const texts = Array.from({ length: 34 }, () => 'r'.repeat(235));
      const left = size - 34 * 240;
      if (left >= 5) texts.push('s'.repeat(left - 5));
      else texts[0] = 'r'.repeat(235 + left);
      for (const more of [{ status }, { status, change }]) {
        const whole = result(texts, more);
        const run = (pieces: readonly Buffer[]): Buffer => {
          const scene = new Scene();
          scene.expect('a', 'query', OLD);
          scene.push(...pieces);
          assert.equal(scene.stream.pending, 0);
          return scene.bytes;
        };
        const expected = run([Buffer.from(whole)]);
        const at = 5 + definition(2).length;
        const told = decodeEof(expected.subarray(at + 4, at + 9)).status;
        const isNear = size + 4 < 8192 && more.change === undefined;
        assert.equal(told, isNear ? status : Status.AUTOCOMMIT, `${size} bytes of rows`);
        seen.add(told);
        for (const cut of [at, at + 3, at + 4, at + 8000, whole.length - 12, whole.length - 7, whole.length - 1]) {
          assert.ok(run([whole.subarray(0, cut), whole.subarray(cut)].map((one) => Buffer.from(one))).equals(expected));
        }
      }
    }
    assert.equal(seen.size, 2);
  });

  it('has the status of the session before an ERR in the middle of rows', () => {
    const rows = [packet(Buffer.of(1), 1), definition(2), row(3, 'x'), error(4)];
    for (const cut of [0, 50, 60]) {
      const scene = new Scene();
      scene.expect('a', 'query', OLD);
      const whole = Buffer.concat(rows);
      scene.push(whole.subarray(0, cut), whole.subarray(cut));
      assert.deepEqual(scene.bytes, Buffer.concat([...rows.slice(0, 2), eof(3), row(4, 'x'), error(5)]));
      assert.equal(scene.log.at(-1), 'a end');
    }
  });

  it('gets the id of a prepared statement that it is told, and EOFs behind parameters and columns', () => {
    const scene = new Scene();
    scene.expect('a', 'prepare', OLD, { id: 0x01020304 });
    const reply = (id: number): Buffer => packet(Buffer.of(0, id, id, id, id, 1, 0, 2, 0, 0, 5, 0), 1);
    scene.push(Buffer.concat([reply(9), definition(2), definition(3), definition(4)]));
    const changed = reply(0);
    changed.writeUInt32LE(0x01020304, 5);
    const end = (sequence: number): Buffer => packet(encodeEof(5, Status.AUTOCOMMIT), sequence);
    const expected = [changed, definition(2), definition(3), end(4), definition(5), end(6)];
    assert.deepEqual(scene.bytes, Buffer.concat(expected));
    assert.deepEqual(scene.log.slice(0, 1), ['a prepared 1 2']);
  });

  it('is ahead by the EOFs before it when it sends a file', () => {
    const scene = new Scene();
    scene.expect('a', 'query', OLD);
    const file = packet(Buffer.from('\u00fbname', 'latin1'), 4);
    scene.push(result([], { status: Status.MORE_RESULTS | Status.AUTOCOMMIT }), file);
    assert.equal(scene.log.at(-2), 'a file 1');
    assert.equal(scene.out.at(-1)![3], 5);
    scene.push(ok(7, { affectedRows: 2 }));
    assert.equal(scene.bytes.at(-8), 8);
    assert.equal(scene.log.at(-1), 'a end');
  });
});

describe('rows of 16 MB and more', () => {
  /** Of three packets and of two, the last of which is empty; each begins with a byte that would end rows. */
  const long = Buffer.alloc(2 * 0xffffff + 10, 0xfe);
  const exact = Buffer.alloc(0xffffff, 0xfe);
  const head = Buffer.concat([packet(Buffer.of(1), 1), definition(2)]);
  const whole = Buffer.concat([head, packet(long, 3), packet(exact, 6), row(8, 'x'), ok(9, {}, END)]);

  for (const [name, to] of [
    ['with DEPRECATE_EOF', NEW],
    ['without', OLD],
  ] as const) {
    it(`go on in the pieces in which they come, for a client ${name}`, () => {
      for (const size of [65_536, 1_000_003]) {
        const scene = new Scene();
        scene.expect('a', 'query', to);
        let most = 0;
        for (let at = 0; at < whole.length; at += size) {
          scene.push(Buffer.from(whole.subarray(at, at + size)));
          most = Math.max(most, scene.stream.held);
        }
        assert.ok(most < 64, `held ${most}`);
        const ends = to === OLD ? [row(9, 'x'), eof(10)] : [row(8, 'x'), ok(9, {}, END)];
        const middle = to === OLD ? [eof(3), packet(long, 4), packet(exact, 7)] : [packet(long, 3), packet(exact, 6)];
        assert.ok(scene.bytes.equals(Buffer.concat([head, ...middle, ...ends])));
        assert.equal(scene.stream.pending, 0);
      }
    });
  }

  it('of less are told to questions of our own', () => {
    const scene = new Scene();
    scene.expect('own', 'query', undefined, { rows: true });
    const value = Buffer.alloc(2_000_000, 'v');
    const length = Buffer.of(0xfd, value.length & 0xff, (value.length >> 8) & 0xff, value.length >> 16);
    const bytes = Buffer.concat([head, packet(Buffer.concat([length, value]), 3), ok(4, {}, END)]);
    for (let at = 0; at < bytes.length; at += 65_536) scene.push(bytes.subarray(at, at + 65_536));
    assert.ok(scene.log.includes(`own row ${value.toString()}`));
    assert.equal(scene.log.at(-1), 'own end');
  });

  it('are refused to questions of our own, which never ask for them', () => {
    const scene = new Scene();
    scene.expect('own', 'query', undefined, { rows: true });
    assert.throws(() => scene.push(whole), WireError);
  });
});
