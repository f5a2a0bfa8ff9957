import { hostname } from 'node:os';
import { basename } from 'node:path';
import { isMainThread, threadId } from 'node:worker_threads';
import { watchPools } from '../metrics/watch-pools.js';
import { systemClock, within } from '../pool/clock.js';
import type { AnyPool, Clock } from '../pool/index.js';
import { OpenPools } from '../pool/open-pools.js';
import { MonitorRefusedError } from './errors.js';
import { LoopDelayWatch } from './loop-delay.js';
import type { ReportSource } from './report-source.js';
import type { LoopDelay, MonitorReport, PoolAction, ProcessReport } from './report.js';
import { every } from './ticker.js';
import { WatchedPool } from './watched-pool.js';

const PERIOD = 1_000;
const MOST_POOLS = 100;

// How long (ms) a single report waits for the answers of database servers.
const PATIENCE = 500;

export interface ProcessSourceParts {
  /** Undefined means all pools of the process. */
  readonly pools: readonly AnyPool[] | undefined;
  readonly allows: readonly PoolAction[];
  readonly clock?: Clock;
  /** The clock for times of day, in ms since 1970. */
  readonly date?: () => number;
}

let lastPoolId = 0;
const ids = new WeakMap<AnyPool, number>();

/** The number of a pool, which is the same in all monitors of the process. */
function idOf(pool: AnyPool): number {
  const id = ids.get(pool) ?? ++lastPoolId;
  ids.set(pool, id);
  return id;
}

/** Samples the pools of this process once a second. It does not keep pools alive that nothing else refers to. */
export class ProcessSource implements ReportSource {
  readonly id: string = `${process.pid}${isMainThread ? '' : `.${threadId}`}@${hostname()}`;
  readonly allows: readonly PoolAction[];
  readonly #clock: Clock;
  readonly #date: () => number;
  readonly #startedAt: number;
  readonly #known = new OpenPools<AnyPool>();
  readonly #watched = new WeakMap<AnyPool, WatchedPool>();
  readonly #loop: LoopDelayWatch;
  readonly #listeners = new Set<() => void>();
  readonly #stops: (() => void)[] = [];
  #loopDelay: LoopDelay = { mean: 0, p99: 0, max: 0 };

  /** @throws TypeError if one of `pools` is no pool */
  constructor({ pools, allows, clock = systemClock, date = Date.now }: ProcessSourceParts) {
    this.allows = allows;
    this.#clock = clock;
    this.#date = date;
    this.#startedAt = Math.round(date() - process.uptime() * 1000);
    this.#stops.push(watchPools(pools, (pool) => this.#watch(pool)));
    this.#loop = new LoopDelayWatch(clock);
    this.#stops.push(every(clock, PERIOD, () => this.#sample()));
  }

  latest(): MonitorReport {
    return { version: 1, at: this.#date(), processes: [this.#process()] };
  }

  async report(): Promise<MonitorReport> {
    const asked = Promise.all(this.#pools().map((pool) => pool.askServer()));
    await within(this.#clock, PATIENCE, asked, () => new Error('late')).catch(() => undefined);
    return this.latest();
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  act(processId: string, poolId: number, action: PoolAction): Promise<void> {
    const refuse = (status: number, text: string): Promise<never> =>
      Promise.reject(new MonitorRefusedError('monitor', status, text));
    if (!this.allows.includes(action)) return refuse(403, `"${action}" is not permitted; see the option "allow"`);
    if (processId !== this.id) return refuse(404, `there is no process "${processId}" here, only "${this.id}"`);
    const pool = this.#pools().find(({ id }) => id === poolId);
    if (pool === undefined) return refuse(404, `there is no pool ${poolId} in process ${this.id}; it may be closed`);
    pool.act(action);
    return Promise.resolve();
  }

  close(): void {
    for (const stop of this.#stops.splice(0)) stop();
    this.#loop.stop();
    this.#listeners.clear();
  }

  #watch(pool: AnyPool): () => void {
    const watched = new WatchedPool(idOf(pool), pool, this.#clock, this.#date);
    this.#known.add(pool);
    this.#watched.set(pool, watched);
    return () => {
      watched.stop();
      this.#known.delete(pool);
    };
  }

  #pools(): WatchedPool[] {
    return this.#known.list().map((pool) => this.#watched.get(pool)!);
  }

  #sample(): void {
    this.#loopDelay = this.#loop.take();
    for (const pool of this.#pools()) {
      pool.sample();
      // Not awaited: the answer will be in the next report. A server is asked once even if no reader listens: when a
      // reader begins to listen because the pool is full, there is no idle connection to ask over.
      if (this.#listeners.size > 0 || pool.isUnasked) void pool.askServer();
    }
    for (const listener of this.#listeners) listener();
  }

  #process(): ProcessReport {
    const pools = this.#pools();
    return {
      id: this.id,
      problem: undefined,
      allows: this.allows,
      title: titleOf(process.title, process.argv),
      pid: process.pid,
      host: hostname(),
      node: process.version,
      startedAt: this.#startedAt,
      loopDelay: this.#loopDelay,
      pools: pools.slice(0, MOST_POOLS).map((pool) => pool.report()),
      openPools: pools.length,
    };
  }
}

/** The title that was set for the process, or else the file name of the program. */
function titleOf(title: string, [node = '', program]: readonly string[]): string {
  const isChosen = title !== '' && basename(title) !== basename(node) && !title.startsWith(`${node} `);
  if (isChosen) return title;
  return program === undefined ? basename(node) : basename(program);
}
