/**
 * The strongest proof there is: what a server says to a client that has everything, put into a dialect, is byte for byte
 * what the same server says to a client that has only that dialect. What is known to differ is named with each case.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import {
  ASKED,
  AnswerStream,
  Capability,
  PacketReader,
  WireError,
  answerOf,
  type Packet,
} from '#internal/wire/index.js';
import {
  SERVER_KINDS,
  freshDatabase,
  startServer,
  type FreshDatabase,
  type TestServer,
} from '#support/servers/index.js';
import { fuzzing } from '../fuzz/support/weird.js';
import { DIALECTS, recordAll, type DialectName, type Exchange, type Recorded } from './support/exchange.js';
import { Listener } from './support/listener.js';
import type { Known } from './support/program.js';

const EXECUTE_FLAGS = 5;
const EOF_SIZE = 5;
const CHANGED = 0x4000;
const NO_INDEX = 0x20;

/** The answer as `AnswerStream` puts it into the dialect, from the given pieces of it. */
function relayed(
  exchange: Exchange,
  name: DialectName,
  stream: AnswerStream,
  pieces: readonly Buffer[],
  id: number,
): Run {
  const { command } = exchange;
  const kind = answerOf(command[0]!);
  const asksForCursor = kind === 'execute' && command[EXECUTE_FLAGS] !== 0;
  const listener = new Listener(kind, { ...DIALECTS[name], show: (change) => change }, { asksForCursor, id });
  stream.expect(listener);
  const out: Buffer[] = [];
  for (const piece of pieces) stream.push(Buffer.from(piece), (bytes) => out.push(bytes));
  assert.equal(stream.pending, 0, 'the answer has not ended');
  assert.equal(stream.held, 0);
  return { told: listener.told, out };
}

interface Run {
  readonly told: readonly string[];
  readonly out: readonly Buffer[];
}

function packetsIn(bytes: Buffer): Packet[] {
  const reader = new PacketReader();
  reader.push(bytes);
  const packets: Packet[] = [];
  for (let next = reader.next(); next !== undefined; next = reader.next()) packets.push(next);
  assert.equal(reader.buffered, 0);
  return packets;
}

const isEof = ({ payload }: Packet): boolean => payload[0] === 0xfe && payload.length === EOF_SIZE;

/** A packet as text. Of the ids in errors the server chooses others for every connection. */
function shown({ sequence, payload }: Packet): string {
  const text =
    payload[0] === 0xff ? payload.toString('latin1').replaceAll(/\(\d+\)/g, '(id)') : payload.toString('hex');
  return `${sequence} ${text}`;
}

/** A packet of the server's own as ours may be, where both are EOFs. */
function forgiven(theirs: Packet, ours: Packet | undefined, known: Known | undefined): Packet {
  if (!isEof(theirs) || ours === undefined || !isEof(ours)) return theirs;
  const payload = Buffer.from(theirs.payload);
  const [warnings, status] = [ours.payload.readUInt16LE(1), ours.payload.readUInt16LE(3)];
  // Nothing can follow in an EOF that it could announce.
  let expected = payload.readUInt16LE(3) & ~CHANGED;
  if (known === 'warnings before rows' && warnings === 0) payload.writeUInt16LE(0, 1);
  if (known === 'errors without status') expected &= ~NO_INDEX;
  if (known === 'index told late') expected = (expected & ~NO_INDEX) | (status & NO_INDEX);
  payload.writeUInt16LE(expected, 3);
  return { sequence: theirs.sequence, payload };
}

const idIn = ({ command, packets }: Exchange): number => {
  const first = packets[0]!.payload;
  return answerOf(command[0]!) === 'prepare' && first[0] === 0 ? first.readUInt32LE(1) : 0;
};

