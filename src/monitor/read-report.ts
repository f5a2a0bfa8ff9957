import type { MonitorReport, ProcessReport } from './report.js';

/** The report in an answer, or why it is none. What another version of the package adds does not matter. */
export function readReport(text: string): MonitorReport | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'it answers, but not as a monitor does';
  }
  const { version, processes } = (value ?? {}) as { readonly version?: unknown; readonly processes?: unknown };
  if (typeof version === 'number' && version !== 1) {
    return `it reports in version ${version}, and this is version 1: use the same version of node-mysqlpool on both sides`;
  }
  if (version !== 1 || !Array.isArray(processes) || !processes.every(isProcess)) {
    return 'it answers, but not as a monitor does';
  }
  return value as MonitorReport;
}

function isProcess(value: unknown): boolean {
  const { id, pools, allows } = (value ?? {}) as { readonly [name in keyof ProcessReport]?: unknown };
  return typeof id === 'string' && Array.isArray(pools) && Array.isArray(allows);
}
