import type { Clock } from './clock.js';
import type { Connector } from './connector.js';
import { Roster, type Entry } from './entry.js';
import { Emitter, type CloseReason } from './events.js';
import type { ResolvedPoolOptions } from './options.js';
import type { PermitAccount } from './permits.js';
import { newCounters, type PoolState } from './stats.js';

/** What the parts of a pool share. Each part changes only what is its own; entries change state in the roster alone. */
export abstract class Core<C> {
  abstract readonly options: ResolvedPoolOptions;
  abstract readonly clock: Clock;
  abstract readonly random: () => number;
  abstract readonly connector: Connector<C>;
  abstract readonly permits: PermitAccount;
  readonly roster: Roster<C> = new Roster<C>();
  readonly events: Emitter = new Emitter();
  readonly counters: ReturnType<typeof newCounters> = newCounters();
  state: PoolState = 'open';
  /** Raised by every eviction; an entry that is older is replaced. */
  generation = 0;
  /** Called whenever a connection has been opened. */
  onOpened: () => void = () => undefined;

  /** How many callers wait in line, and since when the first of them does. */
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
