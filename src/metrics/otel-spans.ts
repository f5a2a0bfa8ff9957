import type * as Api from '@opentelemetry/api';
import type { Context, Span, Tracer } from '@opentelemetry/api';
import {
  acquireTrace,
  channels,
  messageOf,
  openTrace,
  type AcquireTrace,
  type AnyPool,
  type OpenTrace,
} from '../pool/index.js';
import { errorType } from './error-type.js';
import { POOL } from './vocabulary.js';

/** What a tracing channel adds to its context when the traced work has failed. */
interface Failed {
  readonly error?: unknown;
}

/** Makes spans from the tracing channels of pools, until the returned function is called. */
export function tracePools(api: typeof Api, tracer: Tracer, pools: readonly AnyPool[] | undefined): () => void {
  const chosen = pools && new WeakSet<object>(pools);
  // Listens to all pools and filters here: a pool may be used in the same tick in which it is created, before the event
  // that announces it.
  const wants = (pool: object): boolean => chosen?.has(pool) ?? true;
  const stops = [traceWaits(api, tracer, wants), traceDials(api, tracer, wants)];
  return () => {
    for (const stop of stops) stop();
  };
}

/**
 * Makes a span for each caller that waited, as a child of the span that was active at its call. The span is made when
 * the wait is over: only after the call is it known whether the caller has to wait, and a started span cannot be taken
 * back.
 */
function traceWaits(api: typeof Api, tracer: Tracer, wants: (pool: object) => boolean): () => void {
  const calls: AcquireTrace[] = [];
  const waits = new WeakMap<AcquireTrace, { readonly context: Context; readonly since: number }>();
  const started = (trace: unknown): void => void calls.push(trace as AcquireTrace);
  const ended = (): void => void calls.pop();
  // The event `waiting` is published during the call of the caller that joins the queue, so the last call is that one.
  const waiting = (): void => {
    const trace = calls.at(-1);
    if (trace === undefined || !wants(trace.pool)) return;
    waits.set(trace, { context: api.context.active(), since: performance.now() });
  };
  const settled = (message: unknown): void => {
    const trace = message as AcquireTrace & Failed;
    const wait = waits.get(trace);
    if (wait === undefined) return;
    const { pool, phase, label } = trace;
    const now = Date.now();
    const attributes = {
      [POOL.name]: (pool as AnyPool).name,
      'mysqlpool.acquire.phase': phase,
      'mysqlpool.acquire.label': label,
    };
    const startTime = now - (performance.now() - wait.since);
    const span = tracer.startSpan('mysqlpool.acquire', { startTime, attributes }, wait.context);
    end(api, span, trace, now);
  };
  acquireTrace.start.subscribe(started);
  channels.waiting.subscribe(waiting);
  acquireTrace.end.subscribe(ended);
  acquireTrace.asyncEnd.subscribe(settled);
  return () => {
    acquireTrace.start.unsubscribe(started);
    channels.waiting.unsubscribe(waiting);
    acquireTrace.end.unsubscribe(ended);
    acquireTrace.asyncEnd.unsubscribe(settled);
  };
}

/**
 * Makes a span for each connection that is opened. The span is the root of a trace of its own, since the connection
 * serves whichever caller is first in the queue when it is ready. A link leads to the span that caused it to be opened.
 */
function traceDials(api: typeof Api, tracer: Tracer, wants: (pool: object) => boolean): () => void {
  const spans = new WeakMap<OpenTrace, Span>();
  const started = (message: unknown): void => {
    const trace = message as OpenTrace;
    if (!wants(trace.pool)) return;
    const cause = api.trace.getSpanContext(api.context.active());
    const links = cause === undefined ? [] : [{ context: cause }];
    const attributes = { [POOL.name]: (trace.pool as AnyPool).name, 'mysqlpool.connection.id': trace.connection };
    spans.set(trace, tracer.startSpan('mysqlpool.connect', { root: true, links, attributes }));
  };
  const settled = (message: unknown): void => {
    const trace = message as OpenTrace & Failed;
    const span = spans.get(trace);
    if (span === undefined) return;
    // A full server only makes callers wait: the span is not marked as failed.
    if (!Object.hasOwn(trace, 'error') || trace.kindOf(trace.error) !== 'full') return end(api, span, trace);
    span.setAttribute('mysqlpool.connection.refusal', errorType(trace.error));
    span.end();
  };
  openTrace.start.subscribe(started);
  openTrace.asyncEnd.subscribe(settled);
  return () => {
    openTrace.start.unsubscribe(started);
    openTrace.asyncEnd.unsubscribe(settled);
  };
}

function end(api: typeof Api, span: Span, trace: Failed, at?: number): void {
  if (Object.hasOwn(trace, 'error')) {
    const { error } = trace;
    span.setStatus({ code: api.SpanStatusCode.ERROR, message: messageOf(error) });
    span.setAttribute('error.type', errorType(error));
  }
  span.end(at);
}
