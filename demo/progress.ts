import type { WriteStream } from 'node:tty';
import type { LiveAct } from './live-act.js';
import { liveLines, plainLine } from './live-lines.js';
import { LiveRegion } from './live-region.js';
import { painter } from './paint.js';

const TERMINAL_MS = 200;
const PIPE_MS = 1_000;

/** Shows the demo's progress: on a terminal as a block that is redrawn in place, otherwise as one line per second. */
export interface Progress {
  /** A step outside the acts, such as the start of the server. */
  step(text: string): void;
  begin(act: LiveAct): void;
  /** Prints an event as a separate line. */
  event(text: string): void;
  end(): void;
}

/** The progress display for the kind of stream. */
export function progressOn(stream: NodeJS.WriteStream): Progress {
  return stream.isTTY && process.env['TERM'] !== 'dumb' ? new TerminalProgress(stream) : new PlainProgress(stream);
}

class TerminalProgress implements Progress {
  readonly #stream: WriteStream;
  readonly #region: LiveRegion;
  #act: LiveAct | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(stream: WriteStream) {
    this.#stream = stream;
    this.#region = new LiveRegion(stream);
  }

  step(text: string): void {
    this.#region.draw([text.slice(0, this.#region.columns - 1)]);
  }

  begin(act: LiveAct): void {
    this.#act = act;
    this.#draw();
    this.#timer = setInterval(this.#draw, TERMINAL_MS);
    this.#stream.on('resize', this.#draw);
  }

  event(text: string): void {
    this.#region.print(text);
    this.#draw();
  }

  end(): void {
    clearInterval(this.#timer);
    this.#stream.off('resize', this.#draw);
    this.#act = undefined;
    this.#region.clear();
  }

  #draw = (): void => {
    if (this.#act) this.#region.draw(liveLines(this.#act, this.#region.columns, painter(this.#stream)));
  };
}

class PlainProgress implements Progress {
  readonly #stream: NodeJS.WritableStream;
  #timer: NodeJS.Timeout | undefined;

  constructor(stream: NodeJS.WritableStream) {
    this.#stream = stream;
  }

  step(text: string): void {
    this.event(text);
  }

  begin(act: LiveAct): void {
    this.event(`act ${act.act.number}: ${act.act.title}`);
    this.#timer = setInterval(() => this.event(plainLine(act)), PIPE_MS);
  }

  event(text: string): void {
    this.#stream.write(`${text}\n`);
  }

  end(): void {
    clearInterval(this.#timer);
  }
}
