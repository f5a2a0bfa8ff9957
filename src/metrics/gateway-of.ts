/** The figures of a gateway's clients on one account, that is on one pool. */
export interface GatewayReading {
  /** How many clients are in each state. */
  readonly clients: Readonly<Record<ClientState, number>>;
  /** How many clients are pinned for each reason. */
  readonly pinned: Readonly<Record<string, number>>;
  /** Commands that were sent to the server for clients. */
  readonly commands: number;
  /** How often a backend session had to be brought into a client's state before a command. */
  readonly replays: number;
  /** How often a backend session had to be reset for that. */
  readonly resets: number;
  /** Commands that had to wait for a backend session, and how long (ms) all of them together have waited. */
  readonly queued: number;
  readonly queueTime: number;
  /** How many logins of clients were accepted, and how many were refused. */
  readonly logins: number;
  readonly refusedLogins: number;
}

export const CLIENT_STATES = ['idle', 'waiting', 'active', 'transaction', 'pinned'] as const;

/** What a client of a gateway does at the moment; see `GatewayStats.clients`. @since 0.1.0 */
export type ClientState = (typeof CLIENT_STATES)[number];

// One map per process and thread, shared by all copies of the package.
const key = Symbol.for('node-mysqlpool.gateways-of-pools');
const holder = globalThis as { [key]?: WeakMap<object, () => GatewayReading> };

/** Registers the pool of a gateway's account, so that metrics and reports can read the figures of its clients. */
export function noteGateway(pool: object, read: () => GatewayReading): void {
  (holder[key] ??= new WeakMap()).set(pool, read);
}

/** The figures of a pool's clients; undefined for a pool that belongs to no gateway. */
export const gatewayOf = (pool: object): GatewayReading | undefined => holder[key]?.get(pool)?.();
