import { connect, type Socket } from 'node:net';
import { ASKED, Capability, Command, packet } from '#internal/wire/index.js';
import { WireClient } from '#support/wire-client.js';

export interface Account {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

/** Without session tracking, so that every answer has the same length. */
const CAPABILITIES = ASKED & ~Capability.SESSION_TRACK;

/** A minimal client: it repeats one command and only counts the bytes of the answer, whose length it knows. */
export class RawClient {
  readonly #socket: Socket;
  readonly #frame: Buffer;
  readonly #length: number;
  #seen = 0;
  #answered: (() => void) | undefined;

  private constructor(socket: Socket, frame: Buffer, length: number) {
    this.#socket = socket;
    this.#frame = frame;
    this.#length = length;
    socket.on('data', (chunk: Buffer) => {
      this.#seen += chunk.length;
      if (this.#seen < this.#length) return;
      this.#seen = 0;
      this.#answered?.();
    });
  }

  /** @param prepared whether to run the statement as a prepared statement */
  static async open(account: Account, sql: string, prepared: boolean): Promise<RawClient> {
    const client = await WireClient.connect({ ...account, capabilities: CAPABILITIES });
    const body = Buffer.from(sql);
    let frame = Buffer.concat([Buffer.of(Command.QUERY), body]);
    if (prepared) {
      const [reply] = await client.command(Buffer.concat([Buffer.of(Command.STMT_PREPARE), body]));
      const id = reply!.payload.readUInt32LE(1);
      frame = Buffer.alloc(10);
      frame[0] = Command.STMT_EXECUTE;
      frame.writeUInt32LE(id, 1);
      frame.writeUInt32LE(1, 6);
    }
    const answer = await client.command(frame);
    const length = answer.reduce((sum, { payload }) => sum + payload.length + 4, 0);
    return new RawClient(client.detach(), packet(frame, 0), length);
  }

  /** Repeats the command until `isEnough`; calls `took` with the duration of each, in ms. */
  run(isEnough: () => boolean, took: (ms: number) => void): Promise<void> {
    return new Promise((resolve) => {
      let began = performance.now();
      this.#answered = (): void => {
        const now = performance.now();
        took(now - began);
        began = now;
        if (isEnough()) resolve();
        else this.#socket.write(this.#frame);
      };
      this.#socket.write(this.#frame);
    });
  }

  close(): void {
    this.#socket.destroy();
  }
}

/** Whether the port accepts connections. */
export const isOpen = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false));
    socket.on('close', () => undefined);
    setTimeout(() => socket.destroy(), 1_000).unref();
  });
