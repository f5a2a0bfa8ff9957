import { byId, el, setAttribute, setText } from './dom.js';
import { HistogramPanel } from './histogram-panel.js';
import { FleetPanel } from './fleet-panel.js';
import { ServerPanel, SettingsPanel } from './facts-panel.js';
import { count, rate } from './format.js';
import type { KnownPool } from './known-pools.js';
import type { PoolActions } from './pool-actions.js';
import { eventsTable, loansTable, waitersTable } from './pool-tables.js';
import { TimeChart } from './time-chart.js';

const gauge = { format: count, isStepped: true } as const;

/** The section with everything that is known about one pool. */
export class PoolDetail {
  readonly #section = byId('detail');
  readonly #actions: PoolActions;
  readonly #heading = el('h2', { id: 'detail-heading', tabindex: '-1' });
  readonly #state = el('span', { class: 'badge' });
  readonly #sizes = new TimeChart('Connections', [
    { name: 'in-use', label: 'In use', isFilled: true, ...gauge },
    { name: 'size', label: 'Size', dash: [2, 3], ...gauge },
    { name: 'idle', label: 'Idle', dash: [8, 4], ...gauge },
    { name: 'waiting', label: 'Waiting', dash: [10, 3, 2, 3], ...gauge },
  ]);
  readonly #rates = new TimeChart('Acquires and failures', [
    { name: 'acquires', label: 'Acquires', isFilled: true, format: rate },
    { name: 'failures', label: 'Failures', dash: [6, 3], format: rate },
  ]);
  readonly #waits = new HistogramPanel('Wait times', 'at once');
  readonly #holds = new HistogramPanel('Hold times', '0 ms');
  readonly #loans = loansTable();
  readonly #waiters = waitersTable();
  readonly #server = new ServerPanel();
  readonly #fleet = new FleetPanel();
  readonly #settings = new SettingsPanel();
  readonly #events = eventsTable();

  constructor(actions: PoolActions) {
    this.#actions = actions;
    const head = el('div', { class: 'detail-head' }, this.#heading, this.#state, actions.root);
    const panels = [
      ...[this.#sizes, this.#rates, this.#loans, this.#waiters, this.#waits, this.#holds],
      ...[this.#server, this.#fleet, this.#settings, this.#events],
    ];
    this.#section.append(head, el('div', { class: 'panels' }, ...panels.map(({ root }) => root)));
  }

  /** @param now the time of the report */
  update(pool: KnownPool | undefined, now: number): void {
    // The section is shown first, since charts have no width while they are hidden.
    this.#section.hidden = pool === undefined;
    if (pool === undefined) return;
    const { report } = pool;
    const { stats, history } = report;
    setText(this.#heading, stats.name);
    setText(this.#state, stats.state);
    setAttribute(this.#state, 'data-state', stats.state);
    this.#actions.update(pool, pool.process.allows);
    const size = history.at.map((_, nth) => history.idle[nth]! + history.inUse[nth]! + history.connecting[nth]!);
    this.#sizes.update(history.at, [history.inUse, size, history.idle, history.waiters]);
    this.#rates.update(history.at, [history.acquired, history.failed]);
    this.#waits.update(report.waits);
    this.#holds.update(report.holds);
    this.#loans.update(report.loans);
    this.#waiters.update(report.waiting);
    this.#server.update({ server: report.server, now });
    this.#fleet.update(report.fleet);
    this.#settings.update(report);
    this.#events.update(report.events);
  }

  repaint(): void {
    this.#sizes.repaint();
    this.#rates.repaint();
  }

  /** Scrolls the section into view, and moves the focus to its heading for screen readers. */
  focus(): void {
    this.#heading.focus({ preventScroll: true });
    const isCalm = matchMedia('(prefers-reduced-motion: reduce)').matches;
    this.#section.scrollIntoView({ behavior: isCalm ? 'auto' : 'smooth', block: 'start' });
  }
}
