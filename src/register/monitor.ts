import type * as Monitoring from '../monitor/index.js';
import { channels } from '../pool/channels.js';
import { explain } from './report.js';

// Processes of one program are told the same port: each takes the next that is free.
const MOST_PORTS = 16;

/**
 * Has the monitor started that `MYSQLPOOL_MONITOR` asks for, as soon as the process has a pool: package managers and
 * other helpers that Node runs on the way to the program have none. A failure is a warning, and the program goes on.
 */
export function monitorFirstPool(env: NodeJS.ProcessEnv): void {
  const { MYSQLPOOL_MONITOR: place = '' } = env;
  if (place === '') return;
  let hasBegun = false;
  const begin = (): void => {
    if (hasBegun) return;
    hasBegun = true;
    // Later: whoever takes himself off the list while it is read makes Node pass over the next.
    queueMicrotask(() => channels.poolOpened.unsubscribe(begin));
    start(place, env).catch((error: unknown) => explain(`MYSQLPOOL_MONITOR: ${(error as Error).message}`));
  };
  channels.poolOpened.subscribe(begin);
}

async function start(place: string, env: NodeJS.ProcessEnv): Promise<void> {
  const { startMonitor } = require('../monitor/index.js') as typeof Monitoring;
  const [, host = '127.0.0.1', port] = /^(?:(.+):)?(\d+)$/.exec(place) ?? [];
  if (port === undefined) {
    // The command line takes a URL from the same variable, and a token may be behind it.
    throw new Error(`expected a port, or host:port, got "${place.replace(/\?.*$/s, '?…')}"`);
  }
  const options: Monitoring.MonitorOptions = {
    host,
    token: env['MYSQLPOOL_MONITOR_TOKEN'] || undefined,
    allow: (env['MYSQLPOOL_MONITOR_ALLOW'] ?? '').split(/[\s,]+/).filter(Boolean) as Monitoring.PoolAction[],
  };
  const monitor = await startAtFirstFree(startMonitor, options, Number(port));
  process.stderr.write(`node-mysqlpool/register: process ${process.pid} is shown at ${monitor.url}\n`);
}

async function startAtFirstFree(
  startMonitor: typeof Monitoring.startMonitor,
  options: Monitoring.MonitorOptions,
  first: number,
): Promise<Monitoring.Monitor> {
  for (let port = first; ; port++) {
    try {
      return await startMonitor({ ...options, port });
    } catch (error) {
      const { code } = ((error as Error).cause ?? {}) as NodeJS.ErrnoException;
      if (code !== 'EADDRINUSE' || port + 1 >= first + MOST_PORTS) throw error;
    }
  }
}
