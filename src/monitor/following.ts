import type { IncomingMessage } from 'node:http';
import type { ReadAddress } from './address.js';
import { EventStreamParser } from './event-stream-parser.js';
import { messageOf } from './message-of.js';
import { failureText, open, refusalOf } from './http-request.js';
import { mergeReport } from './merge-report.js';
import { readReport } from './read-report.js';
import type { MonitorReport } from './report.js';

/**
 * What `MonitorClient.follow` reports: the latest report with the history so far, or why there is none. @since 0.1.0
 */
export type Followed =
  | { readonly report: MonitorReport; readonly problem: undefined }
  | { readonly report: undefined; readonly problem: string };

/** The listener of `MonitorClient.follow`. @since 0.1.0 */
export type FollowListener = (state: Followed) => void;

const FIRST_PAUSE = 250;
const LONGEST_PAUSE = 5_000;

// Reports come every second. If none comes for this long (ms), the process or the network is blocked: connect again.
const SILENCE = 10_000;

/** Follows one monitor: opens one stream of reports after the other, until it is stopped. */
export class Following {
  readonly #address: ReadAddress;
  readonly #listener: FollowListener;
  readonly #over = new AbortController();
  #report: MonitorReport | undefined;
  #failures = 0;
  #pause: NodeJS.Timeout | undefined;

  constructor(address: ReadAddress, listener: FollowListener) {
    this.#address = address;
    this.#listener = listener;
    void this.#connect();
  }

  stop(): void {
    clearTimeout(this.#pause);
    this.#over.abort();
  }

  /** Never rejects. */
  async #connect(): Promise<void> {
    const silent = new AbortController();
    const watchdog = setTimeout(() => silent.abort(), SILENCE);
    let problem: string;
    try {
      const signal = AbortSignal.any([this.#over.signal, silent.signal]);
      const response = await open(this.#address, { method: 'GET', path: 'api/stream', accept: STREAM, signal });
      if (response.statusCode !== 200) throw await refusalOf(this.#address, response);
      await this.#read(response, watchdog);
      problem = 'it has ended the stream';
    } catch (error) {
      problem = silent.signal.aborted ? `it has said nothing for ${SILENCE / 1000} s` : this.#textOf(error);
    } finally {
      clearTimeout(watchdog);
    }
    if (!this.#over.signal.aborted) this.#failed(problem);
  }

  async #read(response: IncomingMessage, watchdog: NodeJS.Timeout): Promise<void> {
    if (!String(response.headers['content-type']).startsWith(STREAM)) {
      response.destroy();
      throw new Error('it answers, but not as a monitor does');
    }
    const parser = new EventStreamParser('report', (data) => {
      watchdog.refresh();
      this.#take(data);
    });
    response.setEncoding('utf8');
    for await (const text of response as AsyncIterable<string>) parser.add(text);
  }

  #take(data: string): void {
    if (this.#over.signal.aborted) return;
    const report = readReport(data);
    if (typeof report === 'string') throw new Error(report);
    this.#failures = 0;
    this.#report = mergeReport(this.#report, report);
    this.#tell({ report: this.#report, problem: undefined });
  }

  #failed(problem: string): void {
    const most = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** this.#failures++);
    // A random pause: clients that have lost the same monitor must not all connect again at the same time.
    this.#pause = setTimeout(() => void this.#connect(), most * (0.5 + Math.random() / 2));
    this.#tell({ report: undefined, problem });
  }

  /** Calls the listener. What it throws becomes a warning, since it is not a failure of the monitor. */
  #tell(state: Followed): void {
    try {
      this.#listener(state);
    } catch (error) {
      process.emitWarning(`a listener of ${this.#address.url.href} threw: ${messageOf(error)}`, 'PoolListenerWarning');
    }
  }

  /** The text of a failure, without the address of the monitor, which the caller knows. */
  #textOf(error: unknown): string {
    return failureText(error).replace(`${this.#address.url.href}: `, '');
  }
}

const STREAM = 'text/event-stream';
