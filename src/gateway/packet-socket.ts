import type { Socket } from 'node:net';
import { packet, PacketReader, WireError } from '../wire/index.js';

/** A login's packets are small; what is larger is no login. */
const LARGEST = 256 * 1024;

/** A socket for as long as packets go to and fro by turns: during a login. */
export class PacketSocket {
  #socket: Socket;
  readonly #reader = new PacketReader(LARGEST);
  #wanting: { resolve(payload: Buffer): void; reject(error: unknown): void } | undefined;
  #failure: Error | undefined;
  #gone: AbortController | undefined;
  #sequence: number;

  /**
   * @param sequence the number of the first packet that is sent
   * @param ahead what has come already
   */
  constructor(socket: Socket, sequence = 0, ahead?: Buffer) {
    this.#socket = socket;
    this.#sequence = sequence;
    if (ahead !== undefined) this.#reader.push(ahead);
    this.#listen(socket);
    // Whoever had it before may have had to wait.
    if (socket.isPaused()) socket.resume();
  }

  get socket(): Socket {
    return this.#socket;
  }

  /** Aborted when the other side is not there any more, with the reason; until the socket is handed over. */
  get gone(): AbortSignal {
    const gone = (this.#gone ??= new AbortController());
    if (this.#failure !== undefined) gone.abort(this.#failure);
    return gone.signal;
  }

  /** Why nothing more comes; undefined: it may. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** The socket is another one from now on: what was said in the clear goes on under TLS. */
  async upgrade(secure: (socket: Socket) => Promise<Socket>): Promise<void> {
    this.#deafen();
    // A stream that flows with nobody who listens drops what comes.
    this.#socket.pause();
    const rest = this.#reader.rest();
    if (rest.length > 0) this.#socket.unshift(rest);
    this.#socket = await secure(this.#socket);
    this.#listen(this.#socket);
  }

  /** The payload of the next packet. Rejects when the socket ends, or what comes is no packet. */
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

  /** The number that the next packet of ours has. */
  get sequence(): number {
    return this.#sequence & 0xff;
  }

  /** Whoever comes next listens to the socket; `rest` is what came already. */
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
    // Nobody reads while the server is asked: what comes meanwhile is kept, but not without end.
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
