import { Duplex } from 'node:stream';
import { Resource } from './resource.js';

let lastId = 0;

function greeting(id: number): Buffer {
  const number = Buffer.alloc(4);
  number.writeUInt32LE(id);
  return packet(
    0,
    Buffer.from([10]), // version of the protocol
    Buffer.from('8.0.0\0'),
    number, // connection id: MariaDB's pool tells its connections apart by it
    Buffer.from('12345678\0'), // first part of the challenge
    Buffer.from([0x0d, 0xa2]), // long password, with database, protocol 4.1, transactions, secure connection
    Buffer.from([45, 2, 0]), // character set, autocommit
    Buffer.from([0x08, 0x00]), // login plug-ins
    Buffer.from([21, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
    Buffer.from('123456789012\0'), // second part of the challenge
    Buffer.from('mysql_native_password\0'),
  );
}

const ok = (sequence: number): Buffer => packet(sequence, Buffer.from([0, 0, 0, 2, 0, 0, 0]));

function packet(sequence: number, ...parts: Buffer[]): Buffer {
  const payload = Buffer.concat(parts);
  const header = Buffer.alloc(4);
  header.writeUIntLE(payload.length, 0, 3);
  header[3] = sequence;
  return Buffer.concat([header, payload]);
}

/**
 * The server's end of a connection, in memory: it greets, lets everybody in, and says yes to whatever comes. It stands
 * where a driver has its socket, so the driver's own connections and pool run unchanged, and without input or output.
 */
export class MemorySocket extends Duplex {
  readonly resource: Resource = new Resource();
  /** The connection's number, as the greeting tells it. */
  readonly id: number = ++lastId;

  constructor(dialMs: number) {
    super();
    const greet = (): unknown => this.push(greeting(this.id));
    if (dialMs > 0) setTimeout(greet, dialMs);
    else queueMicrotask(greet);
  }

  override _read(): void {}

  override _write(request: Buffer, _encoding: string, done: () => void): void {
    // Never within the write: a driver is not ready for an answer before its own call has ended.
    queueMicrotask(() => this.push(ok(request[3]! + 1)));
    done();
  }

  // What drivers ask of a socket, and what means nothing here.
  setNoDelay(): void {}
  setKeepAlive(): void {}
  setTimeout(): void {}
  ref(): void {}
  unref(): void {}
}
