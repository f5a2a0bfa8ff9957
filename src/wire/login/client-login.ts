import { encodeAuthSwitch, encodeMoreData } from '../auth-switch.js';
import { Capability, has } from '../capabilities.js';
import type { ErrorPacket } from '../error-packet.js';
import { WireError } from '../errors.js';
import { accessDenied, CLIENT_TOO_OLD, pluginFailed } from './login-errors.js';
import { Password } from './password.js';
import { clearPassword, type RsaKey } from './rsa.js';

/** The plugin that clients are greeted with, and switched to. */
export const CLIENT_PLUGIN = 'caching_sha2_password';

/** What is known of a user's passwords. Each answers which of them the client's answer was made with. */
export interface KnownPassword {
  /** Of caching_sha2_password's 32 bytes. */
  provesSha2(scramble: Buffer, answer: Buffer): Password | undefined;
  /**
   * Of mysql_native_password's 20 bytes, which clients send that know no plugins. Undefined where it was not written down
   * for them: what others have proven is no reason to let them in or not.
   */
  readonly provesNative: ((scramble: Buffer, answer: Buffer) => Password | undefined) | undefined;
}

/** What a handshake response or a COM_CHANGE_USER says of who it is. */
export interface Claim {
  readonly user: string;
  readonly answer: Buffer;
  readonly plugin: string | undefined;
  /** Of the connection. */
  readonly capabilities: number;
}

export interface ClientLoginOptions {
  /** The 20 bytes of the connection's greeting. */
  readonly scramble: Buffer;
  /** Nobody else can read the connection: TLS, or a UNIX socket. */
  readonly isSecure: boolean;
  /** For passwords over a connection that is not secure; without it they are refused there. */
  readonly key: RsaKey | undefined;
  /** Where the client is, for the text of a refusal. */
  readonly host: string;
  /** It is a COM_CHANGE_USER: the first packet has been answered for another user on this connection. */
  readonly isChange?: boolean;
  known(user: string): KnownPassword | undefined;
}

/**
 * What a packet of the client leads to. `send` goes to the client as it is, each in a packet of its own, after which its
 * next one is awaited. All others end the machine: the OK, or the ERR, of a login is up to whoever asked the server.
 */
export type LoginStep =
  | { readonly send: readonly Buffer[]; readonly proven?: undefined }
  /** It knows the password, which is known already. `send` goes before the OK. */
  | { readonly proven: Password; readonly send: readonly Buffer[] }
  /** It has told its password, which nobody has checked. */
  | { readonly password: Password }
  /** `isClear`: the client has sent its password as it is where others can read it. It was not looked at. */
  | { readonly refused: ErrorPacket; readonly isClear?: true };

/** Longer ones are refused. Tokens that clouds give out for passwords have up to some 2,000 bytes. */
const LONGEST_PASSWORD = 4_096;

/** What caching_sha2_password answers, SHA-256's length. */
const SHA2_ANSWER = 32;
const FAST = encodeMoreData(Buffer.from([3]));
const FULL = encodeMoreData(Buffer.from([4]));
const ASKS_KEY = 2;

const isEmptyAnswer = (answer: Buffer): boolean => answer.length === 0 || (answer.length === 1 && answer[0] === 0);

/**
 * A login of a client, where we are the server: packets in, packets out. Every client is led to caching_sha2_password,
 * whatever plugin its account has at the server, since that is what all of them can do, and its long form tells us the
 * password, to log in with at the server. Whose password is known already proves it in the short form.
 */
export class ClientLogin {
  readonly #options: ClientLoginOptions;
  #user = '';
  #awaits: 'claim' | 'answer' | 'password' | 'encrypted' | 'nothing' = 'claim';

  constructor(options: ClientLoginOptions) {
    this.#options = options;
  }

  /** The handshake response, or the COM_CHANGE_USER. */
  begin({ user, answer, plugin, capabilities }: Claim): LoginStep {
    if (this.#awaits !== 'claim') throw new WireError('a login that has begun already');
    this.#user = user;
    const isEmpty = isEmptyAnswer(answer);
    const isChange = this.#options.isChange === true;
    if (!has(capabilities, Capability.PLUGIN_AUTH)) return isEmpty ? this.#told(Password.of('')) : this.#native(answer);
    // Nothing is no answer yet in a COM_CHANGE_USER, nor of a plugin that we have not begun: C clients wait to be asked.
    if (plugin !== CLIENT_PLUGIN || (isEmpty && isChange)) return this.#switch();
    if (isEmpty) return this.#told(Password.of(''));
    // A change may be answered for a scramble of before.
    return this.#proven(answer) ?? (isChange ? this.#switch() : this.#askAll());
  }

  /** Each packet after it. @throws WireError for one that comes after the end */
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
        throw new WireError('a packet of a login, and there is none');
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

  /** What comes where others can read it: it asks for the key, or has it already, or is a mistake of the client's. */
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
