import type { MonitorReport } from '../report.js';
import { byId, KeyedList, setText, show } from './dom.js';
import { count, plural } from './format.js';
import type { KnownPool, KnownPools } from './known-pools.js';
import { ProcessGroup, type ShownProcess } from './process-group.js';

/** Shows all processes and pools side by side, and totals in the page's header and title. */
export class Overview {
  readonly #groups = new KeyedList<ShownProcess>(
    byId('processes'),
    ({ process }) => process.id,
    () => new ProcessGroup(),
  );

  update({ at }: MonitorReport, { processes, all }: KnownPools, chosen: string | undefined): void {
    const groups = processes.map((process) => ({
      process,
      pools: all.filter((pool) => pool.process === process),
      chosen,
      now: at,
    }));
    this.#groups.update(groups);
    show(byId('no-pools'), all.length === 0 && processes.every(({ problem }) => problem === undefined));
    document.body.classList.toggle('many', all.length > 8);
    setText(byId('summary'), summaryOf(processes.length, all));
    document.title = titleOf(all);
  }
}

function summaryOf(processes: number, pools: readonly KnownPool[]): string {
  const size = pools.reduce((sum, { report }) => sum + report.stats.size, 0);
  return [
    processes === 1 ? '1 process' : `${count(processes)} processes`,
    plural(pools.length, 'pool'),
    plural(size, 'connection'),
    `${count(waitersOf(pools))} waiting`,
  ].join(' · ');
}

function titleOf(pools: readonly KnownPool[]): string {
  const leaks = pools.reduce((sum, { report }) => sum + report.leaks.length, 0);
  const waiters = waitersOf(pools);
  const alerts = [leaks > 0 ? plural(leaks, 'leak') : '', waiters > 0 ? `${waiters} waiting` : ''];
  return [...alerts.filter((text) => text !== ''), 'mysqlpool monitor'].join(' · ');
}

function waitersOf(pools: readonly KnownPool[]): number {
  return pools.reduce((sum, { report }) => sum + report.stats.waiters, 0);
}
