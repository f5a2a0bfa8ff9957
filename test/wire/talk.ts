import type { Socket } from 'node:net';
import { packet, PacketReader } from '#internal/wire/index.js';

/** A socket on which both sides speak by turns. */
export class Talk {
  #socket!: Socket;
  readonly #reader = new PacketReader();
  #sequence = 0;
  #heard: () => void = () => undefined;
  #failure: Error | undefined;

  constructor(socket: Socket) {
    this.use(socket);
  }

  use(socket: Socket): void {
    this.#socket = socket;
    socket.on('data', this.#take);
    socket.on('error', this.#fail);
    socket.on('close', this.#fail);
  }

  /** The socket, which is somebody else's from now on, with what has come already. */
  release(): Socket {
    const rest = this.#reader.rest();
    this.#socket.off('data', this.#take).off('error', this.#fail).off('close', this.#fail).pause();
    if (rest.length > 0) this.#socket.unshift(rest);
    return this.#socket;
  }

  /** The payload of the next packet. Rejects when the other side has gone. */
  async read(): Promise<Buffer> {
    for (;;) {
      const next = this.#reader.next();
      if (next !== undefined) {
        this.#sequence = next.sequence + 1;
        return next.payload;
      }
      if (this.#failure !== undefined) throw this.#failure;
      await new Promise<void>((resolve) => (this.#heard = resolve));
    }
  }

  write(...payloads: readonly Buffer[]): void {
    for (const payload of payloads) this.#socket.write(packet(payload, this.#sequence++ & 0xff));
  }

  end(): void {
    this.#socket.end();
  }

  readonly #take = (chunk: Buffer): void => {
    this.#reader.push(chunk);
    this.#heard();
  };

  readonly #fail = (error?: unknown): void => {
    this.#failure ??= error instanceof Error ? error : new Gone('the other side has gone');
    this.#heard();
  };
}

export class Gone extends Error {}
