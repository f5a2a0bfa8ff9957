import type { Socket } from 'node:net';
import type { ClientSession } from '../session/index.js';
import type { Password } from '../wire/index.js';
import type { Account } from './account.js';

/** What an applicant is connected by. */
export interface Connection {
  /** Why it is not there any more; undefined: it is. */
  readonly failure: Error | undefined;
  /** Aborted when it goes. Made when it is first asked for: most are in before they can go. */
  readonly gone: AbortSignal;
}

/** Who wants to come in. */
export interface Applicant {
  readonly user: string;
  /** Its address. */
  readonly from: string;
  readonly database: string | undefined;
  readonly charset: number;
  /** What both sides can do. */
  readonly capabilities: number;
  /** That it has told, or proven to know. */
  readonly password: Password;
  readonly connection: Connection;
}

/** Who is in. */
export interface Admitted {
  readonly account: Account;
  readonly session: ClientSession;
}

/** The address of a client, for what is remembered of its logins. */
export const fromOf = (socket: Socket): string => socket.remoteAddress ?? 'localhost';
