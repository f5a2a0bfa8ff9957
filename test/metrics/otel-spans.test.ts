import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { context, SpanKind, SpanStatusCode, trace, type TracerProvider } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
  type ReadableSpan,
} from '@opentelemetry/sdk-trace-base';
import { instrumentPools } from 'node-mysqlpool/otel';
import { acquireTrace, channels, openTrace, type AnyPool } from 'node-mysqlpool/pool';
import { FakeFailure } from '../pool/support/fake-connector.js';
import { fakePool } from '../pool/support/pool.js';

interface Traced {
  readonly provider: TracerProvider;
  /** The spans that have ended, of one name, in that order. */
  readonly spans: (name: string) => ReadableSpan[];
  /** Runs within an active span; answers its id. */
  readonly within: (work: () => unknown) => { readonly traceId: string; readonly spanId: string };
  readonly stop: () => void;
}

/** Has pools traced, all of them by default, and spans kept. */
function traced(t: TestContext, pools?: readonly AnyPool[]): Traced {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  const manager = new AsyncLocalStorageContextManager().enable();
  context.setGlobalContextManager(manager);
  const stop = instrumentPools({ tracerProvider: provider, meterProvider: false, pools });
  t.after(async () => {
    stop();
    context.disable();
    await provider.shutdown();
  });
  return {
    provider,
    spans: (name) => exporter.getFinishedSpans().filter((span) => span.name === name),
    within: (work) => {
      const span = provider.getTracer('test').startSpan('request');
      context.with(trace.setSpan(context.active(), span), work);
      span.end();
      return span.spanContext();
    },
    stop,
  };
}

