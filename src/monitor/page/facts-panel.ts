import type { PoolReport, ServerReport } from '../report.js';
import { el, setText, show, type View } from './dom.js';
import { count, roundDuration } from './format.js';

/** A list of names and values. */
export class Facts {
  readonly root = el('dl', { class: 'facts' });
  readonly #values = new Map<string, HTMLElement>();

  set(name: string, value: string | undefined): void {
    let shown = this.#values.get(name);
    if (shown === undefined) {
      shown = el('dd');
      this.#values.set(name, shown);
      this.root.append(el('div', {}, el('dt', {}, name), shown));
    }
    setText(shown, value ?? '–');
    show(shown.parentElement!, value !== undefined);
  }
}

/** The options of the pool, and some of its totals. */
export class SettingsPanel implements View<PoolReport> {
  readonly #facts = new Facts();
  readonly root = el('section', { class: 'panel' }, el('h3', {}, 'Settings'), this.#facts.root);

  update({ options, stats }: PoolReport): void {
    this.#facts.set('Most connections', count(options.maxSize));
    const by = stats.limitedBy;
    this.#facts.set('Limited by', by && `${by.limit}, ${count(by.held)} of ${count(by.of)}`);
    this.#facts.set('Kept idle', `${count(options.minIdle)} to ${count(options.maxIdle)}`);
    this.#facts.set('Acquire time-out', roundDuration(options.acquireTimeout));
    this.#facts.set('Most in line', count(options.maxWaiters));
    this.#facts.set('Idle time-out', orOff(options.idleTimeout));
    this.#facts.set('Longest life', orOff(options.maxLifetime));
    this.#facts.set('Leak threshold', orOff(options.leakThreshold));
    this.#facts.set('Loans given', count(stats.total.acquired));
    this.#facts.set('Turned away', count(stats.total.failed));
    const { opened, openFailed, openRefused } = stats.total;
    const refused = openRefused === 0 ? '' : `, and ${count(openRefused)} found no room`;
    this.#facts.set('Dials', `${count(opened)}, and ${count(openFailed)} failed${refused}`);
  }
}

function orOff(ms: number): string {
  return ms === 0 ? 'off' : roundDuration(ms);
}

/** The database server, as the pool's own account sees it. */
export class ServerPanel implements View<{ server: ServerReport | undefined; now: number }> {
  readonly #facts = new Facts();
  readonly #bar = el('div', { class: 'bar', 'aria-hidden': 'true' });
  readonly #ours = el('span', { class: 'segment inUse' });
  readonly #others = el('span', { class: 'segment others' });
  readonly #problem = el('p', { class: 'problem' });
  readonly #unknown = el(
    'p',
    { class: 'empty' },
    'Not asked yet. The server is asked over a connection that is idle, and there has been none.',
  );
  readonly root: HTMLElement;

  constructor() {
    this.#bar.append(this.#ours, this.#others);
    const parts = [this.#unknown, this.#problem, this.#bar, this.#facts.root];
    this.root = el('section', { class: 'panel' }, el('h3', {}, 'Server'), ...parts);
  }

  update({ server, now }: { server: ServerReport | undefined; now: number }): void {
    show(this.#unknown, server === undefined);
    show(this.#facts.root, server !== undefined);
    show(this.#problem, server?.problem !== undefined);
    setText(this.#problem, server?.problem === undefined ? '' : `▲ ${server.problem}`);
    show(this.#bar, server?.threadsConnected !== undefined && server.maxConnections !== undefined);
    if (server === undefined) return;
    const { threadsConnected: threads, maxConnections: most, ours } = server;
    const share = (part: number, whole: number | undefined): number =>
      whole ? Math.min(100, (100 * part) / whole) : 0;
    this.#ours.style.width = `${share(ours, most)}%`;
    this.#others.style.width = `${share(Math.max(0, (threads ?? 0) - ours), most)}%`;
    this.#facts.set('Version', server.version);
    this.#facts.set('Connected', threads === undefined ? undefined : ofMost(threads, most));
    this.#facts.set('Of this pool', threads === undefined ? count(ours) : `${count(ours)} (${percent(ours, threads)})`);
    const user = server.userConnections;
    const all = user === undefined ? '' : `: ${ofMost(user, server.maxUserConnections)} connections`;
    this.#facts.set('Account', server.user === undefined ? undefined : `${server.user}${all}`);
    this.#facts.set('Asked', now - server.at < 1_000 ? 'just now' : `${Math.round((now - server.at) / 1000)} s ago`);
  }
}

/** `3 of 10 (30 %)` */
export function ofMost(part: number, whole: number | undefined): string {
  return whole === undefined ? count(part) : `${count(part)} of ${count(whole)} (${percent(part, whole)})`;
}

function percent(part: number, whole: number): string {
  return whole === 0 ? '0 %' : `${Math.round((100 * part) / whole)} %`;
}
