import type { CloseReason } from '../pool/index.js';

/** The attribute that an instrument's values have besides the pool. */
export interface Attribute {
  /** The name in OpenTelemetry. */
  readonly name: string;
  /** The label in Prometheus. */
  readonly label: string;
  /** The values known beforehand, which counters show as 0 from the start. Others may appear later. */
  readonly values: readonly string[];
}

/** Describes one instrument, from which the instruments of both OpenTelemetry and Prometheus are made. */
export interface Instrument {
  /** The name in OpenTelemetry. */
  readonly name: string;
  /** The name in Prometheus, without the prefix. */
  readonly metric: string;
  readonly unit: string;
  readonly description: string;
  readonly attribute?: Attribute;
}

export interface Gauge extends Instrument {
  /** Whether the values of several pools or processes may be added up. If not, the highest is shown. */
  readonly additive: boolean;
}

export type GaugeName =
  | 'connections'
  | 'idleMax'
  | 'idleMin'
  | 'max'
  | 'pendingRequests'
  | 'longestWait'
  | 'oldestUse'
  | 'limitedRequests'
  | 'limitHeld'
  | 'limitMax'
  | FleetGaugeName
  | GatewayGaugeName;
/** Gauges of pools that belong to a fleet. */
export type FleetGaugeName = 'fleetLimit' | 'fleetSessions' | 'fleetHeld' | 'fleetDemand' | 'fleetShare' | 'fleetLost';
/** Gauges of pools that are accounts of a gateway. */
export type GatewayGaugeName = 'gatewayClients' | 'gatewayPinned';
export type FleetTotalName = 'fleetRefusals' | 'fleetSheds';
export type GatewayTotalName =
  | 'gatewayCommands'
  | 'gatewayReplays'
  | 'gatewayResets'
  | 'gatewayLogins'
  | 'gatewayRefusedLogins';
export type TotalName = FleetTotalName | GatewayTotalName;
export type CounterName = 'timeouts' | 'rejects' | 'createFailures' | 'refusals' | 'closes' | 'cleanings' | 'leaks';
export type HistogramName = 'createTime' | 'waitTime' | 'useTime';

/** The pool's name, which every instrument carries. */
export const POOL: Attribute = { name: 'db.client.connection.pool.name', label: 'pool', values: [] };

// OpenTelemetry's semantic conventions define `idle` and `used`, and leave names for other states to the library.
const STATE: Attribute = {
  name: 'db.client.connection.state',
  label: 'state',
  values: ['idle', 'used', 'connecting', 'closing'],
};

const REASONS: Readonly<Record<CloseReason, true>> = {
  idle: true,
  lifetime: true,
  overflow: true,
  evicted: true,
  spared: true,
  dead: true,
  unclean: true,
  destroyed: true,
  leaked: true,
  detached: true,
  closed: true,
};
const REASON: Attribute = { name: 'mysqlpool.close.reason', label: 'reason', values: Object.keys(REASONS) };

const KIND: Attribute = { name: 'mysqlpool.cleaning.kind', label: 'kind', values: [] };

// The name that the owner of the limit gives it, such as `the limit over all pools`.
const LIMIT: Attribute = { name: 'mysqlpool.limit.name', label: 'limit', values: [] };

const FLEET: Attribute = { name: 'mysqlpool.fleet.name', label: 'fleet', values: [] };

const COORDINATOR: Attribute = { name: 'mysqlpool.fleet.coordinator', label: 'coordinator', values: [] };

// What a client does; and why the gateway has to keep a pinned client on its backend session, in the gateway's words.
const CLIENT: Attribute = { name: 'mysqlpool.gateway.client.state', label: 'state', values: [] };
const PIN: Attribute = { name: 'mysqlpool.gateway.pin.reason', label: 'reason', values: [] };

const REJECTED: Attribute = {
  name: 'error.type',
  label: 'error',
  values: ['POOL_QUEUE_FULL', 'POOL_UNAVAILABLE', 'POOL_CONNECT', 'POOL_CLOSED'],
};
const FAILED: Attribute = { name: 'error.type', label: 'error', values: [] };

