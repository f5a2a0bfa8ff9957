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
 * A fake server in memory: it sends a greeting, accepts every login, and answers every command with OK. It takes the
 * place of a driver's socket, so that the driver's own connections and pool run unchanged but without I/O.
 */
export class MemorySocket extends Duplex {
  readonly resource: Resource = new Resource();
  /** The connection id, as sent in the greeting. */
  readonly id: number = ++lastId;

  constructor(dialMs: number) {
    super();
    const greet = (): unknown => this.push(greeting(this.id));
    if (dialMs > 0) setTimeout(greet, dialMs);
    else queueMicrotask(greet);
  }

  override _read(): void {}

  override _write(request: Buffer, _encoding: string, done: () => void): void {
    // Never during the write: a driver is ready for an answer only after its own call has returned.
    queueMicrotask(() => this.push(ok(request[3]! + 1)));
    done();
  }

  // Socket methods that drivers call, and that have no effect here.
  setNoDelay(): void {}
  setKeepAlive(): void {}
  setTimeout(): void {}
  ref(): void {}
  unref(): void {}
}
