import { roomAgain, whatIsFull, type Full } from '../full.js';
import { MOST_NAMES } from './check-limits.js';
import { figure, type DatabaseFacts, type Facts, type ServerFacts } from './facts.js';
import type { Finding } from './finding.js';
import { versionOf } from './versions.js';

type Draft = Omit<Finding, 'about'>;
type Check = (server: ServerFacts, today: number, host: string | undefined) => Draft | undefined;

/** Checks what the servers report about themselves. */
export function checkServers(facts: Facts): Finding[] {
  const { databases, today } = facts;
  return databases.flatMap((database) => [...checkAnswer(facts, database), ...checkFacts(database, today)]);
}

/** Checks whether the server can be reached and accepts the login. */
function checkAnswer(facts: Facts, database: DatabaseFacts): Finding[] {
  const { alias, at, address, server } = database;
  if (server.kind === 'unreachable') {
    return [
      {
        severity: 'error',
        check: 'reachable',
        about: alias,
        seen: `The server at ${address} cannot be reached: ${server.why}.`,
        why: 'What the server would say could not be checked.',
        change: `See whether it runs, and whether host and port in ${at} are right.`,
      },
    ];
  }
  if (server.kind === 'refused') {
    const { full, why } = server;
    if (full !== undefined) return [checkFull(facts, database, full, why)];
    return [
      {
        severity: 'error',
        check: 'reachable',
        about: alias,
        seen: `The server at ${address} does not let us in: ${why}.`,
        why: 'What the server would say could not be checked.',
        change: `See whether user, password and database in ${at} are right.`,
      },
    ];
  }
  return server.facts.problems.map((problem) => ({
    severity: 'warning',
    check: 'rights',
    about: alias,
    seen: `The server did not tell everything: ${problem}.`,
    why: 'What depends on it could not be checked; the rest was.',
    change: 'Give the account the right to read it, or ask the server yourself.',
  }));
}

/**
 * The server has refused the login because it or the account is full. If another account could log in to the same
 * server, its process list shows which accounts have the connections.
 */
function checkFull(facts: Facts, { alias, address, user, fleet }: DatabaseFacts, full: Full, why: string): Finding {
  const isFleets = fleet !== undefined && full.of !== 'server';
  return {
    severity: 'error',
    check: 'full',
    about: alias,
    seen: `${whatIsFull(full, user)}, and the server at ${address} lets nobody in besides: ${why}.${holders(facts, address, user, full)}`,
    why:
      (isFleets
        ? 'The processes of the fleet wait in line until one gives a connection up. '
        : 'The program is refused in the same way. ') + 'What the server would say could not be checked.',
    change: roomAgain(full),
  };
}

/**
 * The accounts with the most sessions, as seen by another account that could log in to the same server. Without the
 * PROCESS privilege an account sees only its own sessions.
 */
function holders({ databases }: Facts, address: string, user: string | undefined, { of }: Full): string {
  for (const { alias, address: at, server } of databases) {
    if (at !== address || server.kind !== 'answered') continue;
    const seen = [...(server.facts.sessions ?? [])].filter(([name]) => of === 'server' || name === user);
    const most = seen.toSorted(([, a], [, b]) => b - a).slice(0, MOST_NAMES);
    if (most.length === 0) continue;
    return ` As ${alias} sees it, ${most.map(([name, number]) => `${name} has ${number}`).join(', ')}.`;
  }
  return '';
}

const CHECKS: readonly Check[] = [checkVersion, checkReadOnly, checkCharset, checkAuthentication, checkProxy];

function checkFacts({ alias, host, server }: DatabaseFacts, today: number): Finding[] {
  if (server.kind !== 'answered') return [];
  const found = CHECKS.map((check) => check(server.facts, today, host)).filter((draft) => draft !== undefined);
  return found.map((draft) => ({ about: alias, ...draft }));
}

