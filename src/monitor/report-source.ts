import type { MonitorReport, PoolAction } from './report.js';

/** Where a monitor's server has its reports from: the process itself, or other monitors. */
export interface ReportSource {
  /** All that is known at this moment. */
  latest(): MonitorReport;
  /** The same, after whoever had to be asked for it. */
  report(): Promise<MonitorReport>;
  /** Calls back once a second, until the returned function is called. */
  subscribe(listener: () => void): () => void;
  /** @throws MonitorRefusedError, MonitorUnreachableError */
  act(process: string, pool: number, action: PoolAction): Promise<void>;
  close(): void;
}
