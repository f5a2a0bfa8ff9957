/** Logins at real servers, packet by packet, and what the server said in them. */
import { connect, type Socket } from 'node:net';
import { secureServer, type ServerTls } from '#internal/gateway/tls.js';
import {
  ASKED,
  Capability,
  decodeGreeting,
  PacketReader,
  packet,
  Password,
  ServerLogin,
  together,
  type ErrorPacket,
  type Packet,
} from '#internal/wire/index.js';

export interface Login {
  readonly user: string;
  readonly password: string | Password;
  readonly database?: string;
  /** @default TCP */
  readonly socketPath?: string | undefined;
  readonly tls?: ServerTls | undefined;
  readonly serverKey?: string;
}

export interface Outcome {
  readonly error: ErrorPacket | undefined;
  /** What the server said after the handshake response: `ok`, `error`, `switch to …`, `fast`, `full`, `key`. */
  readonly said: readonly string[];
}

/** Logs in, and hangs up. */
export async function logIn(server: { host: string; port: number }, login: Login): Promise<Outcome> {
  const { user, password, database, socketPath, tls, serverKey } = login;
  const socket = socketPath === undefined ? connect(server.port, server.host) : connect(socketPath);
  const talk = new Talk(socket);
  try {
    const greeting = decodeGreeting((await talk.read()).payload);
    const state = new ServerLogin(greeting, {
      user,
      password: typeof password === 'string' ? Password.of(password) : password,
      database,
      charset: 45,
      capabilities: tls === undefined ? ASKED : together(ASKED, Capability.SSL),
      attributes: { program_name: 'logins' },
      isSecure: tls !== undefined || socketPath !== undefined,
      serverKey,
    });
    if (tls !== undefined) {
      talk.write(state.sslRequest());
      talk.use(await secureServer(talk.release(), { host: server.host, tls }));
    }
    talk.write(state.first());
    const said: string[] = [];
    for (;;) {
      const { payload } = await talk.read();
      said.push(wordOf(payload));
      const { send, done, error } = state.feed(payload);
      if (send !== undefined) talk.write(send);
      if (done === true || error !== undefined) return { error, said };
    }
  } finally {
    talk.end();
  }
}

function wordOf(payload: Buffer): string {
  if (payload[0] === 0) return 'ok';
  if (payload[0] === 0xff) return 'error';
  if (payload[0] === 0xfe) return `switch to ${payload.toString('latin1', 1, payload.indexOf(0))}`;
  return payload.length > 2 ? 'key' : payload[1] === 3 ? 'fast' : 'full';
}

/** Packets by turns. */
class Talk {
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

  /** The socket, which is somebody else's from now on. */
  release(): Socket {
    return this.#socket.off('data', this.#take).off('error', this.#fail).off('close', this.#fail);
  }

  async read(): Promise<Packet> {
    for (;;) {
      const next = this.#reader.next();
      if (next !== undefined) {
        this.#sequence = next.sequence + 1;
        return next;
      }
      if (this.#failure !== undefined) throw this.#failure;
      await new Promise<void>((resolve) => (this.#heard = resolve));
    }
  }

  write(payload: Buffer): void {
    this.#socket.write(packet(payload, this.#sequence++));
  }

  end(): void {
    this.#socket.end();
  }

  readonly #take = (chunk: Buffer): void => {
    this.#reader.push(chunk);
    this.#heard();
  };

  readonly #fail = (error?: unknown): void => {
    this.#failure ??= error instanceof Error ? error : new Error('the server has closed the connection');
    this.#heard();
  };
}
