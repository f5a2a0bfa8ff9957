import { count } from '../amounts.js';
import { limitsOf, type DatabaseFacts, type Facts, type PoolFacts, type ServerFacts } from './facts.js';
import type { Finding } from './finding.js';

/** Databases with the same server or account whose server answered, and its answers. */
export interface Group {
  readonly databases: readonly DatabaseFacts[];
  readonly server: ServerFacts;
  readonly about: string;
}

/**
 * Checks that the connections of all processes fit into the limits of the server and of each account. Databases of a
 * fleet are left out: if there is no room, their processes wait instead of failing.
 */
export function checkLimits(given: Facts): Finding[] {
  const facts = { ...given, databases: given.databases.filter(({ fleet }) => fleet === undefined) };
  const servers = groups(facts, ({ address }) => address).flatMap((group) => checkServer(facts, group));
  const accounts = groups(facts, ({ address, user }) => `${user ?? ''} ${address}`);
  return [...servers, ...accounts.flatMap((group) => checkAccount(facts, group)), ...checkUnbounded(facts)];
}

export function groups({ databases }: Facts, keyOf: (database: DatabaseFacts) => string): Group[] {
  const found = new Map<string, DatabaseFacts[]>();
  for (const database of databases) {
    if (database.server.kind !== 'answered') continue;
    found.set(keyOf(database), [...(found.get(keyOf(database)) ?? []), database]);
  }
  return [...found.values()].map((members) => ({
    databases: members,
    // A group contains only databases whose server answered.
    server: (members[0]!.server as { readonly facts: ServerFacts }).facts,
    about: members.map(({ alias }) => alias).join(', '),
  }));
}

/** The distinct pools; several aliases may share one. */
export const poolsOf = (databases: readonly DatabaseFacts[]): PoolFacts[] => [
  ...new Map(databases.map(({ poolKey, pool }) => [poolKey, pool])).values(),
];

/** How many connections one process may have. */
function perProcess({ maxTotal }: Facts, databases: readonly DatabaseFacts[]): number {
  return Math.min(
    maxTotal,
    poolsOf(databases).reduce((sum, { maxSize }) => sum + maxSize, 0),
  );
}

function checkServer(facts: Facts, { databases, server, about }: Group): Finding[] {
  const { maxConnections: most } = limitsOf(server);
  const each = perProcess(facts, databases);
  if (most === undefined || each === Infinity) return [];
  const others = takenByOthers(server, databases);
  const left = most - (others ?? 0);
  const wanted = facts.processes * each;
  const taken = others === undefined ? '' : `, of which others have ${others} now${byName(server, databases)}`;
  const seen = `${sum(facts, each)}; the server lets in ${most} (max_connections)${taken}.`;
  const found = { check: 'max_connections', about, seen };
  if (wanted > left) {
    const fits = Math.floor(left / facts.processes);
    return [
      {
        ...found,
        severity: 'error',
        why: `When all are busy, ${count(wanted - left, 'connection')} will be refused with "Too many connections", other programs' among them.`,
        change:
          (fits >= 1 ? `Have at most ${fits} a process: ${howToShrink(facts, databases, fits)}; or raise` : 'Raise') +
          ` max_connections to ${wanted + (others ?? 0) + 1} or more.`,
      },
    ];
  }
  if (wanted === left || 2 * wanted > left) {
    return [
      {
        ...found,
        severity: wanted === left ? 'warning' : 'note',
        why:
          wanted === left
            ? 'When all are busy nothing is left for a migration, a backup or a person; only accounts with admin rights have one spare connection.'
            : 'It fits. While a deployment runs old and new processes side by side, it does not.',
        change: `Leave room: at most ${Math.max(1, Math.floor((left - 1) / (2 * facts.processes)))} a process fit twice.`,
      },
    ];
  }
  return [{ ...found, severity: 'ok' }];
}

/** How many accounts a finding names. */
export const MOST_NAMES = 3;

/** Names the other accounts that have the most connections, as far as our account may see them. */
function byName({ sessions = new Map(), account }: ServerFacts, databases: readonly DatabaseFacts[]): string {
  const ours = usersOf(databases, account);
  const others = [...sessions].filter(([user]) => !ours.has(user)).toSorted(([, a], [, b]) => b - a);
  const names = others.slice(0, MOST_NAMES).map(([user, number]) => `${user} ${number}`);
  return names.length === 0 ? '' : ` (${names.join(', ')}${others.length > MOST_NAMES ? ' …' : ''})`;
}

const usersOf = (databases: readonly DatabaseFacts[], account: string | undefined): ReadonlySet<string | undefined> =>
  new Set([...databases.map(({ user }) => user), account?.split('@')[0]]);

/**
 * How many connections other accounts have. Those of our own account are left out: they are taken for processes of the
 * program, which are counted already.
 */
export function takenByOthers(
  { threadsConnected, sessions, account }: ServerFacts,
  databases: readonly DatabaseFacts[],
): number | undefined {
  if (threadsConnected === undefined) return undefined;
  const users = usersOf(databases, account);
  const ours = [...(sessions ?? [])].reduce((total, [user, number]) => total + (users.has(user) ? number : 0), 0);
  // Minus 1 for the doctor's own connection.
  return Math.max(0, threadsConnected - 1 - ours);
}

function checkAccount(facts: Facts, { databases, server, about }: Group): Finding[] {
  const { maxUserConnections: most } = limitsOf(server);
  const each = perProcess(facts, databases);
  if (most === undefined || most === 0 || each === Infinity) return [];
  const wanted = facts.processes * each;
  const found = {
    check: 'max_user_connections',
    about,
    seen: `${sum(facts, each)}; the server lets ${server.account ?? 'an account'} have ${most} (max_user_connections).`,
  };
  if (wanted <= most) return [{ ...found, severity: 'ok' }];
  const fits = Math.floor(most / facts.processes);
  return [
    {
      ...found,
      severity: 'error',
      why: 'When all are busy, the rest is refused with "max_user_connections exceeded", however empty the server is.',
      change:
        fits >= 1
          ? `Have at most ${fits} a process: ${howToShrink(facts, databases, fits)}; or raise the limit of the account to ${wanted}.`
          : `Raise the limit of the account to ${wanted}, or run fewer processes.`,
    },
  ];
}

/** Finds pools without a limit, such as SQLAlchemy's NullPool. */
function checkUnbounded(facts: Facts): Finding[] {
  if (facts.maxTotal !== Infinity) return [];
  return facts.databases
    .filter(({ pool }) => pool.maxSize === Infinity)
    .map(({ alias, pool }) => ({
      severity: 'warning',
      check: 'unlimited',
      about: alias,
      seen: `The pool has no limit (${pool.poolClass}).`,
      why: 'A burst of callers opens as many connections as the server has, and other programs get none.',
      change: `Set ${facts.maxTotalAt} to what one process may have, or give the pool a size.`,
    }));
}

const sum = ({ processes, processesGiven }: Facts, each: number): string =>
  `${count(processes, 'process', 'processes')}${processesGiven ? '' : ' (say how many with --processes)'} x ${count(each, 'connection')} = ${processes * each}`;

function howToShrink({ maxTotalAt }: Facts, databases: readonly DatabaseFacts[], to: number): string {
  const pools = poolsOf(databases);
  const line = pools[0]!.lines['maxSize']?.line;
  if (pools.length > 1 || line === undefined) return `set ${maxTotalAt} to ${to}`;
  return `set ${line} to ${to}, or ${maxTotalAt} to ${to}`;
}
