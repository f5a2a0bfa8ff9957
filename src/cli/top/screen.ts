import type { Input, Output } from '../io.js';

const ESC = '\u001B';
const ENTER = `${ESC}[?1049h${ESC}[?25l${ESC}[2J`;
const LEAVE = `${ESC}[?25h${ESC}[?1049l`;
const HOME = `${ESC}[H`;
const CLEAR = `${ESC}[2J`;
const CLEAR_LINE = `${ESC}[K`;
const CLEAR_BELOW = `${ESC}[J`;

/**
 * Draws on the terminal's alternate screen: `enter` switches to it, `leave` restores what the terminal showed before.
 */
export class Screen {
  readonly #output: Output;
  readonly #input: Input;
  readonly #onKey: (key: string) => void;
  readonly #onResize: () => void;
  #size = '';
  #isEntered = false;

  constructor(
    output: Output,
    input: Input,
    handlers: { readonly key: (key: string) => void; readonly resize: () => void },
  ) {
    this.#output = output;
    this.#input = input;
    this.#onKey = handlers.key;
    this.#onResize = handlers.resize;
  }

  get columns(): number {
    return this.#output.columns || 80;
  }

  get rows(): number {
    return this.#output.rows || 24;
  }

  enter(): void {
    this.#isEntered = true;
    this.#output.write(ENTER);
    this.#output.on('resize', this.#onResize);
    if (this.#input.isTTY !== true) return;
    this.#input.setRawMode?.(true);
    this.#input.on('data', this.#hear);
    this.#input.resume();
  }

  /** Draws lines, each at most `columns - 1` wide: on some terminals a full row starts a new line. */
  draw(lines: readonly string[]): void {
    if (!this.#isEntered) return;
    const size = `${this.columns} ${this.rows}`;
    // After a resize the terminal may have wrapped the previous frame, so the screen is cleared first.
    const begin = size === this.#size ? HOME : CLEAR + HOME;
    this.#size = size;
    const shown = lines.slice(0, this.rows);
    this.#output.write(begin + shown.map((line) => line + CLEAR_LINE).join('\r\n') + CLEAR_BELOW);
  }

  /** May be called more than once, and from an `exit` handler of the process. */
  leave(): void {
    if (!this.#isEntered) return;
    this.#isEntered = false;
    this.#output.off('resize', this.#onResize);
    if (this.#input.isTTY === true) {
      this.#input.off('data', this.#hear);
      this.#input.setRawMode?.(false);
      this.#input.pause();
    }
    this.#output.write(LEAVE);
  }

  #hear = (data: Buffer | string): void => {
    // An arrow or function key arrives as one escape sequence, which is ignored. Pasted text is read character by
    // character.
    const text = data.toString();
    if (text.startsWith(ESC)) return;
    for (const key of text.slice(0, 100)) this.#onKey(key);
  };
}