/** Checks whether the server's version is still supported. */
function checkVersion({ variables }: ServerFacts, today: number): Draft | undefined {
  const text = variables.get('version');
  const version = text === undefined ? undefined : versionOf(text);
  if (version === undefined) return undefined;
  const { product, series, supportedUntil: until } = version;
  const seen = `The server is ${product} ${text}`;
  const check = 'version';
  if (until === undefined) return { severity: 'ok', check, seen: `${seen}.` };
  if (today > Date.parse(until)) {
    return {
      severity: 'warning',
      check,
      seen: `${seen}; support of ${series} ended on ${until}.`,
      why: 'Holes that are found in it now stay open.',
      change: `Move to a series that is maintained: ${product === 'MySQL' ? '8.4 or 9.7' : '10.11, 11.4 or 11.8'}.`,
    };
  }
  return { severity: 'ok', check, seen: `${seen}; support of ${series} ends on ${until}.` };
}

const isOn = (value: string | undefined): boolean => value !== undefined && /^(?:ON|1)$/i.test(value);

/** Checks whether the server is read-only, as a replica is, or a former primary after a failover. */
function checkReadOnly({ variables }: ServerFacts): Draft | undefined {
  const names = ['super_read_only', 'read_only'].filter((name) => isOn(variables.get(name)));
  if (names.length === 0) return undefined;
  return {
    severity: 'warning',
    check: 'read_only',
    seen: `The server is read-only (${names[0]}).`,
    why: 'It is a replica, or was one before a failover: everything that writes fails.',
    change: 'Point HOST to the server that takes writes, unless this database is only read from.',
  };
}

/** Checks whether the database's default character set can store everything that utf8mb4 can. */
function checkCharset({ variables }: ServerFacts): Draft | undefined {
  const charset = variables.get('character_set_database') ?? variables.get('character_set_server');
  if (charset === undefined || charset === 'utf8mb4') return undefined;
  return {
    severity: 'note',
    check: 'charset',
    seen: `New tables of this database are ${charset}; connections speak utf8mb4.`,
    why: `Characters that ${charset} does not have, such as emoji, are refused, or turned into question marks.`,
    change: 'ALTER DATABASE … CHARACTER SET utf8mb4, and convert the tables.',
  };
}

/** Checks for an authentication plugin that newer servers do not have. */
function checkAuthentication({ variables }: ServerFacts): Draft | undefined {
  const plugin = variables.get('default_authentication_plugin') ?? variables.get('authentication_policy');
  if (plugin === undefined || !/mysql_native_password/.test(plugin)) return undefined;
  return {
    severity: 'note',
    check: 'authentication',
    seen: 'New accounts log in with mysql_native_password.',
    why: 'MySQL 8.4 turns it off, and MySQL 9 does not have it.',
    change: 'Before the next upgrade: ALTER USER … IDENTIFIED WITH caching_sha2_password.',
  };
}

const PROXIES: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/proxysql/i, 'ProxySQL'],
  [/maxscale/i, 'MaxScale'],
  [/vitess/i, 'Vitess'],
];

/** Checks whether the server is a proxy, which pools connections itself. */
function checkProxy(server: ServerFacts, _today: number, host: string | undefined): Draft | undefined {
  const text = ['version', 'version_comment'].map((name) => server.variables.get(name) ?? '').join(' ');
  // RDS Proxy does not identify itself; only its host name shows what it is.
  const isOfAmazon = host !== undefined && /\.proxy-[a-z\d]+\.[a-z\d-]+\.rds\.amazonaws\.com$/i.test(host);
  const proxy = isOfAmazon ? 'RDS Proxy' : PROXIES.find(([pattern]) => pattern.test(text))?.[1];
  if (proxy === undefined) return undefined;
  const most = figure(server, 'max_connections');
  return {
    severity: 'note',
    check: 'proxy',
    seen: `${proxy} answers in the place of the server${most === undefined ? '' : `; max_connections of ${most} is the proxy's word`}.`,
    why: 'It pools as well. Its limit counts, not that of the server behind it, and what a session sets may pin a connection behind the proxy.',
    change: 'Keep our pools small, and let the proxy hold the many.',
  };
}
