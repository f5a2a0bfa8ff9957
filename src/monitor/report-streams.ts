import type { ServerResponse } from 'node:http';
import type { Clock } from '../pool/index.js';
import { Increments } from './increments.js';
import type { ReportSource } from './report-source.js';
import type { MonitorReport } from './report.js';

const MOST_STREAMS = 20;

// A reader that takes no data for this long (ms) is disconnected.
const STUCK_AFTER = 30_000;

interface Stream {
  readonly response: ServerResponse;
  readonly increments: Increments;
  /** Since when the reader has not taken what was sent; undefined while it keeps up. */
  stuckSince: number | undefined;
}

/**
 * Sends reports to all readers, one per second, as server-sent events. A reader that has not taken the last report yet
 * gets the next one only when it has, with everything that is new since: nothing piles up in memory.
 */
export class ReportStreams {
  readonly #source: ReportSource;
  readonly #clock: Clock;
  readonly #streams = new Set<Stream>();
  #unsubscribe: (() => void) | undefined;

  constructor(source: ReportSource, clock: Clock) {
    this.#source = source;
    this.#clock = clock;
  }

  get isFull(): boolean {
    return this.#streams.size >= MOST_STREAMS;
  }

  get size(): number {
    return this.#streams.size;
  }

  /** Starts to send. The headers of the response must have been written. */
  add(response: ServerResponse): void {
    const stream: Stream = { response, increments: new Increments(), stuckSince: undefined };
    this.#streams.add(stream);
    response.on('close', () => this.#remove(stream));
    // A reader has disconnected in the middle of a report: the event `close` follows.
    response.on('error', () => undefined);
    this.#unsubscribe ??= this.#source.subscribe(() => this.#sendAll());
    this.#send(stream, this.#source.latest());
  }

  close(): void {
    for (const { response } of this.#streams) response.end();
    this.#streams.clear();
    this.#rest();
  }

  #remove(stream: Stream): void {
    this.#streams.delete(stream);
    if (this.#streams.size === 0) this.#rest();
  }

  #rest(): void {
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
  }

  #sendAll(): void {
    const report = this.#source.latest();
    for (const stream of this.#streams) this.#send(stream, report);
  }

  #send(stream: Stream, report: MonitorReport): void {
    const { response } = stream;
    if (response.writableNeedDrain) {
      const now = this.#clock.now();
      stream.stuckSince ??= now;
      if (now - stream.stuckSince >= STUCK_AFTER) response.destroy();
      return;
    }
    stream.stuckSince = undefined;
    response.write(`event: report\ndata: ${JSON.stringify(stream.increments.next(report))}\n\n`);
  }
}
