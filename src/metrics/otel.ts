import type * as Api from '@opentelemetry/api';
import type { MeterProvider, TracerProvider } from '@opentelemetry/api';
import type { AnyPool, Checks } from '../pool/index.js';
import { anyPools, checkOptions, having } from './check-options.js';
import { loadPeer } from './load-peer.js';
import { meterPools } from './otel-meter.js';
import { tracePools } from './otel-spans.js';
import { checkPools } from './watch-pools.js';

/** Options of `instrumentPools`. @since 0.1.0 */
export interface OtelOptions {
  /** The provider of the meter; false turns metrics off. @default the global provider at the time of the call */
  readonly meterProvider?: MeterProvider | false | undefined;
  /** The provider of the tracer; false turns spans off. @default the global provider */
  readonly tracerProvider?: TracerProvider | false | undefined;
  /** The pools to instrument. @default all pools of the process, including those created later */
  readonly pools?: readonly AnyPool[] | undefined;
}

const NAME = 'instrumentPools';
const OPTIONS: Checks<OtelOptions> = {
  meterProvider: having('getMeter', 'a MeterProvider', 'or false'),
  tracerProvider: having('getTracer', 'a TracerProvider', 'or false'),
  pools: anyPools,
};
const SCOPE = 'node-mysqlpool';

/**
 * Adds to pools the `db.client.connection.*` metrics of OpenTelemetry's semantic conventions, further metrics under
 * `mysqlpool.*`, and spans for callers that wait and for connections that are opened. Call it after the SDK has been
 * started. Pools of the same name are shown as one. When a pool is closed, its counts of connections become 0.
 * @returns a function that removes the instrumentation from the pools
 * @throws TypeError for an unknown option or a wrong value; Error if `@opentelemetry/api` is not installed
 * @since 0.1.0
 */
export function instrumentPools(options: OtelOptions = {}): () => void {
  checkOptions(NAME, options, OPTIONS);
  const { pools } = options;
  if (pools !== undefined) checkPools(pools);
  const api = loadPeer('@opentelemetry/api', 'node-mysqlpool/otel', () => require('@opentelemetry/api') as typeof Api);
  const { meterProvider = api.metrics.getMeterProvider(), tracerProvider = api.trace.getTracerProvider() } = options;
  const stops = [
    meterProvider === false ? undefined : meterPools(meterProvider.getMeter(SCOPE), pools),
    tracerProvider === false ? undefined : tracePools(api, tracerProvider.getTracer(SCOPE), pools),
  ];
  return () => {
    for (const stop of stops) stop?.();
  };
}
