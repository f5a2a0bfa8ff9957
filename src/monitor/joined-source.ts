import type { MonitorClient } from './client.js';
import { MonitorRefusedError } from './errors.js';
import type { Followed } from './following.js';
import type { ReportSource } from './report-source.js';
import type { MonitorReport, PoolAction, ProcessReport } from './report.js';
import { every } from './ticker.js';
import { systemClock } from '../pool/index.js';

const PERIOD = 1_000;

/**
 * The monitor of a process, and the id that it gives the process: another monitor may use the same id for another one.
 */
interface Origin {
  readonly client: MonitorClient;
  readonly id: string;
}

/** Joins the reports of several monitors into one. */
export class JoinedSource implements ReportSource {
  readonly #clients: readonly MonitorClient[];
  readonly #allows: readonly PoolAction[];
  readonly #states = new Map<MonitorClient, Followed>();
  readonly #listeners = new Set<() => void>();
  readonly #stops: (() => void)[];
  readonly #heard: Promise<unknown>;

  constructor(clients: readonly MonitorClient[], allows: readonly PoolAction[]) {
    this.#clients = clients;
    this.#allows = allows;
    this.#stops = [];
    const heard = clients.map(
      (client) =>
        new Promise<void>((resolve) => {
          const stop = client.follow((state) => {
            this.#states.set(client, state);
            resolve();
          });
          this.#stops.push(stop);
        }),
    );
    this.#heard = Promise.all(heard);
    this.#stops.push(
      every(systemClock, PERIOD, () => {
        for (const listener of this.#listeners) listener();
      }),
    );
  }

  /** Resolves when every monitor has answered or failed to answer. */
  async heard(): Promise<void> {
    await this.#heard;
  }

  latest(): MonitorReport {
    return { version: 1, at: Date.now(), processes: [...this.#join().values()].map(({ process }) => process) };
  }

  report(): Promise<MonitorReport> {
    return Promise.resolve(this.latest());
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async act(process: string, pool: number, action: PoolAction): Promise<void> {
    if (!this.#allows.includes(action)) {
      throw new MonitorRefusedError('monitor', 403, `"${action}" is not permitted here`);
    }
    const known = this.#join().get(process);
    if (known === undefined) throw new MonitorRefusedError('monitor', 404, `there is no process "${process}" here`);
    await known.origin.client.act(known.origin.id, pool, action);
  }

  close(): void {
    for (const stop of this.#stops.splice(0)) stop();
    this.#listeners.clear();
  }

  /** All processes, by the id that the joined report shows. */
  #join(): Map<string, { readonly process: ProcessReport; readonly origin: Origin }> {
    const joined = new Map<string, { readonly process: ProcessReport; readonly origin: Origin }>();
    for (const client of this.#clients) {
      const state = this.#states.get(client);
      if (state?.report === undefined) {
        const process = unreachable(client.url, state?.problem ?? 'it has not answered yet');
        joined.set(client.url, { process, origin: { client, id: client.url } });
        continue;
      }
      for (const process of state.report.processes) {
        const known = joined.get(process.id)?.process;
        // The process is in the report already: two monitors watch it, or show the monitor that does.
        if (known !== undefined && known.startedAt === process.startedAt) continue;
        const id = known === undefined ? process.id : `${process.id} (${client.url})`;
        const allows = process.allows.filter((action) => this.#allows.includes(action));
        joined.set(id, { process: { ...process, id, allows }, origin: { client, id: process.id } });
      }
    }
    return joined;
  }
}

function unreachable(url: string, problem: string): ProcessReport {
  return {
    id: url,
    problem,
    allows: [],
    title: url,
    pid: 0,
    host: new URL(url).host,
    node: '',
    startedAt: 0,
    loopDelay: { mean: 0, p99: 0, max: 0 },
    pools: [],
    openPools: 0,
  };
}