/** Read from the pool's statistics at each collection. The first five are defined by the semantic conventions. */
export const GAUGES: Readonly<Record<GaugeName, Gauge>> = {
  connections: {
    name: 'db.client.connection.count',
    metric: 'connections',
    unit: '{connection}',
    description: 'The number of connections that are currently in state described by the `state` attribute.',
    attribute: STATE,
    additive: true,
  },
  idleMax: {
    name: 'db.client.connection.idle.max',
    metric: 'connections_idle_max',
    unit: '{connection}',
    description: 'The maximum number of idle open connections allowed.',
    additive: true,
  },
  idleMin: {
    name: 'db.client.connection.idle.min',
    metric: 'connections_idle_min',
    unit: '{connection}',
    description: 'The minimum number of idle open connections allowed.',
    additive: true,
  },
  max: {
    name: 'db.client.connection.max',
    metric: 'connections_max',
    unit: '{connection}',
    description: 'The maximum number of open connections allowed.',
    additive: true,
  },
  pendingRequests: {
    name: 'db.client.connection.pending_requests',
    metric: 'waiters',
    unit: '{request}',
    description: 'The number of current pending requests for an open connection.',
    additive: true,
  },
  longestWait: {
    name: 'mysqlpool.acquire.longest_wait',
    metric: 'longest_wait_seconds',
    unit: 's',
    description: 'How long the caller at the head of the line has waited.',
    additive: false,
  },
  oldestUse: {
    name: 'mysqlpool.connection.oldest_use',
    metric: 'oldest_use_seconds',
    unit: 's',
    description: 'How long the oldest loan has been out.',
    additive: false,
  },
  limitedRequests: {
    name: 'mysqlpool.limit.pending_requests',
    metric: 'limited_waiters',
    unit: '{request}',
    description: 'Callers in line who wait for a limit that is not the pool’s own.',
    attribute: LIMIT,
    additive: true,
  },
  limitHeld: {
    name: 'mysqlpool.limit.held',
    metric: 'limit_held',
    unit: '{connection}',
    description: 'Connections under the limit that they wait for, of all pools together.',
    attribute: LIMIT,
    additive: false,
  },
  limitMax: {
    name: 'mysqlpool.limit.max',
    metric: 'limit_max',
    unit: '{connection}',
    description: 'The most connections under the limit that they wait for.',
    attribute: LIMIT,
    additive: false,
  },
  // The pools of one process on the same account are one member of the fleet: each shows the figures of all of them.
  fleetLimit: {
    name: 'mysqlpool.fleet.limit',
    metric: 'fleet_limit',
    unit: '{connection}',
    description: 'The most connections of all processes of the pool’s fleet.',
    attribute: FLEET,
    additive: false,
  },
  fleetSessions: {
    name: 'mysqlpool.fleet.sessions',
    metric: 'fleet_sessions',
    unit: '{connection}',
    description: 'Sessions of the account when this process last had the server count them.',
    attribute: FLEET,
    additive: false,
  },
  fleetHeld: {
    name: 'mysqlpool.fleet.held',
    metric: 'fleet_held',
    unit: '{connection}',
    description: 'Connections that this process has of its fleet.',
    attribute: FLEET,
    additive: false,
  },
  fleetDemand: {
    name: 'mysqlpool.fleet.demand',
    metric: 'fleet_demand',
    unit: '{connection}',
    description: 'Connections of its fleet that this process could use: in use, and wanted by callers in line.',
    attribute: FLEET,
    additive: false,
  },
  fleetShare: {
    name: 'mysqlpool.fleet.share',
    metric: 'fleet_share',
    unit: '{connection}',
    description: 'Connections that this process may have while others of its fleet wait.',
    attribute: FLEET,
    additive: false,
  },
  fleetLost: {
    name: 'mysqlpool.fleet.coordinator.lost',
    metric: 'fleet_coordinator_lost',
    unit: '1',
    description: 'Whether the coordinator of the fleet cannot be reached: 1, or 0 while all is well.',
    attribute: COORDINATOR,
    additive: false,
  },
  gatewayClients: {
    name: 'mysqlpool.gateway.clients',
    metric: 'gateway_clients',
    unit: '{client}',
    description: 'Clients of the gateway on this account, by what they do.',
    attribute: CLIENT,
    additive: true,
  },
  gatewayPinned: {
    name: 'mysqlpool.gateway.pinned',
    metric: 'gateway_pinned',
    unit: '{client}',
    description: 'Clients of the gateway that have to keep their session, by why.',
    attribute: PIN,
    additive: true,
  },
};

