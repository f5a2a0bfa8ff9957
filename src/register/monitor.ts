import type * as Monitoring from '../monitor/index.js';
import { channels } from '../pool/channels.js';
import { explain } from './report.js';

// All processes of a program are given the same port; each takes the next free one, up to this many.
const MOST_PORTS = 16;

/**
 * Starts the monitor that `MYSQLPOOL_MONITOR` asks for, as soon as the process has a pool: package managers and other
 * helper processes that Node runs before the program have none. A failure is only a warning.
 */
export function monitorFirstPool(env: NodeJS.ProcessEnv): void {
  const { MYSQLPOOL_MONITOR: place = '' } = env;
  if (place === '') return;
  let hasBegun = false;
  const begin = (): void => {
    if (hasBegun) return;
    hasBegun = true;
    // Deferred: unsubscribing while the channel publishes would make Node skip the next subscriber.
    queueMicrotask(() => channels.poolOpened.unsubscribe(begin));
    start(place, env).catch((error: unknown) => explain(`MYSQLPOOL_MONITOR: ${(error as Error).message}`));
  };
  channels.poolOpened.subscribe(begin);
}

async function start(place: string, env: NodeJS.ProcessEnv): Promise<void> {
  const { startMonitor } = require('../monitor/index.js') as typeof Monitoring;
  const [, host = '127.0.0.1', port] = /^(?:(.+):)?(\d+)$/.exec(place) ?? [];
  if (port === undefined) {
    // The command `mysqlpool` reads a URL from the same variable, which may end in a token.
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
