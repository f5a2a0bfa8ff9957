import type { Followed, MonitorClient, MonitorReport } from '../../monitor/index.js';
import { duration } from '../../monitor/duration.js';
import { unreachable } from '../monitor-client.js';
import { harmless } from '../text.js';

/** One step of following a monitor: a new report, or why there is none. */
export interface Look {
  readonly report: MonitorReport | undefined;
  /** Why there is no report; undefined when there is one. */
  readonly problem: string | undefined;
  /** A message for the user about the connection to the monitor. It contains a duration. */
  readonly word: string | undefined;
}

/**
 * Yields every report of a monitor, about one per second, until the signal is aborted. If the monitor stops answering,
 * a message is yielded and the monitor is asked again; when it answers again, this is a message as well. A slow
 * consumer gets only the newest state.
 * @throws Failure if the monitor does not answer the first time
 */
export async function* follow(client: MonitorClient, signal: AbortSignal): AsyncGenerator<Look, void, undefined> {
  let newest: Followed | undefined;
  let wake = (): void => undefined;
  const end = client.follow((state) => {
    newest = state;
    wake();
  });
  const onAbort = (): void => wake();
  signal.addEventListener('abort', onAbort);
  let lostAt: number | undefined;
  let isKnown = false;
  try {
    while (!signal.aborted) {
      if (newest === undefined) {
        await new Promise<void>((resolve) => (wake = resolve));
        continue;
      }
      const { report, problem } = newest;
      newest = undefined;
      if (report !== undefined) {
        yield {
          report,
          problem,
          word: lostAt === undefined ? undefined : `it answers again, after ${duration(performance.now() - lostAt)}`,
        };
        lostAt = undefined;
      } else {
        if (!isKnown) throw unreachable(client, problem);
        lostAt ??= performance.now();
        yield {
          report: undefined,
          problem,
          word: harmless(`no answer since ${duration(performance.now() - lostAt)}: ${problem}; asking again`),
        };
      }
      isKnown = true;
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    end();
  }
}
