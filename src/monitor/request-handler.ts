import type { IncomingMessage, ServerResponse } from 'node:http';
import { codeOf, didYouMean } from '../pool/index.js';
import { pageAssets } from './assets.js';
import type { MonitorRefusedError } from './errors.js';
import { messageOf } from './message-of.js';
import type { Gate } from './gate.js';
import type { ReportSource } from './report-source.js';
import type { ReportStreams } from './report-streams.js';
import { POOL_ACTIONS, type PoolAction } from './report.js';

const HEADERS: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

const JSON_TYPE = 'application/json; charset=utf-8';

/** The response to a request. A body that is no Buffer is sent as JSON. */
interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

const problem = (status: number, error: string, headers = {}): Answer => ({ status, headers, body: { error } });

/** Answers the requests of one monitor. */
export class RequestHandler {
  readonly #source: ReportSource;
  readonly #streams: ReportStreams;
  readonly #gate: Gate;

  constructor(source: ReportSource, streams: ReportStreams, gate: Gate) {
    this.#source = source;
    this.#streams = streams;
    this.#gate = gate;
  }

  /** Never rejects. */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
      const answer = await this.#answer(request, response);
      if (answer !== undefined) send(response, answer, request.method === 'HEAD');
    } catch (error) {
      if (response.headersSent) response.destroy();
      else send(response, problem(500, `the monitor failed: ${messageOf(error)}`), false);
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<Answer | undefined> {
    const { method = 'GET', headers } = request;
    const url = urlOf(request.url);
    const token = url?.searchParams.get('token') ?? undefined;
    const refusal = this.#gate.refusal({ method, path: url?.pathname ?? '/api/', token, headers });
    if (refusal?.status === 401) return { status: 401, headers: { 'www-authenticate': 'Bearer' } };
    if (refusal !== undefined) return problem(refusal.status, refusal.reason);
    if (url === undefined) return problem(400, 'this is no address of a monitor');
    const path = url.pathname;
    const cookie = this.#gate.cookieFor(token);
    if (cookie !== undefined && !path.startsWith('/api/')) response.setHeader('set-cookie', cookie);
    const action = /^\/api\/processes\/([^/]+)\/pools\/([^/]+)\/([^/]+)$/.exec(path);
    if (action !== null) {
      return method === 'POST' ? this.#act(action.slice(1)) : wrongMethod(method, path, 'POST');
    }
    if (method !== 'GET' && method !== 'HEAD') return this.#knows(path) ? wrongMethod(method, path) : unknown(path);
    if (path === '/api/report') return { status: 200, body: await this.#source.report() };
    if (path === '/api/stream') return this.#stream(response, method);
    return asset(path);
  }

  #knows(path: string): boolean {
    return path === '/' || path === '/api/report' || path === '/api/stream' || pageAssets().has(path);
  }

  async #act(parts: readonly string[]): Promise<Answer> {
    const [process, pool, action] = parts.map(decoded);
    if (process === undefined || pool === undefined || action === undefined) {
      return problem(400, 'this is no address of a monitor');
    }
    if (!POOL_ACTIONS.includes(action as PoolAction)) {
      return problem(404, `unknown action "${action}"${didYouMean(action, POOL_ACTIONS)}`);
    }
    if (!/^\d{1,15}$/.test(pool)) return problem(404, `there is no pool "${pool}": pools have numbers`);
    try {
      await this.#source.act(process, Number(pool), action as PoolAction);
      return { status: 204 };
    } catch (error) {
      // 502 instead of 401, which would mean the caller's own token and not the one for the other monitor.
      if (codeOf(error) === 'MONITOR_REFUSED') {
        const { status, message } = error as MonitorRefusedError;
        return problem(status === 401 ? 502 : status, message.replace(/^monitor: /, ''));
      }
      if (codeOf(error) === 'MONITOR_UNREACHABLE') return problem(502, (error as Error).message);
      throw error;
    }
  }

  #stream(response: ServerResponse, method: string): Answer | undefined {
    if (this.#streams.isFull) {
      return problem(503, `${this.#streams.size} watch already; close one of them`, { 'retry-after': '5' });
    }
    const headers = { 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' };
    if (method === 'HEAD') return { status: 200, headers };
    response.writeHead(200, headers);
    this.#streams.add(response);
    return undefined;
  }
}

function asset(path: string): Answer {
  const found = pageAssets().get(path);
  if (found !== undefined) return { status: 200, headers: { 'content-type': found.type }, body: found.body };
  return unknown(path);
}

const unknown = (path: string): Answer => problem(404, `there is no ${path} here`);

const wrongMethod = (method: string, path: string, allowed = 'GET, HEAD'): Answer =>
  problem(405, `${method} is not for ${path}; ${allowed} is`, { allow: allowed });

function send(response: ServerResponse, { status, headers = {}, body }: Answer, isHead: boolean): void {
  const content = body === undefined || Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
  const type = body === undefined || Buffer.isBuffer(body) ? {} : { 'content-type': JSON_TYPE };
  const length = content === undefined ? {} : { 'content-length': String(content.length) };
  response.writeHead(status, { ...type, ...length, ...headers });
  response.end(isHead ? undefined : content);
}

function urlOf(text: string | undefined): URL | undefined {
  if (text?.startsWith('/') !== true) return undefined;
  try {
    return new URL(`http://monitor${text}`);
  } catch {
    return undefined;
  }
}

function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}
