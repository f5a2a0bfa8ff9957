import { LONGEST_TIMER } from '../pool/clock.js';
import type { ClientSession } from '../session/index.js';
import type { Backend } from './backend.js';

/** A client that may not read its answers. */
interface Reader {
  readonly session: ClientSession;
  readonly binding: { readonly backend: Backend | undefined };
}

/**
 * Gives a client up that does not read its answer, as its backend has to wait for it. The server would end the session
 * after `net_write_timeout`, but the paused backend socket would not notice that; so the gateway applies the same
 * timeout itself.
 */
export class Unread {
  readonly #reader: Reader;
  readonly #giveUp: () => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(reader: Reader, giveUp: () => void) {
    this.#reader = reader;
    this.#giveUp = giveUp;
  }

  /** The client's socket buffer is full. */
  begin(): void {
    this.#timer ??= setTimeout(() => this.#look(), Math.min(this.#within, LONGEST_TIMER)).unref();
  }

  get #within(): number {
    return Number(this.#reader.session.carried.value('net_write_timeout') ?? 60) * 1_000;
  }

  /** The client has read the answer, or has disconnected. */
  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #look(): void {
    this.#timer = undefined;
    // Gives up only if a backend is held up: an answer that is buffered completely here may be read at any later time.
    if (this.#reader.binding.backend?.socket.isPaused() === true) this.#giveUp();
  }
}
