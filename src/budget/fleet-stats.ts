import type { CoordinatorState } from './coordinator.js';

/** How a fleet stands, as one of its processes knows it. */
export interface FleetStats {
  readonly name: string;
  readonly cap: 'account' | 'slots';
  /** Most connections of all processes; undefined until the server has told. */
  readonly limit: number | undefined;
  /** Connections of this process. */
  readonly held: number;
  /** How many it could use: in use, and wanted by those who wait. */
  readonly demand: number;
  /** Callers who wait. */
  readonly waiters: number;
  /** What it keeps although nobody uses it. */
  readonly floor: number;
  readonly weight: number;
  /** What it may have while others wait; undefined while nobody does, or nobody knows. */
  readonly share: number | undefined;
  /** Whether the server had no room when it was asked last. */
  readonly isFull: boolean;
  /** Sessions of the account when they were counted last; undefined when they never were. */
  readonly counted: number | undefined;
  /** Since the process joined: logins that the server has refused, and connections closed in favour of others. */
  readonly refusals: number;
  readonly sheds: number;
  readonly coordinator: { readonly kind: string } & CoordinatorState;
}
