import type { MonitorReport, PoolAction } from './report.js';

/** Where a monitor's server gets its reports from: the process itself, or other monitors. */
export interface ReportSource {
  /** Everything that is known now. */
  latest(): MonitorReport;
  /** Like `latest`, but first waits a short time for the answers of database servers that have to be asked. */
  report(): Promise<MonitorReport>;
  /** Calls `listener` once a second, until the returned function is called. */
  subscribe(listener: () => void): () => void;
  /** @throws MonitorRefusedError, MonitorUnreachableError */
  act(process: string, pool: number, action: PoolAction): Promise<void>;
  close(): void;
}
