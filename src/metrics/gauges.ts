import { fleetOf } from '../budget/fleet-of.js';
import type { FleetStats } from '../budget/index.js';
import type { AnyPool, PoolStats, ResolvedPoolOptions } from '../pool/index.js';
import { gatewayOf, type GatewayReading } from './gateway-of.js';
import {
  GAUGES,
  type FleetGaugeName,
  type FleetTotalName,
  type GatewayGaugeName,
  type GatewayTotalName,
  type GaugeName,
  type TotalName,
} from './vocabulary.js';
import { seconds } from './seconds.js';

/** One value of a gauge: for one pool and, if the gauge has an attribute, for one value of it. */
export interface Reading {
  readonly pool: string;
  readonly attribute: string | undefined;
  readonly value: number;
}

type Values = number | Readonly<Record<string, number>>;
type OfFleet = FleetGaugeName | FleetTotalName;
type OfGateway = GatewayGaugeName | GatewayTotalName;
type PoolGaugeName = Exclude<GaugeName, OfFleet | OfGateway>;

const VALUES: Readonly<Record<PoolGaugeName, (stats: PoolStats, options: ResolvedPoolOptions) => Values>> = {
  connections: ({ idle, inUse, connecting, closing }) => ({ idle, used: inUse, connecting, closing }),
  idleMax: (_, { maxIdle }) => maxIdle,
  idleMin: (_, { minIdle }) => minIdle,
  max: ({ maxSize }) => maxSize,
  pendingRequests: ({ waiters }) => waiters,
  longestWait: ({ longestWait }) => seconds(longestWait),
  oldestUse: ({ oldestLoan }) => seconds(oldestLoan),
  // No value as long as callers do not wait for another limit than the pool's own.
  limitedRequests: ({ limitedBy, waiters }) => (limitedBy === undefined ? {} : { [limitedBy.limit]: waiters }),
  limitHeld: ({ limitedBy }) => (limitedBy === undefined ? {} : { [limitedBy.limit]: limitedBy.held }),
  limitMax: ({ limitedBy }) => (limitedBy === undefined ? {} : { [limitedBy.limit]: limitedBy.of }),
};

const named = ({ name }: FleetStats, value: number | undefined): Values =>
  value === undefined ? {} : { [name]: value };

/** No value for a figure that is not known, or does not apply at the moment. */
const OF_FLEET: Readonly<Record<OfFleet, (fleet: FleetStats) => Values>> = {
  fleetLimit: (fleet) => named(fleet, fleet.limit),
  fleetSessions: (fleet) => named(fleet, fleet.counted),
  fleetHeld: (fleet) => named(fleet, fleet.held),
  fleetDemand: (fleet) => named(fleet, fleet.demand),
  fleetShare: (fleet) => named(fleet, fleet.share),
  fleetLost: ({ coordinator: { kind, state } }) => (kind === 'none' ? {} : { [kind]: state === 'ok' ? 0 : 1 }),
  fleetRefusals: (fleet) => named(fleet, fleet.refusals),
  fleetSheds: (fleet) => named(fleet, fleet.sheds),
};

const OF_GATEWAY: Readonly<Record<OfGateway, (reading: GatewayReading) => Values>> = {
  gatewayClients: ({ clients }) => clients,
  gatewayPinned: ({ pinned }) => pinned,
  gatewayCommands: ({ commands }) => commands,
  gatewayReplays: ({ replays }) => replays,
  gatewayResets: ({ resets }) => resets,
  gatewayLogins: ({ logins }) => logins,
  gatewayRefusedLogins: ({ refusedLogins }) => refusedLogins,
};

const isOfFleet = (name: GaugeName | TotalName): name is OfFleet => Object.hasOwn(OF_FLEET, name);
const isOfGateway = (name: GaugeName | TotalName): name is OfGateway => Object.hasOwn(OF_GATEWAY, name);

function valuesOf(name: GaugeName | TotalName, pool: AnyPool): Values {
  if (isOfFleet(name)) {
    const fleet = fleetOf(pool);
    return fleet === undefined ? {} : OF_FLEET[name](fleet.stats());
  }
  if (isOfGateway(name)) {
    const reading = gatewayOf(pool);
    return reading === undefined ? {} : OF_GATEWAY[name](reading);
  }
  return VALUES[name](pool.stats(), pool.options);
}

/**
 * Reads a gauge or a total of the given pools. Pools of the same name count as one: their values are added up, or the
 * highest is used. Infinity, which stands for no limit, is left out.
 */
export function readGauge(gauge: GaugeName | TotalName, pools: readonly AnyPool[]): Reading[] {
  const readings = new Map<string, Reading>();
  const additive = Object.hasOwn(GAUGES, gauge) && GAUGES[gauge as GaugeName].additive;
  for (const pool of pools) {
    const values = valuesOf(gauge, pool);
    const pairs = typeof values === 'number' ? [[undefined, values] as const] : Object.entries(values);
    for (const [attribute, value] of pairs) {
      const key = JSON.stringify([pool.name, attribute]);
      const before = readings.get(key)?.value ?? 0;
      readings.set(key, { pool: pool.name, attribute, value: additive ? before + value : Math.max(before, value) });
    }
  }
  return [...readings.values()].filter(({ value }) => Number.isFinite(value));
}
