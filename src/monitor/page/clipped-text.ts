import { el, setAttribute, setText, show, type View } from './dom.js';

/** A text with more characters than this takes more than about three lines of a table. */
const LONG = 140;

/**
 * A text that may be very long: it is cut to three lines, and a button shows the rest. The document contains all of it.
 */
export class ClippedText implements View<string> {
  readonly #text: HTMLElement;
  readonly #more = el('button', { type: 'button', class: 'more', 'aria-expanded': 'false', hidden: '' }, 'all');
  readonly root: HTMLElement;

  constructor(tag: 'code' | 'span' = 'span') {
    this.#text = el(tag, { class: 'text' });
    this.root = el('div', { class: 'clipped' }, this.#text, this.#more);
    this.#more.addEventListener('click', () => this.#open(!this.root.classList.contains('open')));
  }

  update(text: string): void {
    setText(this.#text, text);
    show(this.#more, text.length > LONG);
    this.root.classList.toggle('long', text.length > LONG);
  }

  #open(isOpen: boolean): void {
    this.root.classList.toggle('open', isOpen);
    setAttribute(this.#more, 'aria-expanded', String(isOpen));
    setText(this.#more, isOpen ? 'less' : 'all');
  }
}
