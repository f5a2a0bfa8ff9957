import type { Clock } from './clock.js';
import type { Connector } from './connector.js';
import type { Lease, LeaseClass } from './lease.js';
import type { Permits } from './permits.js';

/** What a pool is built on besides its options. */
export interface PoolParts<C, L extends Lease<C> = Lease<C>> {
  readonly connector: Connector<C>;
  /** The class of its leases. @default Lease */
  readonly Lease?: LeaseClass<C, L>;
  /** Asked before each dial. @default always yes */
  readonly permits?: Permits | undefined;
  readonly clock?: Clock;
  /** For jitter: from 0 up to 1. @default Math.random */
  readonly random?: () => number;
}
