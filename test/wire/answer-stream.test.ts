import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  ASKED,
  AnswerStream,
  Capability,
  Status,
  WireError,
  decodeEof,
  encodeEof,
  encodeError,
  encodeOk,
  packet,
  type AnswerKind,
  type Dialect,
  type ErrorPacket,
  type Ok,
  type SessionChange,
} from '#internal/wire/index.js';
import { Listener } from './support/listener.js';

const NEW: Dialect = { deprecatesEof: true, tracks: false };
const OLD: Dialect = { deprecatesEof: false, tracks: false };
const NONE = Buffer.alloc(0);
const END = 0xfe;

const NO_CHANGE: SessionChange = {
  schema: null,
  variables: {},
  isStateChanged: false,
  transactionState: undefined,
  transactionText: undefined,
};

const aboutOk = (more: Partial<Ok> = {}): Ok => ({
  affectedRows: 0,
  insertId: 0,
  status: Status.AUTOCOMMIT,
  warnings: 0,
  info: NONE,
  change: undefined,
  ...more,
});
const ok = (sequence: number, more: Partial<Ok> = {}, header: 0 | 0xfe = 0): Buffer =>
  packet(encodeOk(aboutOk(more), ASKED, header), sequence);
const eof = (sequence: number, status: number = Status.AUTOCOMMIT): Buffer => packet(encodeEof(0, status), sequence);
const failure: ErrorPacket = { errno: 1053, sqlState: '08S01', message: 'Server shutdown in progress' };
const error = (sequence: number): Buffer => packet(encodeError(failure), sequence);
const definition = (sequence: number): Buffer => packet(Buffer.from('\u0003def'), sequence);
const row = (sequence: number, text: string): Buffer =>
  packet(Buffer.concat([Buffer.of(text.length), Buffer.from(text)]), sequence);
/** Of one column; the rows begin with sequence 3. */
const result = (rows: readonly string[], more: Partial<Ok> = {}): Buffer =>
  Buffer.concat([
    packet(Buffer.of(1), 1),
    definition(2),
    ...rows.map((text, index) => row(index + 3, text)),
    ok(rows.length + 3, more, END),
  ]);

/** What it hands out and what it tells, in order. */
class Scene {
  readonly stream: AnswerStream;
  readonly log: string[] = [];
  readonly out: Buffer[] = [];

  constructor(capabilities: number = ASKED) {
    this.stream = new AnswerStream(capabilities);
    this.stream.onNotice = ({ errno }) => this.log.push(`notice ${errno}`);
  }

  expect(
    name: string,
    kind: AnswerKind,
    to: Dialect | undefined,
    more: ConstructorParameters<typeof Listener>[2] = {},
  ): void {
    const listener = new Listener(kind, to, more);
    listener.told.push = (...lines: string[]) => this.log.push(...lines.map((line) => `${name} ${line}`));
    this.stream.expect(listener);
  }

  push(...chunks: readonly Buffer[]): void {
    for (const chunk of chunks) {
      this.stream.push(chunk, (bytes) => {
        this.log.push(`out ${bytes.length}`);
        this.out.push(bytes);
      });
    }
  }

  get bytes(): Buffer {
    return Buffer.concat(this.out);
  }
}

