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
  /** Where metrics go; false for none. @default the global one, as it is at the call */
  readonly meterProvider?: MeterProvider | false | undefined;
  /** Where spans go; false for none. @default the global one */
  readonly tracerProvider?: TracerProvider | false | undefined;
  /** Only these pools. @default all pools of the process, those to come as well */
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
 * Gives pools the `db.client.connection.*` metrics of OpenTelemetry's semantic conventions, further ones under
 * `mysqlpool.*`, and spans for callers that wait and for connections that are opened. To be called when the SDK has been
 * started. Pools of the same name are shown as one; a closed pool has no counts of connections any more.
 * @returns a function that takes it all off the pools
 * @throws TypeError for an unknown option or a wrong value; Error when `@opentelemetry/api` is not installed
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
