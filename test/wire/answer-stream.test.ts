import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  ASKED,
  AnswerStream,
  Capability,
  Status,
  WireError,
  packet,
  type Answer,
  type AnswerKind,
  type Dialect,
  type SessionChange,
} from '#internal/wire/index.js';
import { Listener } from './support/listener.js';
import { NEW, OLD, END, ok, eof, error, definition, row, result, Scene } from './support/scene.js';

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

  it('need not be listened to', () => {
    let ended = 0;
    const deaf = (kind: AnswerKind, to: Dialect | undefined): Answer => ({
      ...{ kind, to, ok: () => undefined, error: () => undefined },
      end: () => void ended++,
    });
    const stream = new AnswerStream(ASKED);
    const prepared = packet(Buffer.of(0, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), 1);
    const file = packet(Buffer.from('\u00fbname', 'latin1'), 1);
    for (const to of [undefined, NEW, OLD]) {
      for (const [kind, bytes] of [
        ['query', result(['x'])],
        ['prepare', prepared],
        ['query', Buffer.concat([file, ok(3)])],
        ['text', packet(Buffer.from('Uptime: 3'), 1)],
        ['fields', Buffer.concat([definition(1), ok(2, {}, END)])],
      ] as const) {
        stream.expect(deaf(kind, to));
        const out: Buffer[] = [];
        stream.push(Buffer.from(bytes), (piece) => out.push(piece));
        assert.equal(stream.pending, 0, kind);
        if (to === NEW) assert.deepEqual(Buffer.concat(out), bytes);
      }
    }
    stream.push(error(0), () => assert.fail());
    assert.equal(ended, 15);
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

  it('is no answer to a command that has gone out before it came, or when the one before was over', () => {
    const scene = new Scene();
    const listener = new Listener('simple', NEW);
    listener.end = () => scene.expect('next', 'query', OLD);
    scene.stream.expect(listener);
    scene.push(Buffer.concat([ok(1), error(0)]));
    assert.deepEqual([scene.log.at(-1), scene.bytes, scene.stream.pending], ['notice 1053', ok(1), 1]);
    scene.push(error(0));
    assert.deepEqual([scene.log.at(-1), scene.bytes, scene.stream.pending], ['notice 1053', ok(1), 1]);
    scene.push(error(1));
    assert.deepEqual([scene.log.at(-1), scene.stream.pending], ['next end', 0]);
  });

  it('is not the error of an answer whose numbers begin anew', () => {
    const rows = Array.from({ length: 253 }, (_, n) => row(n + 3, 'x'));
    // Of one with an EOF more for its client, another packet is the one that has 0 there.
    for (const [to, more] of [
      [NEW, []],
      [OLD, []],
      [undefined, []],
      [OLD, [row(0, 'x')]],
    ] as const) {
      const scene = new Scene();
      scene.expect('a', 'query', to, { rows: true });
      const end = error(more.length);
      scene.push(Buffer.concat([packet(Buffer.of(1), 1), definition(2), ...rows, ...more, end]));
      assert.deepEqual([scene.log.filter((line) => line.startsWith('notice')), scene.log.at(-1)], [[], 'a end']);
    }
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
  it('has said nothing yet, or is in the middle of its answer', () => {
    for (const to of [NEW, OLD]) {
      const scene = new Scene();
      scene.expect('a', 'query', to);
      assert.equal(scene.stream.begun, false);
      const text = 'r'.repeat(200);
      // Enough rows that the EOF before them has gone out.
      const rows = Array.from({ length: 60 }, (_, index) => row(index + 3, text));
      scene.push(Buffer.concat([packet(Buffer.of(1), 1), definition(2), ...rows]));
      assert.equal(scene.stream.begun, true);
    }
  });

  it('takes no more when it was lost over bytes that are no answer', () => {
    const scene = new Scene();
    scene.expect('a', 'query', NEW);
    assert.throws(
      () => scene.push(Buffer.concat([result(['x']).subarray(0, -11), Buffer.of(0, 0, 0, 4, 9)])),
      WireError,
    );
    assert.throws(() => scene.push(ok(4)), /after an invalid answer/);
  });

  it('has said nothing to who has not asked', () => {
    const scene = new Scene();
    scene.expect('own', 'simple', undefined);
    scene.push(ok(1));
    assert.equal(scene.stream.begun, false);
  });
});
