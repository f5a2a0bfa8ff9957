import type { MonitorAddress } from './address.js';
import { MonitorClient } from './client.js';
import { JoinedSource } from './joined-source.js';
import { serve, type Monitor } from './monitor-server.js';
import { readListenOptions, refuse, type ListenOptions } from './options.js';
import { systemClock, within } from '../pool/clock.js';

// How long (ms) the start waits for the first answers of the other monitors.
const PATIENCE = 2_000;

/** Options of `serveReports`. @since 0.1.0 */
export interface ServeReportsOptions extends ListenOptions {
  /** The monitors to join: addresses such as `http://127.0.0.1:9339/?token=…`. */
  readonly sources: readonly (string | MonitorAddress)[];
}

/**
 * Serves the reports of several monitors as one, with the same page and the same API, which show the processes side by
 * side. A monitor that cannot be reached is shown with the reason, and is asked again until it answers. An action is
 * passed on if both `allow` and the monitor of that process permit it. It keeps the process alive.
 * @throws MonitorOptionError, and MonitorListenError if it cannot listen
 * @since 0.1.0
 */
export async function serveReports(options: ServeReportsOptions): Promise<Monitor> {
  const listening = readListenOptions('serveReports', options, 'sources');
  const { sources } = options;
  if (!Array.isArray(sources) || sources.length === 0) {
    refuse('sources', 'option "sources": expected a list of addresses, such as ["http://127.0.0.1:9339/"]');
  }
  const clients = new Map<string, MonitorClient>();
  for (const source of sources) {
    const client = new MonitorClient(source);
    if (!clients.has(client.url)) clients.set(client.url, client);
  }
  const joined = new JoinedSource([...clients.values()], listening.allow);
  await within(systemClock, PATIENCE, joined.heard(), () => new Error('late')).catch(() => undefined);
  return serve(joined, listening, true);
}
