import { MonitorClient, type MonitorReport } from '../monitor/index.js';
import { codeOf } from '../pool/index.js';
import { EXIT } from './exit-status.js';
import { Failure, UsageError } from './failure.js';
import { cut, harmless } from './text.js';

/** The monitor of the command line, else of `MYSQLPOOL_MONITOR`. @throws UsageError that shows no token */
export function findMonitor(operand: string | undefined, env: NodeJS.ProcessEnv): MonitorClient {
  const { MYSQLPOOL_MONITOR: named = '', MYSQLPOOL_MONITOR_TOKEN: secret = '' } = env;
  if (operand === undefined && named === '') {
    throw new UsageError(
      'which monitor? Give its address (the url of startMonitor, or the port that MYSQLPOOL_MONITOR gave the program), or set MYSQLPOOL_MONITOR',
    );
  }
  // What a program listens on; it is reached at an address of its own.
  const url = operand ?? named.replace(/^0\.0\.0\.0:/, '127.0.0.1:').replace(/^\[::\]:/, '[::1]:');
  return asUsage(() => new MonitorClient(hasToken(url) || secret === '' ? url : { url, token: secret }));
}

/** A token behind the address wins over the one in the environment. */
export const hasToken = (url: string): boolean => /[?&]token=[^&]/.test(url);

/** What the monitor says of its options is said of the command line. */
function asUsage<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (codeOf(error) === 'MONITOR_OPTION') throw new UsageError(plainMessage(error as Error));
    throw error;
  }
}

/** Without the name in front, which says `monitor`. */
export const plainMessage = (error: Error & { readonly pool?: string }): string =>
  harmless(error.pool === undefined ? error.message : error.message.replace(`${error.pool}: `, ''));

/** Asks for all that the monitor knows. @throws Failure */
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

/** No report could be had, and why. */
export function unreachable({ url }: MonitorClient, why: string): Failure {
  return new Failure(`no report from ${url}: ${cut(harmless(why), 300)}`, EXIT.unreachable);
}
