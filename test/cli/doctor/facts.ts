import type { DatabaseFacts, Facts, PoolFacts, ServerFacts } from '#internal/cli/doctor/facts.js';
import type { Finding } from '#internal/cli/doctor/finding.js';

/** Facts of which nothing is wrong; the checks' tests change one thing each. */
export const TODAY: number = Date.UTC(2026, 5, 1);

export const pool = (others: Partial<PoolFacts> = {}): PoolFacts => ({
  poolClass: 'QueuePool',
  contextLocal: false,
  maxSize: 10,
  maxIdle: 10,
  minIdle: 0,
  acquireTimeout: 30_000,
  maxLifetime: 1_800_000,
  idleTimeout: 600_000,
  keepaliveInterval: 120_000,
  ping: { idleFor: 500 },
  reset: 'auto',
  chosen: new Set(),
  lines: {},
  ...others,
});

export const server = (
  variables: Readonly<Record<string, string>> = {},
  others: Partial<ServerFacts> = {},
): ServerFacts => ({
  variables: new Map(
    Object.entries({
      version: '8.4.6',
      max_connections: '151',
      max_user_connections: '0',
      wait_timeout: '28800',
      character_set_database: 'utf8mb4',
      read_only: 'OFF',
      ...variables,
    }),
  ),
  threadsConnected: 1,
  cipher: '',
  account: 'app@%',
  sessions: new Map(),
  definitions: [],
  problems: [],
  ...others,
});

export const database = (others: Partial<DatabaseFacts> = {}): DatabaseFacts => ({
  alias: 'default',
  at: 'DATABASES.default',
  host: '127.0.0.1',
  address: '127.0.0.1:3306',
  user: 'app',
  database: 'shop',
  asksForTls: false,
  poolKey: others.alias ?? 'default',
  pool: pool(),
  fleet: undefined,
  server: { kind: 'answered', facts: server() },
  ...others,
});

export const answered = (facts: ServerFacts): DatabaseFacts['server'] => ({ kind: 'answered', facts });

export const facts = (others: Partial<Facts> = {}): Facts => ({
  processes: 1,
  processesGiven: true,
  today: TODAY,
  maxTotal: Infinity,
  maxTotalAt: 'MYSQLPOOL_MAX_TOTAL',
  databases: [database()],
  mistakes: [],
  sources: [],
  variables: [],
  project: undefined,
  ...others,
});

/** What was found, without what is in order. */
export const wrong = (findings: readonly Finding[]): Finding[] => findings.filter(({ severity }) => severity !== 'ok');

export const severities = (findings: readonly Finding[]): string[] =>
  findings.map(({ severity, check }) => `${severity} ${check}`);
