import type { Socket } from 'node:net';
import { packet, PacketReader, WireError } from '../wire/index.js';

/** Most bytes of a packet, and of all that is buffered: packets of a login are small. */
const LARGEST = 256 * 1024;

/** A socket during a login, when both sides send packets in turn: reads and writes payloads, numbers the packets. */
export class PacketSocket {
  #socket: Socket;
  readonly #reader = new PacketReader(LARGEST);
  #wanting: { resolve(payload: Buffer): void; reject(error: unknown): void } | undefined;
  #failure: Error | undefined;
  #gone: AbortController | undefined;
  #sequence: number;

  /**
   * @param sequence the sequence number of the first packet that is sent
   * @param ahead bytes that have arrived already
   */
  constructor(socket: Socket, sequence = 0, ahead?: Buffer) {
    this.#socket = socket;
    this.#sequence = sequence;
    if (ahead !== undefined) this.#reader.push(ahead);
    this.#listen(socket);
    // A former owner of the socket may have paused it, for back-pressure.
    if (socket.isPaused()) socket.resume();
  }

  get socket(): Socket {
    return this.#socket;
  }

  /** Aborted, with the reason, when the connection is lost before the socket is handed over. */
  get gone(): AbortSignal {
    const gone = (this.#gone ??= new AbortController());
    if (this.#failure !== undefined) gone.abort(this.#failure);
    return gone.signal;
  }

  /** Why the connection was lost; undefined while it is open. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** Continues on a TLS socket, which `secure` makes of the present one. */
  async upgrade(secure: (socket: Socket) => Promise<Socket>): Promise<void> {
    this.#deafen();
    // A flowing stream without listeners would drop what arrives.
    this.#socket.pause();
    const rest = this.#reader.rest();
    if (rest.length > 0) this.#socket.unshift(rest);
    this.#socket = await secure(this.#socket);
    this.#listen(this.#socket);
  }

  /** The payload of the next packet. Rejects if the connection is lost, or the packet is too large. */
  read(): Promise<Buffer> {
    return new Promise<Buffer>((resolve, reject) => {
      this.#wanting = { resolve, reject };
      this.#serve();
    });
  }

  write(...payloads: readonly Buffer[]): void {
    this.#socket.cork();
    for (const payload of payloads) this.#socket.write(packet(payload, this.#sequence++ & 0xff));
    this.#socket.uncork();
  }

  /** The sequence number of the next packet that is sent. */
  get sequence(): number {
    return this.#sequence & 0xff;
  }

  /**
   * Stops listening, as another object takes the socket over.
   * @returns the bytes that have arrived and were not read
   */
  handOver(): Buffer {
    this.#deafen();
    return this.#reader.rest();
  }

  #listen(socket: Socket): void {
    socket.on('data', this.#onData);
    socket.on('error', this.#onError);
    socket.on('close', this.#onEnd);
    socket.on('end', this.#onEnd);
  }

  #deafen(): void {
    this.#socket.off('data', this.#onData);
    this.#socket.off('error', this.#onError);
    this.#socket.off('close', this.#onEnd);
    this.#socket.off('end', this.#onEnd);
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#reader.push(chunk);
    this.#serve();
    // While the server is asked, nobody reads here: what the client sends meanwhile is buffered, but within bounds.
    if (this.#reader.buffered <= LARGEST) return;
    this.#socket.destroy();
    this.#fail(new WireError(`more than ${LARGEST} bytes during the login`));
  };

  readonly #onError = (error: Error): void => this.#fail(error);

  readonly #onEnd = (): void =>
    this.#fail(
      Object.assign(new Error('the connection was closed during the login'), { code: 'PROTOCOL_CONNECTION_LOST' }),
    );

  #fail(failure: Error): void {
    this.#failure ??= failure;
    this.#gone?.abort(this.#failure);
    this.#serve();
  }

  #serve(): void {
    const wanting = this.#wanting;
    if (wanting === undefined) return;
    try {
      const next = this.#reader.next();
      if (next !== undefined) {
        this.#sequence = next.sequence + 1;
        this.#wanting = undefined;
        wanting.resolve(next.payload);
      } else if (this.#failure !== undefined) throw this.#failure;
    } catch (error) {
      this.#wanting = undefined;
      wanting.reject(error);
    }
  }
}