describe('answers that come in one piece', () => {
  it('are told one after the other, each with its bytes before its end', () => {
    const scene = new Scene();
    scene.expect('a', 'query', NEW);
    scene.expect('close', 'none', NEW);
    scene.expect('b', 'simple', NEW);
    scene.push(Buffer.concat([result(['x']), error(1)]));
    const first = result(['x']).length;
    assert.deepEqual(scene.log, [
      'a columns 1',
      'a ok 0 0 2 0 ',
      `out ${first}`,
      'a end',
      'close end',
      'b error 1053 08S01 Server shutdown in progress',
      `out ${error(1).length}`,
      'b end',
    ]);
    assert.equal(scene.stream.pending, 0);
  });

  it('go nowhere where they are our own, and their rows are told', () => {
    const scene = new Scene();
    scene.expect('own', 'query', undefined, { rows: true });
    scene.expect('own', 'simple', undefined);
    scene.expect('client', 'simple', NEW);
    const last = ok(1, { affectedRows: 3 });
    scene.push(Buffer.concat([result(['x', 'y']), ok(1), last]));
    assert.deepEqual(scene.bytes, last);
    assert.equal(scene.log.filter((line) => line.startsWith('out')).length, 1);
    assert.deepEqual(scene.log.slice(0, 5), ['own columns 1', 'own row x', 'own row y', 'own ok 0 0 2 0 ', 'own end']);
  });

  it('of a command without one end at once, when none is before them', () => {
    const scene = new Scene();
    scene.expect('close', 'none', undefined);
    assert.deepEqual(scene.log, ['close end']);
    assert.equal(scene.stream.pending, 0);
  });

  it('may be asked for while one is told', () => {
    const scene = new Scene();
    const listener = new Listener('simple', NEW);
    listener.end = () => scene.expect('next', 'simple', NEW);
    scene.stream.expect(listener);
    scene.push(Buffer.concat([ok(1), ok(1)]));
    assert.equal(scene.out.length, 2);
    assert.equal(scene.log.at(-1), 'next end');
  });
});

describe('what nobody asked for', () => {
  it('is told as a notice where it is an ERR, and goes nowhere', () => {
    const scene = new Scene();
    scene.push(error(0).subarray(0, 7), error(0).subarray(7));
    assert.deepEqual(scene.log, ['notice 1053']);
    scene.expect('a', 'simple', NEW);
    scene.push(Buffer.concat([ok(1), error(0)]));
    assert.deepEqual(scene.log.slice(-2), ['a end', 'notice 1053']);
    assert.deepEqual(scene.bytes, ok(1));
  });

  it('is a WireError otherwise, as is what is no answer', () => {
    const cases: readonly [string, AnswerKind | undefined, Buffer][] = [
      ['an answer to no command', undefined, ok(1)],
      ['no count of columns', 'query', packet(Buffer.of(0xfe, 1, 0, 0, 0, 0, 0, 0, 1), 1)],
      ['no count of columns', 'query', packet(Buffer.of(3, 0), 1)],
      ['an empty packet', 'query', Buffer.of(0, 0, 0, 1, 0)],
      ['0x3 where an OK', 'simple', packet(Buffer.of(3), 1)],
      ['no answer to a PREPARE', 'prepare', ok(1)],
      ['a message of 1048577 bytes', 'simple', packet(Buffer.alloc(1024 * 1024 + 1), 1).subarray(0, 5)],
      ['1 bytes too early', 'simple', packet(Buffer.of(0, 0, 0, 2, 0, 0), 1)],
    ];
    for (const [message, kind, bytes] of cases) {
      const scene = new Scene();
      if (kind !== undefined) scene.expect('a', kind, NEW);
      assert.throws(
        () => scene.push(bytes),
        (thrown: Error) => thrown instanceof WireError && thrown.message.includes(message),
        message,
      );
    }
    assert.throws(() => new AnswerStream((ASKED & ~Capability.DEPRECATE_EOF) >>> 0), /too old/);
  });
});

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
  /** Two packets, as long as they can be and longer by 10 bytes; each of them with a first byte that ends rows. */
  const long = Buffer.alloc(0xffffff + 10, 0xfe);
  const exact = Buffer.alloc(0xffffff, 0xfe);
  const head = Buffer.concat([packet(Buffer.of(1), 1), definition(2)]);
  const whole = Buffer.concat([head, packet(long, 3), packet(exact, 5), row(7, 'x'), ok(8, {}, END)]);

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
        const ends = to === OLD ? [row(8, 'x'), eof(9)] : [row(7, 'x'), ok(8, {}, END)];
        const middle = to === OLD ? [eof(3), packet(long, 4), packet(exact, 6)] : [packet(long, 3), packet(exact, 5)];
        assert.ok(scene.bytes.equals(Buffer.concat([head, ...middle, ...ends])));
        assert.equal(scene.stream.pending, 0);
      }
    });
  }

  it('are refused to questions of our own, which never ask for them', () => {
    const scene = new Scene();
    scene.expect('own', 'query', undefined, { rows: true });
    assert.throws(() => scene.push(whole), WireError);
  });
});

