import type { ServerKind } from '#support/servers/index.js';

export const COORDINATORS = ['none', 'mysql', 'redis'] as const;
export type CoordinatorKind = (typeof COORDINATORS)[number];

/** The configuration of a member of the fleet. */
export interface MemberOrder {
  readonly kind: ServerKind;
  readonly host: string;
  readonly port: number;
  /** The local address to connect from, by which the checks tell members apart on the server. */
  readonly from: string | undefined;
  readonly user: string;
  readonly password: string;
  /** By how many ms the member's wall clock is wrong. */
  readonly skew: number;
  readonly maxSize: number;
  readonly coordinator: CoordinatorKind;
  readonly redisPort: number;
  /** The number of slots (locks on the server) that limit the fleet; undefined: the account's own limit. */
  readonly slots: number | undefined;
  readonly fleet: string;
  readonly lease: number;
  readonly acquireTimeout: number;
  readonly idleTimeout: number;
  /** The longest loan, in ms. */
  readonly longestLoan: number;
}

/** Sets the number of tasks; or has the member acquire so many connections at once; or ends it in an orderly way. */
export type ToMember = { readonly tasks: number } | { readonly take: number } | { readonly leave: true };

/** A time span, in ms of the monotonic clock that all processes of a machine share. */
export type Span = readonly [from: number, to: number];

export interface Failure {
  readonly span: Span;
  readonly code: string;
  readonly message: string;
}

/** What has happened since the previous report. */
export interface MemberNews {
  readonly served: number;
  /** The longest wait, including those of callers that still wait. */
  readonly wait: Span;
  /** When connections were certainly lent: each until the last statement was sent that the server has answered. */
  readonly loans: readonly Span[];
  readonly failures: readonly Failure[];
  readonly sheds: number;
  /** The state of the pool and of the fleet, as text. */
  readonly state: string;
}

export type FromMember = { readonly news: MemberNews } | { readonly took: number };

/** The monotonic time in ms, the same in all processes of the machine. */
export const now = (): number => Number(process.hrtime.bigint() / 1_000n) / 1_000;
