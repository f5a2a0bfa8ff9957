import type {
  MonitorReport,
  PoolReport,
  PoolStatsReport,
  ProcessReport,
  RecentEvent,
} from '#internal/monitor/index.js';

/** The time of all reports here: 15:30 UTC. */
export const NOW = Date.UTC(2026, 0, 2, 15, 30, 0);

const NOTHING = { bounds: [], counts: [0] };

/** The report of a pool without activity, except for the given parts. */
export function poolReport(
  stats: Partial<PoolStatsReport> = {},
  others: Partial<Omit<PoolReport, 'stats'>> = {},
): PoolReport {
  return {
    id: 1,
    options: {
      maxSize: 10,
      maxIdle: 10,
      minIdle: 0,
      acquireTimeout: 30_000,
      maxWaiters: null,
      maxLifetime: 1_800_000,
      idleTimeout: 600_000,
      leakThreshold: 0,
    },
    stats: {
      name: 'shop',
      state: 'open',
      maxSize: 10,
      size: 0,
      idle: 0,
      inUse: 0,
      connecting: 0,
      closing: 0,
      waiters: 0,
      longestWait: 0,
      oldestLoan: 0,
      total: { acquired: 0, waited: 0, failed: 0, opened: 0, openFailed: 0, openRefused: 0, closed: 0 },
      ...stats,
    },
    history: { at: [], idle: [], inUse: [], connecting: [], waiters: [], acquired: [], failed: [] },
    waits: NOTHING,
    holds: NOTHING,
    loans: [],
    waiting: [],
    leaks: [],
    events: [],
    server: undefined,
    ...others,
  };
}

export function processReport(pools: readonly PoolReport[], others: Partial<ProcessReport> = {}): ProcessReport {
  return {
    id: '4242@host',
    problem: undefined,
    allows: [],
    title: 'app.js',
    pid: 4242,
    host: 'host',
    node: 'v20.20.2',
    startedAt: NOW - 200_000,
    loopDelay: { mean: 1, p99: 2, max: 3 },
    pools,
    openPools: pools.length,
    ...others,
  };
}

export const reportOf = (...processes: readonly ProcessReport[]): MonitorReport => ({ version: 1, at: NOW, processes });

export const event = (kind: RecentEvent['event'], text: string, at: number = NOW): RecentEvent => ({
  id: 1,
  at,
  event: kind,
  text,
});

/** A pool in trouble: full, with loans, waiters, a leak, events, and text with control characters. */
export function busyPool(): PoolReport {
  const loan = (number: number, heldFor: number, label: string | undefined, recent: readonly string[]) => ({
    loan: number,
    connection: number,
    heldFor,
    label,
    callSite: `report (file:///srv/shop/lib/report-${number}.js:12:3)`,
    recent,
  });
  const loans = [
    loan(1, 65_000, 'nightly', ['SELECT * FROM orders\n  WHERE id = ?']),
    loan(2, 1_500, '\u001B]0;evil\u0007報告', ['SELECT \u009B31m?']),
    loan(3, 20, undefined, []),
  ];
  return poolReport(
    { maxSize: 3, size: 3, inUse: 3, waiters: 2, longestWait: 1_200, oldestLoan: 65_000 },
    {
      history: { at: [NOW], idle: [0], inUse: [3], connecting: [0], waiters: [2], acquired: [120], failed: [2] },
      loans,
      waiting: [
        { waitedFor: 1_200, leftFor: 28_800, label: 'checkout', callSite: 'pay (file:///srv/shop/pay.js:7:9)' },
        { waitedFor: 400, leftFor: null, label: undefined, callSite: undefined },
      ],
      leaks: [{ ...loans[0]!, takenAt: '' }],
      events: [
        { id: 1, at: NOW - 5_000, event: 'opened', text: 'connection 3 opened in 4 ms' },
        {
          id: 2,
          at: NOW - 1_000,
          event: 'openFailed',
          text: 'connecting failed after 2 ms, next try in 8 ms: refused',
        },
      ],
      server: {
        at: NOW,
        version: '9.7.0',
        threadsConnected: 12,
        maxConnections: 151,
        maxUserConnections: undefined,
        ours: 3,
        user: 'app@%',
        userConnections: 3,
        problem: undefined,
      },
    },
  );
}
