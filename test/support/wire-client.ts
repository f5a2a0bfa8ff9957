/** MySQL's protocol packet by packet, for tests that must see every byte of an answer. */
import { constants, createHash, publicEncrypt } from 'node:crypto';
import { connect as connectSocket, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import {
  ASKED,
  Capability,
  Command,
  PacketReader,
  decodeAuthSwitch,
  decodeError,
  decodeGreeting,
  encodeChangeUser,
  encodeHandshakeResponse,
  encodeSslRequest,
  has,
  isAuthSwitch,
  isError,
  isOk,
  moreDataIn,
  packet,
  type ErrorPacket,
  type Greeting,
  type HandshakeResponse,
  type Packet,
} from '#internal/wire/index.js';
import { readAnswer } from './wire-answer.js';

export interface WireOptions {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database?: string;
  /** The capabilities to ask for, if the server offers them. @default `ASKED`: those that the gateway asks for */
  readonly capabilities?: number;
  /** The id of a collation. @default 45, utf8mb4_general_ci */
  readonly charset?: number;
  readonly attributes?: Readonly<Record<string, string>>;
  /** The authentication plugin that the client begins with. @default the one in the server's greeting */
  readonly plugin?: string;
  /** Uses TLS with these options of `tls.connect`. @default no TLS */
  readonly tls?: ConnectionOptions;
}

/** The server has refused with an ERR packet. */
export class ServerRefusal extends Error {
  readonly packet: ErrorPacket;

  constructor(refusal: ErrorPacket) {
    super(`${refusal.errno} (${refusal.sqlState}): ${refusal.message}`);
    this.packet = refusal;
  }
}

/** A connection to a server or to the gateway. It is closed on dispose. */
export class WireClient implements AsyncDisposable {
  readonly greeting: Greeting;
  /** The capabilities of both the client and the server. */
  readonly capabilities: number;
  /** The last packet of the login, an OK. */
  readonly arrival: Packet;
  readonly #packets: Packets;

  private constructor(packets: Packets, greeting: Greeting, { capabilities, arrival }: LoggedIn) {
    this.arrival = arrival;
    this.#packets = packets;
    this.greeting = greeting;
    this.capabilities = capabilities;
  }

  /** @throws ServerRefusal when the login is refused */
  static async connect(options: WireOptions): Promise<WireClient> {
    const socket = connectSocket({ host: options.host, port: options.port, noDelay: true });
    const packets = new Packets(socket);
    try {
      const first = (await packets.next()).payload;
      if (isError(first)) throw new ServerRefusal(decodeError(first));
      const greeting = decodeGreeting(first);
      return new WireClient(packets, greeting, await login(packets, greeting, options));
    } catch (error) {
      packets.destroy();
      throw error;
    }
  }

  /** Sends a command and resolves with all packets of its answer; packets that were split at 16 MB are joined. */
  command(payload: Buffer, file?: Buffer): Promise<Packet[]> {
    this.send(packet(payload, 0));
    return this.answer(payload[0]!, file);
  }

  query(sql: string): Promise<Packet[]> {
    return this.command(Buffer.concat([Buffer.of(Command.QUERY), Buffer.from(sql)]));
  }

  /** Sends COM_CHANGE_USER and resolves with the last packet of the answer. @throws ServerRefusal when it is refused */
  changeUser({ charset = 45, ...options }: Omit<WireOptions, 'host' | 'port' | 'tls'>): Promise<Packet> {
    const { plugin, scramble } = this.greeting;
    const { user, password, database, attributes = {} } = options;
    const answer = proof(plugin, password, scramble);
    const change = { charset, user, answer, database, plugin, attributes };
    this.send(packet(encodeChangeUser(change, this.capabilities), 0));
    return prove(this.#packets, scramble, options);
  }

  /** Reads the answer to a command that was sent by `send`. */
  answer(command: number, file?: Buffer): Promise<Packet[]> {
    const sendFile = (sequence: number): void => {
      let next = sequence;
      if (file !== undefined && file.length > 0) this.send(packet(file, next++));
      this.send(packet(Buffer.alloc(0), next));
    };
    return readAnswer(command, this.capabilities, () => this.#packets.next(), sendFile);
  }

  /** Sends the bytes unchanged: they must include the packet headers. */
  send(...bytes: readonly Buffer[]): void {
    this.#packets.send(Buffer.concat(bytes));
  }

  /** The next packet of the server. Rejects when the connection is closed. */
  next(): Promise<Packet> {
    return this.#packets.next();
  }

  /** Resolves when the server has closed the connection. */
  get closed(): Promise<void> {
    return this.#packets.closed;
  }

  /** Stops reading packets and returns the socket, for tests that read the raw bytes. */
  detach(): Socket {
    return this.#packets.detach();
  }

  destroy(): void {
    this.#packets.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#packets.end(packet(Buffer.of(Command.QUIT), 0));
    await this.#packets.closed;
  }
}

/** The bytes of the packets as they were received. */
export function bytesOf(packets: readonly Packet[]): Buffer {
  return Buffer.concat(
    packets.map(({ sequence, payload }) => packet(payload, (sequence - Math.floor(payload.length / 0xffffff)) & 0xff)),
  );
}

/** Reads a socket as packets, in order. */
class Packets {
  readonly closed: Promise<void>;
  #socket: Socket;
  #reader = new PacketReader();
  readonly #come: Packet[] = [];
  readonly #waiting: PromiseWithResolvers<Packet>[] = [];
  #failure: Error | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', this.#read);
    socket.on('error', (error) => (this.#failure ??= error));
    this.closed = new Promise((resolve) => {
      socket.on('close', () => {
        this.#failure ??= new Error('the connection was closed');
        for (const waiting of this.#waiting.splice(0)) waiting.reject(this.#failure);
        resolve();
      });
    });
  }

  readonly #read = (chunk: Buffer): void => {
    this.#reader.push(chunk);
    for (let next = this.#reader.next(); next !== undefined; next = this.#reader.next()) {
      const waiting = this.#waiting.shift();
      if (waiting === undefined) this.#come.push(next);
      else waiting.resolve(next);
    }
  };

  next(): Promise<Packet> {
    const come = this.#come.shift();
    if (come !== undefined) return Promise.resolve(come);
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    let waiting!: PromiseWithResolvers<Packet>;
    const promise = new Promise<Packet>((resolve, reject) => (waiting = { resolve, reject }));
    this.#waiting.push(waiting);
    return promise;
  }

  send(bytes: Buffer): void {
    this.#socket.write(bytes);
  }

  /** Switches the socket to TLS. */
  async secure(options: ConnectionOptions): Promise<void> {
    this.#socket.off('data', this.#read);
    const secure = connectTls({ ...options, socket: this.#socket });
    await new Promise<void>((resolve, reject) => {
      secure.once('secureConnect', () => resolve());
      secure.once('error', reject);
    });
    this.#socket = secure;
    secure.on('error', (error) => (this.#failure ??= error));
    secure.on('data', this.#read);
  }

  detach(): Socket {
    this.#socket.off('data', this.#read);
    return this.#socket;
  }

  end(last: Buffer): void {
    // Packets that were not read are dropped; the socket must still flow, or the end of the stream would never be seen.
    this.#come.length = 0;
    this.#socket.end(last);
    this.#socket.resume();
  }

  destroy(): void {
    this.#socket.destroy();
  }
}

interface PromiseWithResolvers<T> {
  readonly resolve: (value: T) => void;
  readonly reject: (error: Error) => void;
}

interface LoggedIn {
  /** The capabilities that both sides have agreed on. */
  readonly capabilities: number;
  readonly arrival: Packet;
}

async function login(packets: Packets, greeting: Greeting, options: WireOptions): Promise<LoggedIn> {
  const asked = (options.capabilities ?? ASKED) | (options.tls === undefined ? 0 : Capability.SSL);
  const database = options.database === undefined ? 0 : Capability.CONNECT_WITH_DB;
  const without = asked & ~Capability.CONNECT_WITH_DB;
  const capabilities = ((without | database) & greeting.capabilities) >>> 0;
  const plugin = options.plugin ?? greeting.plugin;
  const response: HandshakeResponse = {
    capabilities,
    maxPacket: 0x40000000,
    charset: options.charset ?? 45,
    user: options.user,
    answer: proof(plugin, options.password, greeting.scramble),
    database: options.database,
    plugin,
    attributes: options.attributes ?? {},
  };
  let sequence = 1;
  if (options.tls !== undefined) {
    if (!has(capabilities, Capability.SSL)) throw new Error('the server offers no TLS');
    packets.send(packet(encodeSslRequest(response), sequence++));
    await packets.secure(options.tls);
  }
  packets.send(packet(encodeHandshakeResponse(response), sequence));
  return { capabilities, arrival: await prove(packets, greeting.scramble, options) };
}

async function prove(
  packets: Packets,
  first: Buffer,
  { password, tls }: Pick<WireOptions, 'password' | 'tls'>,
): Promise<Packet> {
  let scramble = first;
  for (;;) {
    const last = await packets.next();
    const { payload, sequence } = last;
    const reply = (bytes: Buffer): void => packets.send(packet(bytes, sequence + 1));
    const more = moreDataIn(payload);
    if (isOk(payload)) return last;
    if (isError(payload)) throw new ServerRefusal(decodeError(payload));
    if (isAuthSwitch(payload)) {
      const wanted = decodeAuthSwitch(payload);
      ({ scramble } = wanted);
      reply(proof(wanted.plugin, password, scramble));
    } else if (more?.length === 1 && more[0] === 4) reply(tls ? Buffer.from(`${password}\0`) : Buffer.of(2));
    else if (more?.[0] === 0x2d) reply(encrypted(more, password, scramble));
  }
}

/** What the client sends to prove the password: the plugin's hash of the password and the server's random bytes. */
function proof(plugin: string, password: string, scramble: Buffer): Buffer {
  if (password === '') return Buffer.alloc(0);
  const hash = (...parts: (string | Buffer)[]): Buffer => {
    const sum = createHash(plugin === 'mysql_native_password' ? 'sha1' : 'sha256');
    for (const part of parts) sum.update(part);
    return sum.digest();
  };
  const once = hash(password);
  const twice = hash(once);
  return mixed(once, plugin === 'mysql_native_password' ? hash(scramble, twice) : hash(twice, scramble));
}

function encrypted(key: Buffer, password: string, scramble: Buffer): Buffer {
  const secret = mixed(Buffer.from(`${password}\0`), scramble);
  return publicEncrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING }, secret);
}

function mixed(bytes: Buffer, by: Buffer): Buffer {
  return Buffer.from(bytes.map((byte, index) => byte ^ by[index % by.length]!));
}
