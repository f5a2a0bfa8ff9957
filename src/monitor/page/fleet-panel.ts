import type { FleetReport } from '../report.js';
import { el, setText, show, type View } from './dom.js';
import { Facts, ofMost } from './facts-panel.js';
import { count } from './format.js';

/** Shows the limit that all processes of the account share, and this process's part of it. */
export class FleetPanel implements View<FleetReport | undefined> {
  readonly #facts = new Facts();
  readonly #bar = el('div', { class: 'bar', 'aria-hidden': 'true' });
  readonly #ours = el('span', { class: 'segment inUse' });
  readonly #others = el('span', { class: 'segment others' });
  readonly #problem = el('p', { class: 'problem' });
  readonly root: HTMLElement;

  constructor() {
    this.#bar.append(this.#ours, this.#others);
    const parts = [this.#problem, this.#bar, this.#facts.root];
    this.root = el('section', { class: 'panel' }, el('h3', {}, 'Fleet'), ...parts);
  }

  update(fleet: FleetReport | undefined): void {
    show(this.root, fleet !== undefined);
    if (fleet === undefined) return;
    const { limit, counted, held, share, demand, floor, problem } = fleet;
    show(this.#problem, problem !== undefined);
    setText(this.#problem, problem === undefined ? '' : `▲ coordinator lost: ${problem}`);
    show(this.#bar, limit !== undefined);
    const width = (part: number): string => `${limit ? Math.min(100, (100 * part) / limit) : 0}%`;
    this.#ours.style.width = width(held);
    this.#others.style.width = width(Math.max(0, (counted ?? held) - held));
    this.#facts.set('Name', fleet.name);
    this.#facts.set('Limit', limit === undefined ? undefined : count(limit));
    this.#facts.set('Last counted', counted === undefined ? undefined : ofMost(counted, limit));
    this.#facts.set('Of this process', ofMost(held, limit));
    this.#facts.set('Share', share === undefined ? undefined : count(share));
    this.#facts.set('Demand', count(demand));
    this.#facts.set('Floor', count(floor));
    this.#facts.set('Refused by the server', count(fleet.refusals));
    this.#facts.set('Given up for others', count(fleet.sheds));
    this.#facts.set('Coordinator', fleet.coordinator);
  }
}
