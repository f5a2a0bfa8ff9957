import { figure, type DatabaseFacts, type Facts, type ServerFacts } from './facts.js';
import type { Finding } from './finding.js';
import { versionOf } from './versions.js';

type Draft = Omit<Finding, 'about'>;
type Check = (server: ServerFacts, today: number, host: string | undefined) => Draft | undefined;

/** What the servers say of themselves. */
export function checkServers({ databases, today }: Facts): Finding[] {
  return databases.flatMap((database) => [...checkAnswer(database), ...checkFacts(database, today)]);
}

/** Whether it lets us in at all. */
function checkAnswer({ alias, at, address, server }: DatabaseFacts): Finding[] {
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
    return [
      {
        severity: 'error',
        check: 'reachable',
        about: alias,
        seen: `The server at ${address} does not let us in: ${server.why}.`,
        why: server.isFull
          ? 'The program is refused in the same way.'
          : 'What the server would say could not be checked.',
        change: server.isFull
          ? 'See who has the connections (SHOW PROCESSLIST, as an account with admin rights), and raise the limit or lower the pools.'
          : `See whether user, password and database in ${at} are right.`,
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

const CHECKS: readonly Check[] = [checkVersion, checkReadOnly, checkCharset, checkAuthentication, checkProxy];

function checkFacts({ alias, host, server }: DatabaseFacts, today: number): Finding[] {
  if (server.kind !== 'answered') return [];
  const found = CHECKS.map((check) => check(server.facts, today, host)).filter((draft) => draft !== undefined);
  return found.map((draft) => ({ about: alias, ...draft }));
}

/** A server that nobody mends any more. */
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

/** A replica, or a server after a failover. */
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

/** Text that the database cannot hold. */
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

/** Ways to log in that newer servers do not have. */
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

/** A pool behind our pool. */
function checkProxy(server: ServerFacts, _today: number, host: string | undefined): Draft | undefined {
  const text = ['version', 'version_comment'].map((name) => server.variables.get(name) ?? '').join(' ');
  // This one says nothing of itself, but in its name.
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
