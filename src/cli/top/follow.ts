import { setTimeout as sleep } from 'node:timers/promises';
import type { MonitorReport } from '../../monitor/report.js';
import type { MonitorAddress } from '../address.js';
import { duration } from '../amounts.js';
import { fetchReport, UnreachableError } from '../report-client.js';

/** One look at a monitor: a new report, or why there is none. */
export type Look =
  | { readonly report: MonitorReport; readonly word: string | undefined }
  | { readonly report: undefined; readonly word: string };

const EVERY = 1_000; // ms

/**
 * Asks a monitor once a second, until the signal is aborted. When it stops answering that is told, and it is asked on; when
 * it answers again that is told once.
 * @throws UnreachableError when it does not answer the first time
 */
export async function* follow(address: MonitorAddress, signal: AbortSignal): AsyncGenerator<Look, void, undefined> {
  let lostAt: number | undefined;
  let isFirst = true;
  while (!signal.aborted) {
    const began = performance.now();
    try {
      const report = await fetchReport(address, signal);
      const word = lostAt === undefined ? undefined : `answers again, after ${duration(began - lostAt)}`;
      lostAt = undefined;
      yield { report, word };
    } catch (error) {
      if (signal.aborted) return;
      if (isFirst || !(error instanceof UnreachableError)) throw error;
      lostAt ??= began;
      yield { report: undefined, word: `${error.message}; asked again each second` };
    }
    isFirst = false;
    await sleep(Math.max(0, EVERY - (performance.now() - began)), undefined, { signal }).catch(() => undefined);
  }
}
