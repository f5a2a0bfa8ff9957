import type { WriteStream } from 'node:tty';
import { stripVTControlCharacters } from 'node:util';
import { wrap } from './wrap.js';

const HIDE_CURSOR = '\u001B[?25l';
const SHOW_CURSOR = '\u001B[?25h';
const CLEAR_LINE = '\u001B[K';
const CLEAR_BELOW = '\u001B[J';
const up = (rows: number): string => (rows > 0 ? `\u001B[${rows}A` : '');

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
    this.#terminal.write(`${HIDE_CURSOR}${this.#over(shown)}`);
    this.#drawn = shown.map((line) => stripVTControlCharacters(line).length);
  }

  print(text: string): void {
    this.#terminal.write(this.#over(wrap(text, this.columns - 1).split('\n')));
    this.#drawn = [];
  }

  /** Takes the lines away and gives the cursor back. */
  clear(): void {
    const rows = this.#rows;
    this.#terminal.write(`${this.#over(Array.from({ length: rows }, () => ''))}${up(rows)}${SHOW_CURSOR}`);
    this.#drawn = [];
  }

  /** A terminal that became narrower has wrapped the lines since they were drawn. */
  get #rows(): number {
    const columns = this.columns;
    return this.#drawn.reduce((sum, width) => sum + Math.max(1, Math.ceil(width / columns)), 0);
  }

  /**
   * Text in place of what is drawn. Line by line, since tmux takes a clearing of the whole screen for something to
   * remember, and fills its history with every state there ever was.
   */
  #over(lines: readonly string[]): string {
    return `${up(this.#rows)}\r${lines.map((line) => `${line}${CLEAR_LINE}\n`).join('')}${CLEAR_BELOW}`;
  }
}
