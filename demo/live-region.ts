import type { WriteStream } from 'node:tty';
import { stripVTControlCharacters } from 'node:util';
import { wrap } from './wrap.js';

const HIDE_CURSOR = '\u001B[?25l';
const SHOW_CURSOR = '\u001B[?25h';
const CLEAR_LINE = '\u001B[K';
const CLEAR_BELOW = '\u001B[J';
const up = (rows: number): string => (rows > 0 ? `\u001B[${rows}A` : '');

/** Lines at the bottom of a terminal that are redrawn in place; other output is printed above them. */
export class LiveRegion {
  readonly #terminal: WriteStream;
  /** The width of each line drawn, from which follows how many rows it takes after the window has become narrower. */
  #drawn: number[] = [];

  constructor(terminal: WriteStream) {
    this.#terminal = terminal;
  }

  /** Queried each time, since `stream.columns` is outdated while the window is being resized. */
  get columns(): number {
    return this.#terminal.getWindowSize()[0] || 80;
  }

  /** The lines must not be wider than `columns - 1`: after a full row, some terminals begin a new one. */
  draw(lines: readonly string[]): void {
    const shown = lines.slice(0, Math.max(1, (this.#terminal.getWindowSize()[1] || 24) - 1));
    this.#terminal.write(`${HIDE_CURSOR}${this.#over(shown)}`);
    this.#drawn = shown.map((line) => stripVTControlCharacters(line).length);
  }

  print(text: string): void {
    this.#terminal.write(this.#over(wrap(text, this.columns - 1).split('\n')));
    this.#drawn = [];
  }

  /** Erases the lines and shows the cursor again. */
  clear(): void {
    const rows = this.#rows;
    this.#terminal.write(`${this.#over(Array.from({ length: rows }, () => ''))}${up(rows)}${SHOW_CURSOR}`);
    this.#drawn = [];
  }

  /** How many rows the lines take now: a terminal that became narrower has wrapped them. */
  get #rows(): number {
    const columns = this.columns;
    return this.#drawn.reduce((sum, width) => sum + Math.max(1, Math.ceil(width / columns)), 0);
  }

  /**
   * The text that replaces the present lines. It clears line by line: when the whole screen is cleared, tmux saves the
   * old content in its history, which would fill up with every state.
   */
  #over(lines: readonly string[]): string {
    return `${up(this.#rows)}\r${lines.map((line) => `${line}${CLEAR_LINE}\n`).join('')}${CLEAR_BELOW}`;
  }
}