describe('the span of an acquire', () => {
  it('is a child of the one active at the call, with the phase it waited in', async (t) => {
    const fake = fakePool(t, { name: 'orders', maxSize: 1 });
    const { spans, within } = traced(t);
    fake.connector.opening.next({ after: 5 });
    const first = within(() => void fake.ask({ label: 'checkout' }));
    await fake.clock.advance(5);
    const second = within(() => void fake.ask());
    assert.equal(spans('mysqlpool.acquire').length, 1);
    void fake.pool.close({ timeout: 0 });
    await fake.clock.settle();
    const [dialled, waited] = spans('mysqlpool.acquire');
    assert.equal(dialled!.parentSpanContext?.spanId, first.spanId);
    assert.equal(dialled!.spanContext().traceId, first.traceId);
    assert.equal(dialled!.kind, SpanKind.INTERNAL);
    assert.equal(dialled!.instrumentationScope.name, 'node-mysqlpool');
    assert.deepEqual(dialled!.attributes, {
      'db.client.connection.pool.name': 'orders',
      'mysqlpool.acquire.phase': 'connecting',
      'mysqlpool.acquire.label': 'checkout',
    });
    assert.equal(dialled!.status.code, SpanStatusCode.UNSET);
    assert.equal(waited!.parentSpanContext?.spanId, second.spanId);
    assert.deepEqual(waited!.attributes, {
      'db.client.connection.pool.name': 'orders',
      'mysqlpool.acquire.phase': 'waiting',
      'error.type': 'POOL_CLOSED',
    });
    assert.deepEqual(waited!.status, { code: SpanStatusCode.ERROR, message: 'orders: the pool is closed' });
  });

  it('tells by its error what became of a caller that went away', async (t) => {
    const fake = fakePool(t, { name: 'orders', maxSize: 1 });
    const { spans } = traced(t);
    await fake.acquire();
    const abort = new AbortController();
    fake.ask({ timeout: 500 });
    fake.ask({ signal: abort.signal });
    abort.abort(Object.assign(new Error('gone'), { name: 'not a word' }));
    await fake.clock.advance(500);
    const failed = spans('mysqlpool.acquire').slice(1);
    assert.deepEqual(
      failed.map(({ attributes }) => attributes['error.type']),
      ['_OTHER', 'POOL_ACQUIRE_TIMEOUT'],
    );
    assert.match(failed[1]!.status.message!, /^orders: no connection within 500 ms \(waiting; size 1\/1/);
    assert.equal(failed[1]!.parentSpanContext, undefined);
  });

  it('is not made for one that was served, or turned away, at once', async (t) => {
    const fake = fakePool(t, { name: 'orders', maxSize: 1, maxWaiters: 0 });
    await fake.warm(1);
    const { spans } = traced(t);
    await fake.acquire();
    assert.equal(fake.ask().state, 'pending');
    await fake.clock.settle();
    assert.equal(fake.pool.stats().total.failed, 1);
    assert.deepEqual(spans('mysqlpool.acquire'), []);
  });

  it('belongs to the right caller when a listener borrows in the middle of a call', async (t) => {
    const outer = fakePool(t, { name: 'outer' });
    const inner = fakePool(t, { name: 'inner' });
    const { spans } = traced(t);
    outer.pool.on('opening', () => void inner.ask());
    await outer.acquire({ label: 'outer' });
    await inner.clock.settle();
    assert.deepEqual(
      spans('mysqlpool.acquire')
        .map(({ attributes }) =>
          [attributes['db.client.connection.pool.name'], attributes['mysqlpool.acquire.label']].join(' '),
        )
        .toSorted(),
      ['inner ', 'outer outer'],
    );
  });
});

describe('the span of a dial', () => {
  it('is the root of a trace of its own, and leads to the one that set it off', async (t) => {
    const fake = fakePool(t, { name: 'orders' });
    const { spans, within } = traced(t);
    const cause = within(() => void fake.ask());
    await fake.clock.settle();
    const [dial] = spans('mysqlpool.connect');
    assert.equal(dial!.parentSpanContext, undefined);
    assert.notEqual(dial!.spanContext().traceId, cause.traceId);
    assert.deepEqual(
      dial!.links.map((link) => link.context.spanId),
      [cause.spanId],
    );
    assert.deepEqual(dial!.attributes, {
      'db.client.connection.pool.name': 'orders',
      'mysqlpool.connection.id': 1,
    });
    assert.equal(dial!.status.code, SpanStatusCode.UNSET);
  });

  it('has no link when nothing was active, and tells by its error why it failed', async (t) => {
    const fake = fakePool(t, { name: 'orders' });
    const { spans } = traced(t);
    const refused = Object.assign(new FakeFailure('no way', 'fatal'), { code: 'ER_ACCESS_DENIED_ERROR' });
    fake.connector.opening.next({ fail: refused });
    fake.ask();
    await fake.clock.settle();
    const [dial] = spans('mysqlpool.connect');
    assert.deepEqual(dial!.links, []);
    assert.equal(dial!.attributes['error.type'], 'ER_ACCESS_DENIED_ERROR');
    assert.deepEqual(dial!.status, { code: SpanStatusCode.ERROR, message: 'no way' });
  });

  it('is no error when the server has no room: its callers go on waiting', async (t) => {
    const fake = fakePool(t, { name: 'orders' });
    const { spans } = traced(t);
    const full = Object.assign(new FakeFailure('Too many connections', 'full'), { code: 'ER_CON_COUNT_ERROR' });
    fake.connector.opening.next({ fail: full });
    fake.ask();
    await fake.clock.settle();
    const [dial] = spans('mysqlpool.connect');
    assert.deepEqual(dial!.status, { code: SpanStatusCode.UNSET });
    assert.equal(dial!.attributes['mysqlpool.connection.refusal'], 'ER_CON_COUNT_ERROR');
    assert.equal(dial!.attributes['error.type'], undefined);
    assert.deepEqual([fake.pool.stats().total.openFailed, fake.pool.stats().total.openRefused], [0, 1]);
  });
});

describe('tracing', () => {
  it('knows only the given pools when some were given', async (t) => {
    const one = fakePool(t, { name: 'one' });
    const two = fakePool(t, { name: 'two' });
    const { spans } = traced(t, [two.pool]);
    await one.acquire();
    await two.acquire();
    for (const name of ['mysqlpool.acquire', 'mysqlpool.connect']) {
      assert.deepEqual(
        spans(name).map(({ attributes }) => attributes['db.client.connection.pool.name']),
        ['two'],
      );
    }
  });

  it('sees a pool that is used in the tick in which it is made', async (t) => {
    const { spans } = traced(t);
    const fake = fakePool(t, { name: 'new' });
    await fake.acquire();
    assert.equal(spans('mysqlpool.acquire').length, 1);
  });

  it('leaves no subscriber behind, and nothing of what was under way', async (t) => {
    const fake = fakePool(t, { maxSize: 1 });
    const { spans, stop } = traced(t);
    const lease = await fake.acquire();
    const before = spans('mysqlpool.acquire').length;
    const waiting = fake.pool.acquire();
    assert.equal(acquireTrace.hasSubscribers && openTrace.hasSubscribers, true);
    stop();
    assert.equal(acquireTrace.hasSubscribers || openTrace.hasSubscribers, false);
    for (const channel of Object.values(channels)) assert.equal(channel.hasSubscribers, false);
    lease.release();
    await waiting;
    assert.equal(spans('mysqlpool.acquire').length, before);
  });
});
