import { systemClock, type Clock } from './clock.js';
import type { Connector } from './connector.js';
import { Roster, type Entry } from './entry.js';
import { Emitter, type CloseReason } from './events.js';
import type { Lease, LeaseClass } from './lease.js';
import type { ResolvedPoolOptions } from './options.js';
import type { PermitAccount, Permits } from './permits.js';
import { newCounters, type PoolCounters, type PoolState } from './stats.js';

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

/** What the parts of a pool share. Each part changes only what is its own; entries change state in the roster alone. */
export abstract class Core<C> {
  options: ResolvedPoolOptions;
  readonly connector: Connector<C>;
  readonly clock: Clock;
  readonly random: () => number;
  abstract readonly permits: PermitAccount;
  readonly roster: Roster<C> = new Roster<C>();
  /** The pool itself, as others know it. */
  readonly owner: object;
  readonly events: Emitter;
  readonly counters: PoolCounters = newCounters();
  state: PoolState = 'open';
  /** Raised by every eviction; an entry that is older is replaced. */
  generation = 0;
  /** Called whenever a connection has been opened. */
  onOpened: () => void = () => undefined;

  constructor(parts: PoolParts<C>, options: ResolvedPoolOptions, owner: object) {
    const { connector, clock = systemClock, random = Math.random } = parts;
    this.owner = owner;
    this.events = new Emitter(owner);
    this.connector = connector;
    this.clock = clock;
    this.random = random;
    this.options = options;
  }

  /** How many callers wait in line. */
  abstract readonly waiters: number;
  /** An open entry has nothing to do: to the head of the line, or idle. */
  abstract place(entry: Entry<C>): void;
  /** Something has changed: serves whom it can, and dials for the rest. */
  abstract pump(): void;
  /** Closes an entry that is not on loan. */
  abstract retire(entry: Entry<C>, reason: CloseReason, cause?: unknown): void;
  /** An entry has ceased to be: its room is free. */
  abstract gone(entry: Entry<C>): void;
  /** The connection of an entry has died. */
  abstract lost(entry: Entry<C>, cause: unknown): void;
  /** Has every connection replaced. */
  abstract evict(cause?: unknown): void;
}
