import type { CoordinatorState } from './coordinator.js';

/** A fleet's figures, as one of its processes knows them. */
export interface FleetStats {
  readonly name: string;
  readonly cap: 'account' | 'slots';
  /** Most connections of all processes together; undefined until the server has told the account's limit. */
  readonly limit: number | undefined;
  /** Connections of this process, open or being opened. */
  readonly held: number;
  /** How many connections this process could use: those in use, and one for each waiter. */
  readonly demand: number;
  /** Callers of this process that wait for a connection. */
  readonly waiters: number;
  /** How many connections this process keeps although nobody uses them. */
  readonly floor: number;
  readonly weight: number;
  /** How many connections this process may have while others wait; undefined while none is known to wait. */
  readonly share: number | undefined;
  /** Whether the server refused the latest login because the limit was reached. */
  readonly isFull: boolean;
  /** The latest count of the account's sessions; undefined before the first. */
  readonly counted: number | undefined;
  /** Logins that the server has refused because the limit was reached, since this process joined. */
  readonly refusals: number;
  /** Connections that this process has closed in favour of others, since it joined. */
  readonly sheds: number;
  readonly coordinator: { readonly kind: string } & CoordinatorState;
}
