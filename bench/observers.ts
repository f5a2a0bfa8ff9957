import { context } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import { BasicTracerProvider, SimpleSpanProcessor, type ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { Registry } from 'prom-client';
import { instrumentPools } from 'node-mysqlpool/otel';
import { channels, type AnyPool } from 'node-mysqlpool/pool';
import { collectPoolMetrics } from 'node-mysqlpool/prometheus';
import { startLog, type Logger } from '#internal/log/index.js';
import { startMonitor } from '#internal/monitor/index.js';

/** A way to observe a pool (metrics, logs and the like), set up as an application would. */
export interface Observer {
  /** Options for the pool's creation. */
  readonly options?: { readonly leakThreshold: number };
  readonly observe?: (pool: AnyPool) => unknown;
}

/** A reader that exports nothing: without any reader, the OpenTelemetry SDK records nothing. */
class Reader extends MetricReader {
  protected override async onShutdown(): Promise<void> {}
  protected override async onForceFlush(): Promise<void> {}
}

const nothing = (): void => undefined;

/** A logger at the level `info`: loans, which are logged at `debug`, are left out. */
const logger: Logger = {
  isLevelEnabled: (level) => level !== 'debug',
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
};

function trace(pool: AnyPool): void {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const exporter = { export: (_: ReadableSpan[], done: (result: { code: number }) => void) => done({ code: 0 }) };
  const tracerProvider = new BasicTracerProvider({
    spanProcessors: [new SimpleSpanProcessor({ ...exporter, shutdown: () => Promise.resolve() })],
  });
  instrumentPools({ tracerProvider, meterProvider: false, pools: [pool] });
}

const EACH: Readonly<Record<string, Observer>> = {
  listener: { observe: (pool) => pool.on('acquired', nothing) },
  channel: { observe: () => channels.acquired.subscribe(nothing) },
  'otel metrics': {
    observe: (pool) => {
      const meterProvider = new MeterProvider({ readers: [new Reader()] });
      instrumentPools({ meterProvider, tracerProvider: false, pools: [pool] });
    },
  },
  prometheus: { observe: (pool) => collectPoolMetrics({ register: new Registry(), pools: [pool] }) },
  spans: { observe: trace },
  logger: { observe: (pool) => startLog(pool, logger) },
  'call sites': { observe: (pool) => pool.traceCallSites() },
  leakThreshold: { options: { leakThreshold: 60_000 } },
  monitor: { observe: (pool) => startMonitor({ pools: [pool] }) },
};

/** The observers by name; the last one is all of them together. */
export const OBSERVERS: Readonly<Record<string, Observer>> = {
  ...EACH,
  'all together': {
    options: { leakThreshold: 60_000 },
    observe: (pool) => Promise.all(Object.values(EACH).map(({ observe }) => observe?.(pool))),
  },
};
