import { fits, REPORT_SHAPE } from './report-shape.js';
import type { MonitorReport } from './report.js';

/** Parses a report, or returns why the text is none. Properties that other versions of the package add are ignored. */
export function readReport(text: string): MonitorReport | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return NO_REPORT;
  }
  const { version } = (value ?? {}) as { readonly version?: unknown };
  if (typeof version === 'number' && version !== 1) {
    return `it reports in version ${version}, and this is version 1: use the same version of node-mysqlpool on both sides`;
  }
  return version === 1 && fits(value, REPORT_SHAPE) ? (value as MonitorReport) : NO_REPORT;
}

const NO_REPORT = 'it answers, but not as a monitor does';
