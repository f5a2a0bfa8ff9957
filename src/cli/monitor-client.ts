import { MonitorClient, type MonitorReport } from '../monitor/index.js';
import { codeOf } from '../pool/index.js';
import { EXIT } from './exit-status.js';
import { Failure, UsageError } from './failure.js';
import { cut, harmless } from './text.js';

/**
 * A client of the monitor that the command line names, or else `MYSQLPOOL_MONITOR`.
 * @throws UsageError, which does not show the token
 */
export function findMonitor(operand: string | undefined, env: NodeJS.ProcessEnv): MonitorClient {
  const { MYSQLPOOL_MONITOR: named = '', MYSQLPOOL_MONITOR_TOKEN: secret = '' } = env;
  if (operand === undefined && named === '') {
    throw new UsageError(
      'which monitor? Give its address (the url of startMonitor, or the port that MYSQLPOOL_MONITOR gave the program), or set MYSQLPOOL_MONITOR',
    );
  }
  // MYSQLPOOL_MONITOR may be the wildcard address on which a program listens; clients connect to the loopback address.
  const url = operand ?? named.replace(/^0\.0\.0\.0:/, '127.0.0.1:').replace(/^\[::\]:/, '[::1]:');
  return asUsage(() => new MonitorClient(hasToken(url) || secret === '' ? url : { url, token: secret }));
}

/** Whether the URL contains a token, which wins over the one in the environment. */
export const hasToken = (url: string): boolean => /[?&]token=[^&]/.test(url);

/** Turns an error about an option of the monitor client into one about the command line. */
function asUsage<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (codeOf(error) === 'MONITOR_OPTION') throw new UsageError(plainMessage(error as Error));
    throw error;
  }
}

/** The message of an error without its prefix, which names the monitor. */
export const plainMessage = (error: Error & { readonly pool?: string }): string =>
  harmless(error.pool === undefined ? error.message : error.message.replace(`${error.pool}: `, ''));

/** Asks the monitor for a report. @throws Failure if there is none */
export async function reportOf(client: MonitorClient, signal: AbortSignal): Promise<MonitorReport> {
  try {
    return await client.report({ signal });
  } catch (error) {
    const isForeseen = ['MONITOR_UNREACHABLE', 'MONITOR_REFUSED'].includes(codeOf(error) ?? '');
    if (isForeseen) throw unreachable(client, plainMessage(error as Error));
    if (signal.aborted) throw new Failure('stopped before the monitor answered', EXIT.unreachable);
    throw error;
  }
}

/** The failure to report if the monitor gives no report. */
export function unreachable({ url }: MonitorClient, why: string): Failure {
  return new Failure(`no report from ${url}: ${cut(harmless(why), 300)}`, EXIT.unreachable);
}
