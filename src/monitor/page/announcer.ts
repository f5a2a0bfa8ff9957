import { setText } from './dom.js';

/** Shows a message for a while, and has screen readers read it. */
export class Announcer {
  readonly #region: HTMLElement;
  #end: ReturnType<typeof setTimeout> | undefined;

  /** @param region an aria-live region that is in the document from the start */
  constructor(region: HTMLElement) {
    this.#region = region;
  }

  say(text: string, isBad = false): void {
    clearTimeout(this.#end);
    this.#region.classList.toggle('bad', isBad);
    setText(this.#region, text);
    this.#end = setTimeout(() => setText(this.#region, ''), isBad ? 30_000 : 10_000);
  }
}
