import type { MonitorReport } from '../report.js';
import { addressOf, authorization } from './token.js';

/** The state of the page's connection to the monitor. */
export type StreamState =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'live' }
  | { readonly kind: 'silent' } // connected, but without a report for a while: the process or the network is blocked
  | { readonly kind: 'reconnecting'; readonly retryAt: number }
  | { readonly kind: 'unreachable'; readonly retryAt: number }
  | { readonly kind: 'refused' }; // the token is wrong or missing, so the page does not try again

export interface StreamListener {
  /**
   * @param isFirst whether the report is the first of a connection, which is complete; later ones have only what is new
   */
  report(report: MonitorReport, isFirst: boolean): void;
  state(state: StreamState): void;
}

const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 10_000;
/** After this many failures in a row the monitor counts as unreachable, and not as restarting. */
const MANY_FAILURES = 4;
/** After this time (ms) without a report the state is `silent`. Reports come every second. */
const SILENT_AFTER = 3_500;
/**
 * After this time (ms) without a report the page connects again. A connection that was lost unnoticed, as while the
 * machine was asleep, would otherwise be silent for ever.
 */
const GIVEN_UP_AFTER = 15_000;

/**
 * Receives reports as they come. A stream that breaks is opened again, after pauses that double up to ten seconds; its
 * first report contains everything that was missed.
 */
export class ReportStream {
  readonly #token: string | undefined;
  readonly #listener: StreamListener;
  #source: EventSource | undefined;
  #silence: ReturnType<typeof setTimeout> | undefined;
  #pause: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;

  constructor(token: string | undefined, listener: StreamListener) {
    this.#token = token;
    this.#listener = listener;
    addEventListener('online', () => this.retry());
  }

  open(): void {
    this.#close();
    const address = addressOf('api/stream');
    // The token is sent in the URL, since an EventSource cannot send headers.
    if (this.#token !== undefined) address.searchParams.set('token', this.#token);
    const source = new EventSource(address);
    this.#source = source;
    let isFirst = true;
    source.addEventListener('report', ({ data }) => {
      this.#failures = 0;
      this.#listenForSilence(source);
      this.#listener.report(JSON.parse(data as string) as MonitorReport, isFirst);
      isFirst = false;
      this.#listener.state({ kind: 'live' });
    });
    source.addEventListener('error', () => void this.#failed(source));
    this.#listenForSilence(source);
  }

  /** Connects at once, if the stream is waiting for its next attempt. */
  retry(): void {
    if (this.#source === undefined && this.#pause !== undefined) this.open();
  }

  #close(): void {
    clearTimeout(this.#silence);
    clearTimeout(this.#pause);
    this.#pause = undefined;
    this.#source?.close();
    this.#source = undefined;
  }

  #listenForSilence(source: EventSource): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => {
      if (this.#source === source) this.#listener.state({ kind: 'silent' });
      this.#silence = setTimeout(() => void this.#failed(source), GIVEN_UP_AFTER - SILENT_AFTER);
    }, SILENT_AFTER);
  }

  async #failed(source: EventSource): Promise<void> {
    if (this.#source !== source) return;
    this.#close();
    this.#failures++;
    const pause = Math.min(FIRST_PAUSE * 2 ** (this.#failures - 1), LONGEST_PAUSE);
    this.#pause = setTimeout(() => this.open(), pause);
    const kind = this.#failures < MANY_FAILURES ? 'reconnecting' : 'unreachable';
    this.#listener.state({ kind, retryAt: Date.now() + pause });
    // An EventSource does not say why it failed: another request finds out if the token was refused.
    if (await this.#isRefused()) {
      this.#close();
      this.#listener.state({ kind: 'refused' });
    }
  }

  async #isRefused(): Promise<boolean> {
    try {
      const headers = authorization(this.#token);
      const answer = await fetch(addressOf('api/report'), { headers, signal: AbortSignal.timeout(5_000) });
      await answer.body?.cancel();
      return answer.status === 401;
    } catch {
      return false;
    }
  }
}
