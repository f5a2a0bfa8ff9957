import { messageOf } from './message-of.js';
import { serve, type Monitor } from './monitor-server.js';
import { readListenOptions, refuse, type MonitorOptions } from './options.js';
import { ProcessSource } from './process-source.js';

/**
 * Starts a monitor of this process: a page that shows its pools live, and the same as JSON. It listens on a loopback
 * address unless `host` says otherwise, and then wants a `token`; it lets nobody act on pools unless `allow` says so.
 * It never keeps the process alive. While it runs, loans are remembered with the line of code they come from.
 * @throws MonitorOptionError, and MonitorListenError when it cannot listen
 * @since 0.1.0
 */
export async function startMonitor(options: MonitorOptions = {}): Promise<Monitor> {
  const listening = readListenOptions('startMonitor', options, 'pools');
  return serve(sourceOf(options, listening.allow), listening, false);
}

function sourceOf({ pools }: MonitorOptions, allows: ProcessSource['allows']): ProcessSource {
  try {
    return new ProcessSource({ pools, allows });
  } catch (error) {
    if (error instanceof TypeError) refuse('pools', `option ${messageOf(error)}`);
    throw error;
  }
}
