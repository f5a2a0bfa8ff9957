import type { ProcessReport } from '../report.js';
import { el, KeyedList, setText, show, type View } from './dom.js';
import { duration } from './format.js';
import type { KnownPool } from './known-pools.js';
import { PoolCard } from './pool-card.js';

export interface ShownProcess {
  readonly process: ProcessReport;
  readonly pools: readonly KnownPool[];
  readonly chosen: string | undefined;
  /** The time of the report. */
  readonly now: number;
}

/** A delay of the event loop of at least this many ms is shown as a problem: something must be blocking it. */
const LATE = 100;

/** A process and its pools. */
export class ProcessGroup implements View<ShownProcess> {
  readonly root: HTMLElement;
  readonly #title = el('h3');
  readonly #facts = el('span');
  readonly #loop = el('span');
  readonly #problem = el('p', { class: 'problem', hidden: '' });
  readonly #cards = el('ul', { class: 'cards' });
  readonly #more = el('p', { class: 'empty', hidden: '' });
  readonly #list: KeyedList<{ pool: KnownPool; isChosen: boolean }>;

  constructor() {
    const line = el('p', { class: 'process-facts' }, this.#facts, this.#loop);
    const head = el('div', { class: 'process-head' }, this.#title, line);
    this.root = el('div', { class: 'process' }, head, this.#problem, this.#cards, this.#more);
    this.#list = new KeyedList(
      this.#cards,
      ({ pool }) => pool.key,
      () => new PoolCard(),
    );
  }

  update({ process, pools, chosen, now }: ShownProcess): void {
    const { problem, loopDelay } = process;
    setText(this.#title, process.title === '' ? process.id : process.title);
    show(this.#facts, problem === undefined);
    show(this.#problem, problem !== undefined);
    show(this.#loop, problem === undefined);
    show(this.#cards, pools.length > 0);
    setText(this.#problem, `▲ ${problem ?? ''}`);
    const facts = [
      `process ${process.pid} on ${process.host}`,
      `Node ${process.node.replace(/^v/, '')}`,
      `up ${duration(Math.max(0, now - process.startedAt))}`,
    ];
    setText(this.#facts, `${facts.join(' · ')} · `);
    const isLate = loopDelay.max >= LATE;
    setText(this.#loop, `${isLate ? '▲ ' : ''}event loop late by ${duration(loopDelay.max)} at most`);
    this.#loop.classList.toggle('bad', isLate);
    this.#list.update(pools.map((pool) => ({ pool, isChosen: pool.key === chosen })));
    show(this.#more, process.openPools > pools.length);
    setText(this.#more, `Shown are the first ${pools.length} of ${process.openPools} pools.`);
  }
}
