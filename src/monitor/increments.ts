import { sliceHistory } from './history.js';
import type { MonitorReport, PoolReport, ProcessReport } from './report.js';

/** The last sample and event of a pool that the reader has received. */
interface Told {
  readonly sample: number;
  readonly event: number;
}

/** Reduces complete reports to what one reader has not received yet. */
export class Increments {
  #told = new Map<string, Told>();

  next(report: MonitorReport): MonitorReport {
    const told = new Map<string, Told>();
    const processes = report.processes.map((process) => ({
      ...process,
      pools: process.pools.map((pool) => {
        const key = keyOf(process, pool);
        const before = this.#told.get(key);
        told.set(key, {
          sample: pool.history.at.at(-1) ?? before?.sample ?? -Infinity,
          event: pool.events.at(-1)?.id ?? before?.event ?? 0,
        });
        return before === undefined ? pool : newer(pool, before);
      }),
    }));
    this.#told = told;
    return { ...report, processes };
  }
}

/** The start time is part of the key: a different one means a different process, even if the id is the same. */
const keyOf = ({ id, startedAt }: ProcessReport, pool: PoolReport): string => `${id} ${startedAt} ${pool.id}`;

function newer(pool: PoolReport, told: Told): PoolReport {
  const { at } = pool.history;
  const from = at.findIndex((time) => time > told.sample);
  return {
    ...pool,
    history: sliceHistory(pool.history, from < 0 ? at.length : from),
    events: pool.events.filter(({ id }) => id > told.event),
  };
}
