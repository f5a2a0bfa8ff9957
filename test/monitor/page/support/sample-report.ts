import type { MonitorReport, PoolHistory, PoolReport, ProcessReport } from 'node-mysqlpool/monitor';

/** A pool with nothing in it, but for what is given. */
export function poolReport(given: Partial<PoolReport> = {}): PoolReport {
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
    stats: statsOf(),
    history: historyOf([]),
    waits: { bounds: [0, 1], counts: [0, 0, 0] },
    holds: { bounds: [1], counts: [0, 0] },
    loans: [],
    waiting: [],
    leaks: [],
    events: [],
    server: undefined,
    ...given,
  };
}

export function statsOf(given: Partial<PoolReport['stats']> = {}): PoolReport['stats'] {
  return {
    name: 'orders',
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
    total: { acquired: 0, waited: 0, failed: 0, opened: 0, openFailed: 0, closed: 0 },
    ...given,
  };
}

/** Samples at these times; the loans of each are its time in seconds, so that a mixed-up column shows. */
export function historyOf(at: readonly number[], failed = 0): PoolHistory {
  const nothing = at.map(() => 0);
  return {
    at,
    idle: nothing,
    inUse: at.map((time) => time / 1000),
    connecting: nothing,
    waiters: nothing,
    acquired: nothing,
    failed: at.map(() => failed),
  };
}

export function processReport(pools: readonly PoolReport[], given: Partial<ProcessReport> = {}): ProcessReport {
  return {
    id: '7@web-1',
    problem: undefined,
    allows: [],
    title: 'shop',
    pid: 7,
    host: 'web-1',
    node: 'v20.20.2',
    startedAt: 1_000,
    loopDelay: { mean: 0, p99: 0, max: 0 },
    pools,
    openPools: pools.length,
    ...given,
  };
}

export function reportOf(...processes: readonly ProcessReport[]): MonitorReport {
  return { version: 1, at: 1_000_000, processes };
}
