import { byId, setText, show } from './dom.js';
import { timeOfDay } from './format.js';
import type { StreamState } from './report-stream.js';

const WORDS = {
  connecting: 'Connecting…',
  live: 'Live',
  silent: 'No news: the process or the way to it is blocked',
  reconnecting: 'Reconnecting…',
  unreachable: 'Cannot reach the monitor; still trying',
  refused: 'Refused: the token is missing or wrong',
} as const satisfies Record<StreamState['kind'], string>;

/**
 * Shows whether the page is up to date. The words are a live region, which screen readers read when it changes; the
 * time beside them is not, since it changes every second.
 */
export class ConnectionSign {
  readonly #sign = byId('connection');
  readonly #words = byId('connection-state');
  readonly #time = byId('connection-time');
  readonly #retry = byId('retry');

  constructor(retry: () => void) {
    this.#retry.addEventListener('click', retry);
  }

  show({ kind }: StreamState): void {
    this.#sign.dataset['state'] = kind;
    document.body.classList.toggle('stale', kind !== 'live' && kind !== 'connecting');
    setText(this.#words, WORDS[kind]);
    show(this.#retry, kind === 'reconnecting' || kind === 'unreachable');
  }

  /** @param at when the report was made, in ms since the epoch */
  updated(at: number): void {
    setText(this.#time, `as of ${timeOfDay(at)}`);
  }
}
