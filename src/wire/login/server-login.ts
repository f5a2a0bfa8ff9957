import type { Attributes } from '../attributes.js';
import { decodeAuthSwitch, isAuthSwitch, moreDataIn } from '../auth-switch.js';
import { Capability, has, together } from '../capabilities.js';
import { decodeError, isError, type ErrorPacket } from '../error-packet.js';
import { WireError } from '../errors.js';
import type { Greeting } from '../greeting.js';
import { encodeHandshakeResponse, encodeSslRequest } from '../handshake-response.js';
import { isOk } from '../ok.js';
import { ed25519Answer } from './ed25519.js';
import { pluginFailed, unknownPlugin } from './login-errors.js';
import type { Password } from './password.js';
import { encryptPassword } from './rsa.js';
import { nativeAnswer, sha2Answer } from './scrambles.js';

/** The account to log in to, and the properties of the connection. */
export interface LoginAccount {
  readonly user: string;
  readonly password: Password;
  readonly database?: string | undefined;
  /** The number of a collation. */
  readonly charset: number;
  /** The capabilities to ask for; CONNECT_WITH_DB is added if there is a database. */
  readonly capabilities: number;
  /** Bytes of the largest packet that the server may send. */
  readonly maxPacket?: number;
  readonly attributes: Attributes;
  /** Whether nobody else can read the connection: TLS, or a UNIX socket. Only then a password is sent in clear. */
  readonly isSecure: boolean;
  /** The server's public RSA key in PEM. By default the server is asked for it, as MySQL's clients do. */
  readonly serverKey?: string | undefined;
}

/** What follows from a packet of the server: something to send, the login's end, or neither: it sends more. */
export interface ServerStep {
  readonly send?: Buffer;
  /** The server has accepted the login; the packet is its OK. */
  readonly done?: true;
  /** The login has failed: the server's error, or the reason why this side cannot answer. */
  readonly error?: ErrorPacket;
}

const KNOWN = [
  'mysql_native_password',
  'caching_sha2_password',
  'sha256_password',
  'client_ed25519',
  'mysql_clear_password',
] as const;
type Plugin = (typeof KNOWN)[number];

/** Most packets of a login: enough to switch the plugin and to request the key. */
const MOST_PACKETS = 8;
const DEFAULT_PACKET = 0x0100_0000;

const SHA2_FAST = 3;
const SHA2_FULL = 4;
const SHA2_ASK_KEY = Buffer.from([2]);
const SHA256_ASK_KEY = Buffer.from([1]);
const NUL = Buffer.alloc(1);

/**
 * The client's side of a login to a server: packets in, packets out. Supports all common plugins (see KNOWN), but never
 * sends a password in clear over an insecure connection.
 */
export class ServerLogin {
  /** The capabilities that both sides have. */
  readonly capabilities: number;
  readonly #greeting: Greeting;
  readonly #account: LoginAccount;
  #plugin: Plugin = 'mysql_native_password';
  #scramble: Buffer;
  /** What AuthMoreData is expected: a reply to our answer, the server's key, or none, after the password. */
  #awaits: 'answer' | 'key' | 'verdict' = 'answer';
  #packets = 0;
  #isOver = false;

  constructor(greeting: Greeting, account: LoginAccount) {
    this.#greeting = greeting;
    this.#account = account;
    this.#scramble = greeting.scramble;
    const asked =
      account.database === undefined
        ? account.capabilities & ~Capability.CONNECT_WITH_DB
        : together(account.capabilities, Capability.CONNECT_WITH_DB);
    this.capabilities = together(asked & greeting.capabilities);
  }

  /** The request for TLS, which must precede `first`. */
  sslRequest(): Buffer {
    const { charset, maxPacket = DEFAULT_PACKET } = this.#account;
    return encodeSslRequest({ capabilities: this.capabilities, maxPacket, charset });
  }

  /** The handshake response, the client's first packet (after `sslRequest`, if there is TLS). */
  first(): Buffer {
    const { user, database, charset, attributes, maxPacket = DEFAULT_PACKET } = this.#account;
    const first = this.#begin(this.#greeting.plugin, this.#greeting.scramble);
    // The server's default plugin may be unsupported here, but for this account the server may switch to another one.
    const answer = Buffer.isBuffer(first) ? first : this.#begin('mysql_native_password', this.#greeting.scramble);
    return encodeHandshakeResponse({
      capabilities: this.capabilities,
      maxPacket,
      charset,
      user,
      answer: Buffer.isBuffer(answer) ? answer : Buffer.alloc(0),
      database,
      plugin: this.#plugin,
      attributes,
    });
  }

