/** What the clients of a gateway do on one account, that is on one pool. */
export interface GatewayReading {
  /** How many clients are in each state. */
  readonly clients: Readonly<Record<ClientState, number>>;
  /** How many are pinned for each reason. */
  readonly pinned: Readonly<Record<string, number>>;
  /** Commands that went to the server for clients. */
  readonly commands: number;
  /** How often a session had to be made a client's own before a command. */
  readonly replays: number;
  /** How often it had to be reset. */
  readonly resets: number;
  /** Commands that had to wait for a session, and for how long (ms) in all. */
  readonly queued: number;
  readonly queueTime: number;
  /** Clients that were let in, and that were not. */
  readonly logins: number;
  readonly refusedLogins: number;
}

export const CLIENT_STATES = ['idle', 'waiting', 'active', 'transaction', 'pinned'] as const;

/** What a client of a gateway does at the moment; see `GatewayStats.clients`. @since 0.1.0 */
export type ClientState = (typeof CLIENT_STATES)[number];

// One per process and thread, also for a second copy of the package.
const key = Symbol.for('node-mysqlpool.gateways-of-pools');
const holder = globalThis as { [key]?: WeakMap<object, () => GatewayReading> };

/** Keeps in mind that a pool is an account of a gateway, for metrics and reports. */
export function noteGateway(pool: object, read: () => GatewayReading): void {
  (holder[key] ??= new WeakMap()).set(pool, read);
}

/** What a pool's clients do; undefined for a pool that belongs to no gateway. */
export const gatewayOf = (pool: object): GatewayReading | undefined => holder[key]?.get(pool)?.();
