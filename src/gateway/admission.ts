import type { Socket } from 'node:net';
import type { ClientSession } from '../session/index.js';
import type { Password } from '../wire/index.js';
import type { Account } from './account.js';

/** The connection of a client that is logging in. */
export interface Connection {
  /** Why the connection was lost; undefined while it is open. */
  readonly failure: Error | undefined;
  /** Aborted when the connection is lost. Created on first use, as most clients are logged in without waiting. */
  readonly gone: AbortSignal;
}

/** A client that wants to log in, or to change its user. */
export interface Applicant {
  readonly user: string;
  /** Its address. */
  readonly from: string;
  readonly database: string | undefined;
  readonly charset: number;
  /** The capabilities that both sides have. */
  readonly capabilities: number;
  /** The password that it has told, or proven to know. */
  readonly password: Password;
  readonly connection: Connection;
}

/** A client that has been logged in. */
export interface Admitted {
  readonly account: Account;
  readonly session: ClientSession;
}

/** The address of a client, under which its failed logins are remembered. */
export const fromOf = (socket: Socket): string => socket.remoteAddress ?? 'localhost';
