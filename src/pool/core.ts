import type { Clock } from './clock.js';
import type { Connector } from './connector.js';
import type { Entry, Roster } from './entry.js';
import type { CloseReason, Emitter } from './events.js';
import type { ResolvedPoolOptions } from './options.js';
import type { PermitAccount } from './permits.js';
import type { PoolCounters, PoolState } from './stats.js';

/** What the parts of a pool share. Each part changes only what is its own; states change through the roster alone. */
export interface Core<C> {
  options: ResolvedPoolOptions;
  state: PoolState;
  /** Raised by every eviction; an entry that is older is replaced. */
  generation: number;
  readonly clock: Clock;
  readonly random: () => number;
  readonly connector: Connector<C>;
  readonly permits: PermitAccount;
  readonly roster: Roster<C>;
  readonly events: Emitter;
  readonly counters: PoolCounters;
  /** Called whenever a connection has been opened. */
  onOpened: () => void;
  /** How many wait in line. */
  waiters(): number;
  /** An open entry has nothing to do: to the head of the line, or idle. */
  place(entry: Entry<C>): void;
  /** Something has changed: serve whom there is, dial for the rest. */
  pump(): void;
  /** Closes an entry that is not on loan. */
  retire(entry: Entry<C>, reason: CloseReason, cause?: unknown): void;
  /** The connection of an entry has died. */
  lost(entry: Entry<C>, cause: unknown): void;
  /** Has every connection replaced. */
  evict(cause?: unknown): void;
}
