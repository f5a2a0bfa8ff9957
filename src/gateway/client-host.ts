import type { Socket } from 'node:net';
import type { ClientSession } from '../session/index.js';
import type { ErrorPacket } from '../wire/index.js';
import type { Account } from './account.js';
import type { Sharing } from './binding-client.js';

/** Who a client is, after its login. */
export interface ClientIdentity {
  readonly user: string;
  readonly account: Account;
  /** What both sides can do. */
  readonly capabilities: number;
  /** What its program calls itself. */
  readonly program: string | undefined;
  /** The number of the collation that its handshake named. */
  readonly charset: number;
  /** What it was greeted with, which a COM_CHANGE_USER may be answered for: as latin1, which takes less than a Buffer of its own. */
  readonly scramble: string;
  /** Nobody else can read the connection. */
  readonly isSecure: boolean;
}

/** A client that is another one now. */
export interface ChangedUser {
  readonly identity: ClientIdentity;
  readonly session: ClientSession;
  /** Of the OK that it is told. */
  readonly sequence: number;
  /** What has come already of its next commands. */
  readonly rest: Buffer;
}

/** What a client needs of the gateway that has let it in. */
export interface ClientHost extends Sharing {
  /** Nobody stays any longer than a transaction. */
  readonly isClosing: boolean;
  /** Whether a client of ours has this number. */
  knows(id: number): boolean;
  /** Stops a client's statement, or the client. Resolves with what the one is told who said it: an error, or an OK. */
  kill(by: Account, id: number, what: 'query' | 'connection'): Promise<ErrorPacket | undefined>;
  /**
   * COM_CHANGE_USER. Undefined: it was refused, and the client has been told why.
   * @param several whether a text may hold several statements, which is as it was
   * @param ahead what the client has sent since
   */
  changeUser(
    socket: Socket,
    identity: ClientIdentity,
    frame: Buffer,
    several: boolean,
    ahead: Buffer,
  ): Promise<ChangedUser | undefined>;
  left(id: number): void;
}
