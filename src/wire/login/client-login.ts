import { encodeAuthSwitch, encodeMoreData } from '../auth-switch.js';
import { Capability, has } from '../capabilities.js';
import type { ErrorPacket } from '../error-packet.js';
import { WireError } from '../errors.js';
import { accessDenied, CLIENT_TOO_OLD, pluginFailed } from './login-errors.js';
import { Password } from './password.js';
import { clearPassword, type RsaKey } from './rsa.js';

/** The authentication plugin that clients are greeted with, and switched to. */
export const CLIENT_PLUGIN = 'caching_sha2_password';

/** The known passwords of a user. Each method returns the one that the client's answer was computed from, if any. */
export interface KnownPassword {
  /** Checks the 32 bytes of caching_sha2_password. */
  provesSha2(scramble: Buffer, answer: Buffer): Password | undefined;
  /**
   * Checks the 20 bytes of mysql_native_password, which clients without plugins send. Undefined if the user's password
   * is not in the users file: passwords that were learned from other clients are not used to check these clients.
   */
  readonly provesNative: ((scramble: Buffer, answer: Buffer) => Password | undefined) | undefined;
}

/** The identity in a handshake response or a COM_CHANGE_USER. */
export interface Claim {
  readonly user: string;
  readonly answer: Buffer;
  readonly plugin: string | undefined;
  /** The capabilities of the connection. */
  readonly capabilities: number;
}

export interface ClientLoginOptions {
  /** The 20 bytes of the connection's greeting. */
  readonly scramble: Buffer;
  /** Whether nobody else can read the connection: TLS, or a UNIX socket. */
  readonly isSecure: boolean;
  /** Decrypts passwords that come over an insecure connection; without it a full authentication is refused there. */
  readonly key: RsaKey | undefined;
  /** The client's host, for the text of a refusal. */
  readonly host: string;
  /** Whether this is a COM_CHANGE_USER. Its first answer may be computed from an older scramble. */
  readonly isChange?: boolean;
  known(user: string): KnownPassword | undefined;
}

/**
 * What follows from a packet of the client. With `send` alone, its buffers are sent as one packet each, and the
 * client's next packet is awaited. Any other step ends the login here; the OK or ERR is then sent by the caller, who
 * asks the server first.
 */
export type LoginStep =
  | { readonly send: readonly Buffer[]; readonly proven?: undefined }
  /** The client has proven that it knows this password, which is known already. `send` must precede the OK. */
  | { readonly proven: Password; readonly send: readonly Buffer[] }
  /** The client has told its password, which has not been checked yet. */
  | { readonly password: Password }
  /** `isClear`: the client has sent its password in clear over an insecure connection. The password was not checked. */
  | { readonly refused: ErrorPacket; readonly isClear?: true };

/** Longest password in bytes. Access tokens that cloud providers use as passwords have up to some 2,000 bytes. */
const LONGEST_PASSWORD = 4_096;

/** Bytes of an answer of caching_sha2_password, a SHA-256 hash. */
const SHA2_ANSWER = 32;
const FAST = encodeMoreData(Buffer.from([3]));
const FULL = encodeMoreData(Buffer.from([4]));
const ASKS_KEY = 2;

const isEmptyAnswer = (answer: Buffer): boolean => answer.length === 0 || (answer.length === 1 && answer[0] === 0);

/**
 * The server's side of a client's login: packets in, packets out. Every client has to use caching_sha2_password,
 * whatever plugin its account has on the server: all clients support it, and its full authentication tells the
 * password, which is needed to log in to the server. A user whose password is known already only has to prove it, by
 * the fast authentication.
 */
export class ClientLogin {
  readonly #options: ClientLoginOptions;
  #user = '';
  #awaits: 'claim' | 'answer' | 'password' | 'encrypted' | 'nothing' = 'claim';

  constructor(options: ClientLoginOptions) {
    this.#options = options;
  }

