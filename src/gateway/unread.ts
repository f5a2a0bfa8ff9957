import type { ClientSession } from '../session/index.js';
import type { Backend } from './backend.js';

/** Timers of Node run no longer, in ms. */
const LONGEST = 2 ** 31 - 1;

/** A client that may be slow to read. */
interface Reader {
  readonly session: ClientSession;
  readonly binding: { readonly backend: Backend | undefined };
}

/**
 * An answer that a client does not read: its backend has to wait for it. The server gives that up after `net_write_timeout`,
 * which a connection that nobody reads from does not tell: so it is given up here after the same time.
 */
export class Unread {
  readonly #reader: Reader;
  readonly #giveUp: () => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(reader: Reader, giveUp: () => void) {
    this.#reader = reader;
    this.#giveUp = giveUp;
  }

  begin(): void {
    this.#timer ??= setTimeout(() => this.#look(), Math.min(this.#within, LONGEST)).unref();
  }

  get #within(): number {
    return Number(this.#reader.session.carried.value('net_write_timeout') ?? 60) * 1_000;
  }

  /** It has read it, or is gone. */
  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #look(): void {
    this.#timer = undefined;
    // What nobody waits for may be read at any time.
    if (this.#reader.binding.backend?.socket.isPaused() === true) this.#giveUp();
  }
}
