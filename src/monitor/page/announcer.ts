import { setText } from './dom.js';

/** Says what has just happened to those who do not see it, and shows it to the others for a while. */
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
