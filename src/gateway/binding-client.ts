import type { ClientSession } from '../session/index.js';
import type { Dialect, ErrorPacket } from '../wire/index.js';
import type { Account } from './account.js';
import type { ClientStatements } from './client-statements.js';

/** How backends are shared. */
export interface Sharing {
  /** Each transaction is to have another backend than the last. */
  readonly rotates: boolean;
  /** A client keeps its backend for as long as it is connected. */
  readonly keepsBackends: boolean;
}

/** The client that a binding serves. */
export interface BindingClient extends Dialect {
  readonly label: string;
  readonly account: Account;
  readonly session: ClientSession;
  readonly statements: ClientStatements;
  readonly isGone: boolean;
  /** Bytes of the answer. False: it has not read what it was told before. */
  take(bytes: Buffer): boolean;
  /** The backend takes no more for now, or again. */
  pause(): void;
  resume(): void;
  /** The command is done, whatever came of it. */
  done(): void;
  /** The command could not be run. */
  fail(error: ErrorPacket): void;
  /** What it sends from now on is a file, whose packets are so far ahead of what the server counts. */
  sendsFile(ahead: number): void;
  /** The backend is lost under its command, and with it what the session was. Undefined: there is nothing to say. */
  cutOff(error: ErrorPacket | undefined): void;
  /** It is told out of turn, and the connection ends. */
  turnOut(error: ErrorPacket): void;
}
