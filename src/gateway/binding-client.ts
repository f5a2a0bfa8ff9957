import type { ClientSession } from '../session/index.js';
import type { Dialect, ErrorPacket } from '../wire/index.js';
import type { Account } from './account.js';
import type { ClientStatements } from './client-statements.js';

/** How clients share backends: see `GatewayOptions.mode`. */
export interface Sharing {
  /** Mode `rotate`: each transaction gets another backend than the one before. */
  readonly rotates: boolean;
  /** Mode `session`: a client keeps its backend for as long as it is connected. */
  readonly keepsBackends: boolean;
}

/** The client that a binding serves. */
export interface BindingClient extends Dialect {
  readonly label: string;
  readonly account: Account;
  readonly session: ClientSession;
  readonly statements: ClientStatements;
  readonly isGone: boolean;
  /** Takes bytes of the answer. Returns false if the client has not read the earlier ones yet. */
  take(bytes: Buffer): boolean;
  /** Stops reading from the client, as the backend takes no more for now. */
  pause(): void;
  resume(): void;
  /** The command has ended, successful or not. */
  done(): void;
  /** The command could not be run. */
  fail(error: ErrorPacket): void;
  /**
   * From now on the client sends a file (LOCAL INFILE), not commands.
   * @param ahead by how much its sequence numbers are ahead of those that the server expects
   */
  sendsFile(ahead: number): void;
  /** Disconnects the client, since the backend was lost during its command. `error` is sent first, if there is one. */
  cutOff(error: ErrorPacket | undefined): void;
  /** Disconnects the client outside of a command, after sending `error`. */
  turnOut(error: ErrorPacket): void;
}
