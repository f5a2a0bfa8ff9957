import { messageOf } from './message-of.js';
import { serve, type Monitor } from './monitor-server.js';
import { readListenOptions, refuse, type MonitorOptions } from './options.js';
import { ProcessSource } from './process-source.js';

/**
 * Starts a monitor of this process: a web page that shows its pools live, and the same data as JSON. It listens on a
 * loopback address unless `host` says otherwise, which requires a `token`. Actions on pools are refused unless `allow`
 * permits them. The monitor does not keep the process alive. While it runs, the line of code that took it is recorded
 * for each loan.
 * @throws MonitorOptionError, and MonitorListenError if it cannot listen
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
