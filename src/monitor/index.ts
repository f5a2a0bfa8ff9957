export type { MonitorAddress } from './address.js';
export { MonitorClient, type MonitorCallOptions } from './client.js';
export { MonitorListenError, MonitorOptionError, MonitorRefusedError, MonitorUnreachableError } from './errors.js';
export type { Followed, FollowListener } from './following.js';
export { mergeReport } from './merge-report.js';
export type { Monitor } from './monitor-server.js';
export type { ListenOptions, MonitorOptions } from './options.js';
export {
  POOL_ACTIONS,
  type Histogram,
  type FleetReport,
  type LeakReport,
  type Loan,
  type LoopDelay,
  type MonitorReport,
  type PoolAction,
  type PoolHistory,
  type PoolOptionsReport,
  type PoolReport,
  type PoolStatsReport,
  type ProcessReport,
  type RecentEvent,
  type RefusalsReport,
  type ServerReport,
  type WaitingReport,
} from './report.js';
export { serveReports, type ServeReportsOptions } from './serve-reports.js';
export { startMonitor } from './start-monitor.js';
