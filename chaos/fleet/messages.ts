import type { ServerKind } from '#support/servers/index.js';

export const COORDINATORS = ['none', 'mysql', 'redis'] as const;
export type CoordinatorKind = (typeof COORDINATORS)[number];

/** What a member of the fleet is: everything it needs to know when it starts. */
export interface MemberOrder {
  readonly kind: ServerKind;
  readonly host: string;
  readonly port: number;
  /** The address it comes from: the server tells the members apart by it. */
  readonly from: string | undefined;
  readonly user: string;
  readonly password: string;
  /** By how many ms its wall clock is wrong. */
  readonly skew: number;
  readonly maxSize: number;
  readonly coordinator: CoordinatorKind;
  readonly redisPort: number;
  /** The number of places that are locks of the server; undefined: the account's own limit. */
  readonly slots: number | undefined;
  readonly fleet: string;
  readonly lease: number;
  readonly acquireTimeout: number;
  readonly idleTimeout: number;
  /** The longest that it keeps a connection lent, in ms. */
  readonly longestLoan: number;
}

/** How many tasks borrow without end; how many connections are to be had at the same time; the end, in an orderly way. */
export type ToMember = { readonly tasks: number } | { readonly take: number } | { readonly leave: true };

/** From when to when, in ms of the clock that all processes of a machine share. */
export type Span = readonly [from: number, to: number];

export interface Failure {
  readonly span: Span;
  readonly code: string;
  readonly message: string;
}

/** What happened since the last time. */
export interface MemberNews {
  readonly served: number;
  /** The longest that a caller waited, those who still wait included. */
  readonly wait: Span;
  /** For how long connections were lent for certain: until the last statement that the server answered was sent. */
  readonly loans: readonly Span[];
  readonly failures: readonly Failure[];
  readonly sheds: number;
  /** What its pool and its fleet say of themselves. */
  readonly state: string;
}

export type FromMember = { readonly news: MemberNews } | { readonly took: number };

/** The same in all processes of the machine, in ms. */
export const now = (): number => Number(process.hrtime.bigint() / 1_000n) / 1_000;
