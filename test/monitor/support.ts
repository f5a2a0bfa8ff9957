import { request, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import type { TestContext } from 'node:test';
import type { PoolOptions } from 'node-mysqlpool/pool';
import {
  startMonitor,
  type Monitor,
  type MonitorOptions,
  type MonitorReport,
  type PoolAction,
  type PoolReport,
} from 'node-mysqlpool/monitor';
import { EventStreamParser } from '#internal/monitor/event-stream-parser.js';
import { ProcessSource } from '#internal/monitor/process-source.js';
import { FakePool } from '../pool/support/pool.js';

export const TOKEN = 'open-sesame-1';

/** The time at which fake clocks begin. */
export const NOON = 1_800_000_000_000;

/** A fake pool and a report source that watches it, on the same fake clock. */
export class WatchedFake {
  readonly fake: FakePool;
  readonly source: ProcessSource;

  constructor(options: PoolOptions, allows: readonly PoolAction[] = []) {
    this.fake = new FakePool(options);
    const { clock, pool } = this.fake;
    const start = clock.now();
    const date = (): number => NOON + clock.now() - start;
    this.source = new ProcessSource({ pools: [pool], allows, clock, date });
  }

  report(): PoolReport {
    return this.source.latest().processes[0]!.pools[0]!;
  }
}

export function watchedFake(
  t: TestContext,
  options: PoolOptions = {},
  allows: readonly PoolAction[] = [],
): WatchedFake {
  const watched = new WatchedFake(options, allows);
  t.after(async () => {
    watched.source.close();
    await watched.fake.finish();
  });
  return watched;
}

/** Starts a monitor that is closed after the test. */
export async function monitorFor(t: TestContext, options: MonitorOptions = {}): Promise<Monitor> {
  const monitor = await startMonitor(options);
  t.after(() => monitor.close());
  return monitor;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

interface Ask {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

/** Sends a request with exactly these headers, which a browser or `fetch` would change. */
export async function ask(monitor: Pick<Monitor, 'url'>, path: string, options: Ask = {}): Promise<Answer> {
  const response = await head(monitor, path, options);
  let body = '';
  response.setEncoding('utf8');
  for await (const text of response) body += String(text);
  return { status: response.statusCode!, headers: response.headers, body };
}

/** Like `ask`, but without reading the body. */
export function head(monitor: Pick<Monitor, 'url'>, path: string, options: Ask = {}): Promise<IncomingMessage> {
  const { hostname, port } = new URL(monitor.url);
  const { method = 'GET', headers = {}, body } = options;
  return new Promise((resolve, reject) => {
    request({ host: hostname.replace(/^\[|\]$/g, ''), port, path, method, headers, agent: false }, resolve)
      .on('error', reject)
      .end(body);
  });
}

export const errorIn = (answer: Answer): string => (JSON.parse(answer.body) as { error: string }).error;

/** Reads the reports of an event stream, one after the other. */
export class Stream {
  readonly #response: IncomingMessage;
  readonly #reports: MonitorReport[] = [];
  #wake: (() => void) | undefined;
  ended = false;

  constructor(response: IncomingMessage) {
    this.#response = response;
    const parser = new EventStreamParser('report', (data) => {
      this.#reports.push(JSON.parse(data) as MonitorReport);
      this.#wake?.();
    });
    response.setEncoding('utf8');
    response.on('data', (text: string) => parser.add(text));
    response.on('close', () => {
      this.ended = true;
      this.#wake?.();
    });
    response.on('error', () => undefined);
  }

  /** The next report; undefined if the stream has ended. */
  async next(): Promise<MonitorReport | undefined> {
    while (this.#reports.length === 0 && !this.ended) {
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    return this.#reports.shift();
  }

  close(): void {
    this.#response.destroy();
  }
}

export async function streamOf(t: TestContext, monitor: Monitor, options: Ask = {}): Promise<Stream> {
  const stream = new Stream(await head(monitor, '/api/stream', options));
  t.after(() => stream.close());
  return stream;
}