describe('what the trackers tell', () => {
  const change: SessionChange = {
    schema: 'shop',
    variables: { time_zone: 'SYSTEM' },
    isStateChanged: true,
    transactionState: undefined,
    transactionText: undefined,
  };
  const told = ok(1, { change, info: Buffer.from('text'), affectedRows: 7 });
  const heard = (to: Dialect): Buffer => {
    const scene = new Scene();
    scene.expect('a', 'simple', to);
    scene.push(Buffer.from(told));
    assert.match(scene.log[0]!, /shop/);
    return scene.bytes;
  };

  it('is cut out for a client that does not track, or is to see nothing', () => {
    const without = ok(1, { info: Buffer.from('text'), affectedRows: 7 });
    assert.deepEqual(heard(NEW), without);
    assert.deepEqual(heard({ deprecatesEof: true, tracks: true }), without);
    assert.deepEqual(heard({ deprecatesEof: true, tracks: true, show: () => undefined }), without);
  });

  it('is cut out behind rows as well, which still end with an OK of theirs', () => {
    const scene = new Scene();
    scene.expect('a', 'query', NEW);
    scene.push(result(['x'], { change }));
    assert.deepEqual(scene.bytes, result(['x']));
  });

  it('may be nothing where something is announced, as MySQL does after ANALYZE', () => {
    const empty = packet(Buffer.from('000000024000000000', 'hex'), 1);
    for (const tracks of [true, false]) {
      const scene = new Scene();
      scene.expect('a', 'simple', { deprecatesEof: true, tracks });
      scene.push(Buffer.from(empty));
      assert.deepEqual(scene.bytes, tracks ? empty : ok(1));
    }
  });

  it('is not looked for in an EOF, which stays one', () => {
    const scene = new Scene();
    scene.expect('a', 'simple', NEW);
    const changed = eof(1, Status.AUTOCOMMIT | Status.SESSION_STATE_CHANGED);
    scene.push(Buffer.from(changed));
    assert.deepEqual(scene.bytes, changed);
  });

  it('is what the client is to see of it', () => {
    const less = { ...change, variables: {} };
    const show = (seen: SessionChange): SessionChange => ({ ...seen, variables: {} });
    const expected = ok(1, { change: less, info: Buffer.from('text'), affectedRows: 7 });
    assert.deepEqual(heard({ deprecatesEof: true, tracks: true, show }), expected);
    assert.deepEqual(heard({ deprecatesEof: true, tracks: true, show: (seen) => seen }), told);
  });
});

describe('a server that is lost', () => {
  it('leaves an ERR to say, with the sequence that the client expects', () => {
    for (const [to, sequence] of [
      [NEW, 5],
      [OLD, 6],
    ] as const) {
      const scene = new Scene();
      assert.equal(scene.stream.interrupt(failure), undefined);
      scene.expect('a', 'query', to);
      assert.equal(scene.stream.begun, false);
      assert.deepEqual(scene.stream.interrupt(failure), error(1));
      const text = 'r'.repeat(200);
      // Enough rows that the EOF before them has gone out.
      const rows = Array.from({ length: 60 }, (_, index) => row(index + 3, text));
      scene.push(Buffer.concat([packet(Buffer.of(1), 1), definition(2), ...rows]));
      assert.equal(scene.stream.begun, true);
      assert.deepEqual(scene.stream.interrupt(failure), error(sequence + 58));
      scene.push(row(63, text).subarray(0, 50));
      assert.equal(scene.stream.interrupt(failure), undefined);
    }
  });

  it('leaves nothing to say to who has not asked', () => {
    const scene = new Scene();
    scene.expect('own', 'simple', undefined);
    assert.equal(scene.stream.interrupt(failure), undefined);
    scene.push(ok(1));
    assert.equal(scene.stream.begun, false);
  });
});
