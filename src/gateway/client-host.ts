import type { Socket } from 'node:net';
import type { ClientSession } from '../session/index.js';
import type { ErrorPacket } from '../wire/index.js';
import type { Account } from './account.js';
import type { Sharing } from './binding-client.js';

/** The identity of a client after its login. */
export interface ClientIdentity {
  readonly user: string;
  readonly account: Account;
  /** The capabilities that both sides have. */
  readonly capabilities: number;
  /** The connection attribute `program_name`. */
  readonly program: string | undefined;
  /** The number of the collation in its handshake. */
  readonly charset: number;
  /**
   * The scramble of its greeting, which a COM_CHANGE_USER may refer to. As latin1, which takes less memory than a
   * Buffer.
   */
  readonly scramble: string;
  /** Whether nobody else can read the connection. */
  readonly isSecure: boolean;
}

/** A client after a COM_CHANGE_USER. */
export interface ChangedUser {
  readonly identity: ClientIdentity;
  readonly session: ClientSession;
  /** Sequence number for the OK. */
  readonly sequence: number;
  /** Bytes of its next commands that have arrived already. */
  readonly rest: Buffer;
}

/** What a client needs of its gateway. */
export interface ClientHost extends Sharing {
  /** The gateway is closing: clients are disconnected as soon as they are in no transaction. */
  readonly isClosing: boolean;
  /** Whether a client of this gateway has this id. */
  knows(id: number): boolean;
  /** KILL of a client or its statement. Resolves with the error for the client that issued it, or undefined. */
  kill(by: Account, id: number, what: 'query' | 'connection'): Promise<ErrorPacket | undefined>;
  /**
   * COM_CHANGE_USER. Resolves with undefined if it was refused; the client has then been told why.
   * @param several whether multi-statements are on, which the command does not change
   * @param ahead bytes that the client has sent after the command
   */
  changeUser(
    socket: Socket,
    identity: ClientIdentity,
    frame: Buffer,
    several: boolean,
    ahead: Buffer,
  ): Promise<ChangedUser | undefined>;
  /** The client has disconnected. */
  left(id: number): void;
}