  /** Takes a packet of the server. @throws WireError for a packet that does not belong to a login */
  feed(payload: Buffer): ServerStep {
    if (this.#isOver) throw new WireError('a packet after the end of the login');
    if (++this.#packets > MOST_PACKETS) throw new WireError(`a login of more than ${MOST_PACKETS} packets`);
    const step = this.#step(payload);
    this.#isOver = step.done === true || step.error !== undefined;
    return step;
  }

  #step(payload: Buffer): ServerStep {
    if (isOk(payload)) return { done: true };
    if (isError(payload)) return { error: decodeError(payload) };
    const answer = this.#answer(payload);
    if (answer === undefined) return {};
    return Buffer.isBuffer(answer) ? { send: answer } : { error: answer };
  }

  #answer(payload: Buffer): Buffer | ErrorPacket | undefined {
    if (isAuthSwitch(payload)) {
      const { plugin, scramble } = decodeAuthSwitch(payload);
      // Copied, as `scramble` is a view of a buffer that is used again for the next packet.
      return this.#begin(plugin, Buffer.from(scramble));
    }
    const data = moreDataIn(payload);
    if (data === undefined) throw new WireError(`0x${(payload[0] ?? 0).toString(16)} begins no packet of a login`);
    return this.#more(data);
  }

  #begin(name: string, scramble: Buffer): Buffer | ErrorPacket {
    const plugin = KNOWN.find((known) => known === name);
    if (plugin === undefined) return unknownPlugin(name, KNOWN);
    this.#plugin = plugin;
    this.#scramble = scramble;
    this.#awaits = 'answer';
    const { password, isSecure } = this.#account;
    if (plugin === 'mysql_native_password') return nativeAnswer(password, scramble);
    const bytes = password.reveal();
    if (bytes === undefined) return pluginFailed(plugin, 'it needs the password, of which only the hash is known');
    switch (plugin) {
      case 'caching_sha2_password':
        return sha2Answer(bytes, scramble);
      case 'client_ed25519':
        return ed25519Answer(bytes, scramble);
      case 'sha256_password':
        // For this plugin alone, the server takes a UNIX socket to be as insecure as TCP.
        return this.#whole(bytes, SHA256_ASK_KEY, has(this.capabilities, Capability.SSL));
      case 'mysql_clear_password':
        return isSecure
          ? Buffer.concat([bytes, NUL])
          : pluginFailed(plugin, 'it sends the password as it is, which needs TLS or a UNIX socket');
    }
  }

  #more(data: Buffer): Buffer | ErrorPacket | undefined {
    const bytes = this.#account.password.reveal();
    if (bytes !== undefined && this.#awaits === 'key') return this.#encrypted(bytes, data.toString('latin1'));
    if (bytes !== undefined && this.#plugin === 'caching_sha2_password' && this.#awaits === 'answer') {
      const [word] = data;
      this.#awaits = 'verdict';
      if (data.length === 1 && word === SHA2_FAST) return undefined;
      if (data.length === 1 && word === SHA2_FULL) return this.#whole(bytes, SHA2_ASK_KEY, this.#account.isSecure);
    }
    throw new WireError(`unexpected data from ${this.#plugin}`);
  }

  /** Sends the password itself: in clear over a secure connection, otherwise encrypted with the server's key. */
  #whole(bytes: Buffer, askKey: Buffer, isSecure: boolean): Buffer | ErrorPacket {
    const { serverKey } = this.#account;
    this.#awaits = 'verdict';
    if (isSecure || bytes.length === 0) return Buffer.concat([bytes, NUL]);
    if (serverKey !== undefined) return this.#encrypted(bytes, serverKey);
    this.#awaits = 'key';
    return askKey;
  }

  #encrypted(bytes: Buffer, publicKey: string): Buffer | ErrorPacket {
    this.#awaits = 'verdict';
    return (
      encryptPassword(bytes, this.#scramble, publicKey) ??
      pluginFailed(this.#plugin, "the server's key is no RSA key, or too small for the password")
    );
  }
}