/** Totals that a fleet or a gateway counts itself; they are read at each collection. */
export const TOTALS: Readonly<Record<TotalName, Instrument>> = {
  fleetRefusals: {
    name: 'mysqlpool.fleet.refusals',
    metric: 'fleet_refusals_total',
    unit: '{refusal}',
    description: 'Logins of this process that the server has refused because the limit of the fleet was full.',
    attribute: FLEET,
  },
  fleetSheds: {
    name: 'mysqlpool.fleet.sheds',
    metric: 'fleet_sheds_total',
    unit: '{connection}',
    description: 'Connections that this process has closed in favour of others of its fleet.',
    attribute: FLEET,
  },
  gatewayCommands: {
    name: 'mysqlpool.gateway.commands',
    metric: 'gateway_commands_total',
    unit: '{command}',
    description: 'Commands that the gateway has sent to the server for its clients.',
  },
  gatewayReplays: {
    name: 'mysqlpool.gateway.replays',
    metric: 'gateway_replays_total',
    unit: '{replay}',
    description: 'Commands for which a session had to be made the client’s own first.',
  },
  gatewayResets: {
    name: 'mysqlpool.gateway.resets',
    metric: 'gateway_resets_total',
    unit: '{reset}',
    description: 'How often a session was reset, as its state could not be made another’s otherwise.',
  },
  gatewayLogins: {
    name: 'mysqlpool.gateway.logins',
    metric: 'gateway_logins_total',
    unit: '{login}',
    description: 'Clients that the gateway has let in.',
  },
  gatewayRefusedLogins: {
    name: 'mysqlpool.gateway.logins.refused',
    metric: 'gateway_logins_refused_total',
    unit: '{login}',
    description: 'Clients that the gateway has not let in.',
  },
};

/** Counted when the events happen. The first is defined by the semantic conventions. */
export const COUNTERS: Readonly<Record<CounterName, Instrument>> = {
  timeouts: {
    name: 'db.client.connection.timeouts',
    metric: 'acquire_timeouts_total',
    unit: '{timeout}',
    description: 'The number of connection timeouts that have occurred trying to obtain a connection from the pool.',
  },
  rejects: {
    name: 'mysqlpool.acquire.rejects',
    metric: 'acquire_rejects_total',
    unit: '{request}',
    description: 'Callers that went away without a connection for any other reason than a time-out.',
    attribute: REJECTED,
  },
  createFailures: {
    name: 'mysqlpool.connection.create_failures',
    metric: 'connections_failed_total',
    unit: '{failure}',
    description: 'Attempts to open a connection that failed, but those that the server had no room for.',
    attribute: FAILED,
  },
  refusals: {
    name: 'mysqlpool.connection.refusals',
    metric: 'connections_refused_total',
    unit: '{refusal}',
    description: 'Attempts to open a connection that the server had no room for.',
    attribute: FAILED,
  },
  closes: {
    name: 'mysqlpool.connection.closes',
    metric: 'connections_closed_total',
    unit: '{connection}',
    description: 'Connections that left the pool.',
    attribute: REASON,
  },
  cleanings: {
    name: 'mysqlpool.connection.cleanings',
    metric: 'cleanings_total',
    unit: '{cleaning}',
    description: 'Returned connections that had to be made as good as new.',
    attribute: KIND,
  },
  leaks: {
    name: 'mysqlpool.connection.leaks',
    metric: 'leaks_total',
    unit: '{leak}',
    description: 'Loans that were out for longer than leakThreshold.',
  },
};

/** Durations. All are defined by the semantic conventions. */
export const HISTOGRAMS: Readonly<Record<HistogramName, Instrument>> = {
  createTime: {
    name: 'db.client.connection.create_time',
    metric: 'create_time_seconds',
    unit: 's',
    description: 'The time it took to create a new connection.',
  },
  waitTime: {
    name: 'db.client.connection.wait_time',
    metric: 'wait_time_seconds',
    unit: 's',
    description: 'The time it took to obtain an open connection from the pool.',
  },
  useTime: {
    name: 'db.client.connection.use_time',
    metric: 'use_time_seconds',
    unit: 's',
    description: 'The time between borrowing a connection and returning it to the pool.',
  },
};

/**
 * The bounds of histogram buckets, in seconds. The semantic conventions advise these for the durations of database
 * clients, and none for those of pools.
 */
export const BUCKETS: readonly number[] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10];

/** Maps each instrument of a table to something else, under the same name. */
export const mapTable = <K extends string, I, T>(
  table: Readonly<Record<K, I>>,
  make: (instrument: I, name: K) => T,
): Record<K, T> =>
  Object.fromEntries(
    (Object.entries(table) as [K, I][]).map(([name, instrument]) => [name, make(instrument, name)]),
  ) as Record<K, T>;
