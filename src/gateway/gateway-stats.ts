import { CLIENT_STATES, type ClientState, type GatewayReading } from '../metrics/gateway-of.js';
import type { PoolStats } from '../pool/index.js';

/** Figures of a gateway: its clients now, and counts since it was started. @since 0.1.0 */
export interface GatewayStats {
  /**
   * Clients by state: `waiting` for a session, `active` (a command is running), `transaction` (between two commands of
   * one), `pinned` (keeps its session without a transaction), or `idle`. Each client is counted in one state; `total`
   * is their sum.
   */
  readonly clients: Readonly<Record<'total' | ClientState, number>>;
  /** Clients that are pinned to their session, by reason. A client may have several reasons. */
  readonly pinned: Readonly<Record<string, number>>;
  /** Commands of clients that were sent to the server. */
  readonly commands: number;
  /** How often a session was brought into a client's state before a command, by statements that set what differed. */
  readonly replays: number;
  /** How often a session was reset. */
  readonly resets: number;
  /** Commands that had to wait for a session. */
  readonly queued: number;
  /** How long those commands have waited, in ms, in all. */
  readonly queueTime: number;
  /** Successful logins. */
  readonly logins: number;
  /** Failed logins: refused by the server, for `maxClients`, or since they took longer than `loginTimeout`. */
  readonly refusedLogins: number;
  /** The figures of each account's pool. */
  readonly pools: readonly PoolStats[];
}

/** The counters of an account. */
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

/** The part of a client that is reported. */
export interface SeenClient {
  readonly state: ClientState;
  readonly pins: readonly string[];
}

/** The states of an account's clients at the moment, with its counters. */
export function readingOf(clients: Iterable<SeenClient>, counts: AccountCounts): GatewayReading {
  const states = Object.fromEntries(CLIENT_STATES.map((state) => [state, 0])) as Record<ClientState, number>;
  const pinned: Record<string, number> = {};
  for (const { state, pins } of clients) {
    states[state]++;
    for (const reason of pins) pinned[reason] = (pinned[reason] ?? 0) + 1;
  }
  return { ...counts, clients: states, pinned };
}

/** The sum of `reading` and of the counters of `others`, as the figures of a whole gateway. */
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