for (const kind of SERVER_KINDS) {
  describe(`answers of ${kind}`, () => {
    let server: TestServer;
    let database: FreshDatabase;
    let recorded: Recorded;
    const capabilities = kind === 'mysql' ? ASKED : (ASKED & ~Capability.LONG_PASSWORD) >>> 0;

    before(async () => {
      server = await startServer(kind);
      database = await freshDatabase(server);
      recorded = await recordAll(server, database);
    });
    after(async () => {
      await database[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    });

    for (const name of Object.keys(DIALECTS) as DialectName[]) {
      it(`are those of the server itself for a client with ${name}`, () => {
        const stream = new AnswerStream(capabilities);
        let compared = 0;
        for (const [index, exchange] of recorded.all.entries()) {
          const theirs = recorded[name][index]!;
          const { out } = relayed(exchange, name, stream, [exchange.bytes], idIn(theirs));
          const { known } = exchange.of;
          if (known === 'told late' && name === 'no DEPRECATE_EOF') continue;
          if (answerOf(exchange.command[0]!) === 'text') continue;
          const ours = packetsIn(Buffer.concat(out));
          const expected = theirs.packets.map((packet, at) => forgiven(packet, ours[at], known));
          assert.deepEqual(ours.map(shown), expected.map(shown), exchange.what);
          compared++;
        }
        assert.ok(compared > 70, `compared ${compared}`);
      });

      it(`come out the same wherever they are cut, for a client with ${name}`, () => {
        for (const exchange of recorded.all) {
          const { bytes } = exchange;
          const run = (pieces: readonly Buffer[]): Run =>
            relayed(exchange, name, new AnswerStream(capabilities), pieces, 77);
          const whole = run([bytes]);
          const expected = Buffer.concat(whole.out).toString('hex');
          const check = (pieces: readonly Buffer[], where: string): void => {
            const { told, out } = run(pieces);
            assert.equal(Buffer.concat(out).toString('hex'), expected, `${exchange.what}, ${where}`);
            assert.deepEqual(told, whole.told, `${exchange.what}, ${where}`);
          };
          const step = Math.max(1, Math.floor(bytes.length / 500));
          for (let at = 1; at < bytes.length; at += step)
            check([bytes.subarray(0, at), bytes.subarray(at)], `cut at ${at}`);
          const single: Buffer[] = Array.from(bytes.subarray(0, 3000), (byte) => Buffer.of(byte));
          check([...single, bytes.subarray(3000)], 'byte by byte');
        }
      });
    }

    it('that are broken anywhere are a WireError at worst, and nothing grows over them', () => {
      const names = Object.keys(DIALECTS) as DialectName[];
      const broken = fc.record({
        index: fc.nat(),
        name: fc.constantFrom(...names),
        changes: fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        size: fc.integer({ min: 1, max: 400 }),
      });
      fc.assert(
        fc.property(broken, ({ index, name, changes, size }) => {
          const exchange = recorded.all[index % recorded.all.length]!;
          const bytes = Buffer.from(exchange.bytes);
          for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
          const stream = new AnswerStream(capabilities);
          stream.expect(new Listener(answerOf(exchange.command[0]!), { ...DIALECTS[name], show: (change) => change }));
          let out = 0;
          try {
            for (let at = 0; at < bytes.length; at += size) {
              stream.push(Buffer.from(bytes.subarray(at, at + size)), (piece) => (out += piece.length));
            }
          } catch (error) {
            assert.ok(error instanceof WireError, String(error));
          }
          assert.ok(out <= 2 * bytes.length && stream.held <= bytes.length);
        }),
        fuzzing(),
      );
    });

    it('go on as they came, in the same piece of memory, where nothing in them changes', () => {
      const stream = new AnswerStream(capabilities);
      for (const { bytes, command, what } of recorded.all) {
        stream.expect(
          new Listener(answerOf(command[0]!), { deprecatesEof: true, tracks: true, show: (change) => change }),
        );
        const before = Buffer.from(bytes);
        const out: Buffer[] = [];
        stream.push(bytes, (piece) => out.push(piece));
        assert.equal(out.length, 1, what);
        assert.equal(out[0], bytes, what);
        assert.deepEqual(bytes, before, what);
      }
    });
  });
}
