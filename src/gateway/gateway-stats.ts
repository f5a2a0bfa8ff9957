import { CLIENT_STATES, type ClientState, type GatewayReading } from '../metrics/gateway-of.js';
import type { PoolStats } from '../pool/index.js';

/** What a gateway does now, and has done since it was started. @since 0.1.0 */
export interface GatewayStats {
  /**
   * Clients by what they do: `waiting` for a session, `active` (a command runs), between two commands of a `transaction`,
   * `pinned` to a session without a transaction, or `idle`. Each is counted once; the sum is all of them.
   */
  readonly clients: Readonly<Record<'total' | ClientState, number>>;
  /** Clients that have to keep their session, by why. One may have several reasons. */
  readonly pinned: Readonly<Record<string, number>>;
  /** Commands that went to the server for clients. */
  readonly commands: number;
  /** How often a session had to be made a client's own before a command: by statements that set what differs. */
  readonly replays: number;
  /** How often a session had to be reset. */
  readonly resets: number;
  /** Commands that had to wait for a session. */
  readonly queued: number;
  /** How long they waited, in ms, in all. */
  readonly queueTime: number;
  /** Clients that were let in. */
  readonly logins: number;
  /** Clients that were not: by the server, for want of room, or since they did not say who they are in time. */
  readonly refusedLogins: number;
  /** Of each account's pool. */
  readonly pools: readonly PoolStats[];
}

/** What is counted of an account as it happens. */
export type AccountCounts = {
  -readonly [name in Exclude<keyof GatewayReading, 'clients' | 'pinned'>]: number;
};

export const newCounts = (): AccountCounts => ({
  commands: 0,
  replays: 0,
  resets: 0,
  queued: 0,
  queueTime: 0,
  logins: 0,
  refusedLogins: 0,
});

/** What is seen of a client. */
export interface SeenClient {
  readonly state: ClientState;
  readonly pins: readonly string[];
}

/** What an account's clients do at the moment, and what was counted of it. */
export function readingOf(clients: Iterable<SeenClient>, counts: AccountCounts): GatewayReading {
  const states = Object.fromEntries(CLIENT_STATES.map((state) => [state, 0])) as Record<ClientState, number>;
  const pinned: Record<string, number> = {};
  for (const { state, pins } of clients) {
    states[state]++;
    for (const reason of pins) pinned[reason] = (pinned[reason] ?? 0) + 1;
  }
  return { ...counts, clients: states, pinned };
}

/** What all accounts of a gateway amount to. `others` are counts that belong to none. */
export function statsOf(
  reading: GatewayReading,
  others: readonly AccountCounts[],
  pools: readonly PoolStats[],
): GatewayStats {
  const sums = newCounts();
  for (const counts of [reading, ...others]) {
    for (const name of Object.keys(sums) as (keyof AccountCounts)[]) sums[name] += counts[name];
  }
  const total = Object.values(reading.clients).reduce((sum, each) => sum + each, 0);
  return { ...sums, clients: { total, ...reading.clients }, pinned: reading.pinned, pools };
}
