import type { ResolvedFleetOptions } from '../../budget/fleet-options.js';
import { duration } from '../../monitor/duration.js';
import { alterUser, proposedLimit } from '../alter-user.js';
import { count } from '../amounts.js';
import { groups, poolsOf, takenByOthers, type Group } from './check-limits.js';
import { limitsOf, type Facts } from './facts.js';
import type { Finding } from './finding.js';

/** The databases of an account whose processes share one limit, and the answers of their server. */
interface FleetGroup extends Group {
  readonly fleet: ResolvedFleetOptions;
}

/**
 * Checks fleets: the limit that all processes of an account share must exist, the floors of the processes must fit into
 * it, and it must fit into what the server admits.
 */
export function checkFleet(facts: Facts): Finding[] {
  const fleets = { ...facts, databases: facts.databases.filter(({ fleet }) => fleet !== undefined) };
  const accounts = groups(fleets, ({ address, user }) => `${user ?? ''} ${address}`).map(asFleet);
  const servers = groups(fleets, ({ address }) => address);
  return [
    ...accounts.flatMap((account) => [...checkLimit(account), ...checkFloors(facts, account), ...checkLease(account)]),
    ...servers.flatMap((server) => checkRoom(server)),
  ];
}

const asFleet = (group: Group): FleetGroup => ({ ...group, fleet: group.databases[0]!.fleet! });

/** How many connections all processes may have together; undefined if there is no limit. */
function limitOf({ fleet, server }: FleetGroup): number | undefined {
  if (fleet.cap === 'slots') return fleet.limit;
  const { maxUserConnections: own } = limitsOf(server);
  // A limit in the options that is lower than the account's binds only this process.
  return own === 0 ? undefined : own;
}

const nameOf = ({ server }: Group): string => server.account ?? 'the account';

function checkLimit(group: FleetGroup): Finding[] {
  const { about, fleet, server } = group;
  const limit = limitOf(group);
  const found = { check: 'fleet_limit', about };
  if (limit === undefined) {
    const { maxConnections = 151, maxUserConnections } = limitsOf(server);
    // The server did not tell the limit, which another finding reports.
    if (maxUserConnections === undefined) return [];
    const proposed = fleet.limit ?? proposedLimit(maxConnections);
    return [
      {
        ...found,
        severity: 'error',
        seen: `All processes are to share the limit of ${nameOf(group)} (MYSQLPOOL_FLEET), and it has none.`,
        why: 'The first connection fails with MYSQL_FLEET_WITHOUT_LIMIT.',
        change: `As an administrator run ${alterUser(server.account, proposed)} Or have the fleet count by locks: "cap": "slots", "limit": ${proposed}.`,
      },
    ];
  }
  if (fleet.cap === 'account' && fleet.limit !== undefined && fleet.limit < limit) {
    return [
      {
        ...found,
        severity: 'warning',
        seen: `The fleet is to have at most ${count(fleet.limit, 'connection')}; the server lets ${nameOf(group)} have ${limit}.`,
        why: 'Only the limit of the account binds all processes: the lower one binds each for itself.',
        change: `As an administrator run ${alterUser(server.account, fleet.limit)}`,
      },
    ];
  }
  const held = fleet.cap === 'slots' ? `named locks, fleet "${fleet.name}"` : 'max_user_connections';
  return [
    {
      ...found,
      severity: 'ok',
      seen: `All processes of ${nameOf(group)} share ${count(limit, 'connection')} (${held}).`,
    },
  ];
}

function checkFloors({ processes, processesGiven }: Facts, group: FleetGroup): Finding[] {
  const { about, databases, fleet } = group;
  const limit = limitOf(group);
  const reserved = poolsOf(databases).reduce((sum, { minIdle }) => sum + minIdle, 0);
  const floor = Math.max(fleet.floor, reserved);
  if (limit === undefined || floor === 0) return [];
  const all = processes * floor;
  const which = floor === fleet.floor ? 'floor' : 'minIdle';
  const many = `${count(processes, 'process', 'processes')}${processesGiven ? '' : ' (say how many with --processes)'}`;
  const found = {
    check: 'fleet_floors',
    about,
    seen: `${many} x ${count(floor, 'connection')} that each keeps (${which}) = ${all}; the limit of the fleet is ${limit}.`,
  };
  if (all <= limit) return [{ ...found, severity: 'ok' }];
  const fits = Math.floor(limit / processes);
  return [
    {
      ...found,
      severity: 'error',
      why: 'What a process keeps it gives up to nobody: those that come last get none, and their callers wait until they give up.',
      change: `Set ${which} to ${fits} or less, or the limit to ${all} or more.`,
    },
  ];
}

/** Reports for how long the connections of a frozen or vanished process still count against the limit. */
function checkLease({ about, fleet, server }: FleetGroup): Finding[] {
  const { waitTimeout } = limitsOf(server);
  const lease = Math.min(fleet.lease, waitTimeout === undefined ? Infinity : waitTimeout * 1_000);
  const why = lease < fleet.lease ? `wait_timeout; the lease of ${duration(fleet.lease)} is longer` : 'lease';
  return [
    {
      severity: 'ok',
      check: 'fleet_lease',
      about,
      seen: `The server takes back what a frozen or vanished process has after ${duration(lease)} (${why}).`,
    },
  ];
}

/** Checks the limits of all accounts on a server against its max_connections. */
function checkRoom({ about, databases, server }: Group): Finding[] {
  const { maxConnections: most } = limitsOf(server);
  const limits = byAccount(databases).map((group) => limitOf(asFleet(group)));
  if (most === undefined || limits.some((limit) => limit === undefined)) return [];
  const wanted = limits.reduce<number>((sum, limit) => sum + limit!, 0);
  const others = takenByOthers(server, databases) ?? 0;
  const left = most - others;
  const found = {
    check: 'fleet_room',
    about,
    seen: `The fleet may have ${count(wanted, 'connection')}; the server lets in ${most} (max_connections), of which others have ${others} now.`,
  };
  if (wanted < left) return [{ ...found, severity: 'ok' }];
  const proposed = Math.max(1, Math.floor(proposedLimit(left) / limits.length));
  const more = `raise max_connections to ${wanted + others + 1} or more`;
  return [
    {
      ...found,
      severity: wanted > left ? 'error' : 'warning',
      why:
        wanted > left
          ? 'The server is full before the fleet is: its processes wait, and every other program is refused with "Too many connections".'
          : 'When the fleet has all it may, nothing is left for a migration, a backup or a person.',
      change:
        databases[0]!.fleet!.cap === 'slots'
          ? `Set the limit of the fleet to ${proposed}, or ${more}.`
          : `As an administrator run ${alterUser(server.account, proposed)} Or ${more}.`,
    },
  ];
}

/** Groups the databases of one server by account. */
function byAccount(databases: Group['databases']): Group[] {
  const [{ address } = { address: '' }] = databases;
  return groups({ databases } as Facts, ({ user }) => `${user ?? ''} ${address}`);
}
