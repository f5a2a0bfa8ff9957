import type { WriteStream } from 'node:tty';
import { stripVTControlCharacters } from 'node:util';
import { wrap } from './wrap.js';

const HIDE_CURSOR = '\u001B[?25l';
const SHOW_CURSOR = '\u001B[?25h';
const CLEAR_BELOW = '\u001B[J';

/** Lines at the bottom of a terminal that are drawn again in place; what is printed goes above them. */
export class LiveRegion {
  readonly #terminal: WriteStream;
  /** How wide each line was drawn, to know how many rows it takes when the window has become narrower. */
  #drawn: number[] = [];

  constructor(terminal: WriteStream) {
    this.#terminal = terminal;
  }

  /** Asked of the terminal each time: `stream.columns` lags behind a window that is being resized. */
  get columns(): number {
    return this.#terminal.getWindowSize()[0] || 80;
  }

  /** The lines must not be wider than `columns - 1`: a full row makes some terminals begin a new one. */
  draw(lines: readonly string[]): void {
    const shown = lines.slice(0, Math.max(1, (this.#terminal.getWindowSize()[1] || 24) - 1));
    this.#terminal.write(`${HIDE_CURSOR}${this.#home()}${shown.map((line) => `${line}\n`).join('')}`);
    this.#drawn = shown.map((line) => stripVTControlCharacters(line).length);
  }

  print(text: string): void {
    this.#terminal.write(`${this.#home()}${wrap(text, this.columns)}\n`);
    this.#drawn = [];
  }

  /** Takes the lines away and gives the cursor back. */
  clear(): void {
    this.#terminal.write(`${this.#home()}${SHOW_CURSOR}`);
    this.#drawn = [];
  }

  /** Back to where the lines begin, with nothing below. A terminal that became narrower has wrapped them since. */
  #home(): string {
    const rows = this.#drawn.reduce((sum, width) => sum + Math.max(1, Math.ceil(width / this.columns)), 0);
    return `${rows > 0 ? `\u001B[${rows}A` : ''}\r${CLEAR_BELOW}`;
  }
}