  /** Takes the handshake response or COM_CHANGE_USER. */
  begin({ user, answer, plugin, capabilities }: Claim): LoginStep {
    if (this.#awaits !== 'claim') throw new WireError('a login that has begun already');
    this.#user = user;
    const isEmpty = isEmptyAnswer(answer);
    const isChange = this.#options.isChange === true;
    if (!has(capabilities, Capability.PLUGIN_AUTH)) return isEmpty ? this.#told(Password.of('')) : this.#native(answer);
    // In a COM_CHANGE_USER, or with another plugin, an empty answer does not mean an empty password: C clients send it
    // and wait for the switch of the plugin.
    if (plugin !== CLIENT_PLUGIN || (isEmpty && isChange)) return this.#switch();
    if (isEmpty) return this.#told(Password.of(''));
    // A COM_CHANGE_USER may be answered for an older scramble: switching the plugin gives the client a new chance.
    return this.#proven(answer) ?? (isChange ? this.#switch() : this.#askAll());
  }

  /** Takes each further packet. @throws WireError for a packet after the end of the login */
  feed(payload: Buffer): LoginStep {
    switch (this.#awaits) {
      case 'answer':
        if (isEmptyAnswer(payload)) return this.#told(Password.of(''));
        if (payload.length !== SHA2_ANSWER) return this.#refused();
        return this.#proven(payload) ?? this.#askAll();
      case 'password':
        return this.#options.isSecure ? this.#told(clearPassword(payload)) : this.#openly(payload);
      case 'encrypted':
        return this.#told(this.#options.key?.decrypt(payload, this.#options.scramble));
      case 'claim':
      case 'nothing':
        throw new WireError('a packet of a login outside of one');
    }
  }

  #proven(answer: Buffer): LoginStep | undefined {
    const proven = this.#options.known(this.#user)?.provesSha2(this.#options.scramble, answer);
    if (proven === undefined) return undefined;
    this.#awaits = 'nothing';
    return { proven, send: [FAST] };
  }

  #switch(): LoginStep {
    this.#awaits = 'answer';
    return { send: [encodeAuthSwitch({ plugin: CLIENT_PLUGIN, scramble: this.#options.scramble })] };
  }

  #askAll(): LoginStep {
    const { isSecure, key } = this.#options;
    if (!isSecure && key === undefined)
      return this.#refused(pluginFailed(CLIENT_PLUGIN, 'Authentication requires secure connection.'));
    this.#awaits = 'password';
    return { send: [FULL] };
  }

  /**
   * A packet of a full authentication over an insecure connection: a request for the public key, the encrypted password
   * of a client that has the key already, or a password in clear, which is refused.
   */
  #openly(payload: Buffer): LoginStep {
    const key = this.#options.key!;
    if (payload.length === 1 && payload[0] === ASKS_KEY) {
      this.#awaits = 'encrypted';
      return { send: [encodeMoreData(key.pem)] };
    }
    if (payload.length === key.length) return this.#told(key.decrypt(payload, this.#options.scramble));
    const isClear = clearPassword(payload)?.isEmpty === false;
    return this.#refused(undefined, isClear);
  }

  #told(password: Password | undefined): LoginStep {
    if (password === undefined || password.length > LONGEST_PASSWORD) return this.#refused();
    this.#awaits = 'nothing';
    return { password };
  }

  #native(answer: Buffer): LoginStep {
    const { scramble } = this.#options;
    const secret = this.#options.known(this.#user);
    if (secret?.provesNative === undefined) return this.#refused(CLIENT_TOO_OLD);
    const proven = secret.provesNative(scramble, answer);
    if (proven === undefined) return this.#refused();
    this.#awaits = 'nothing';
    return { proven, send: [] };
  }

  #refused(error: ErrorPacket = accessDenied(this.#user, this.#options.host, true), isClear = false): LoginStep {
    this.#awaits = 'nothing';
    return isClear ? { refused: error, isClear } : { refused: error };
  }
}
