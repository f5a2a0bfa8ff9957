import type { Clock } from './clock.js';
import type { Entry } from './entries.js';
import { LeaseEndedError } from './errors.js';
import { cutLabel } from './shown.js';

/**
 * Watches leases for garbage collection. A lease is its own unregister token; the held value serves to end its loan.
 */
export type LostLeases<C> = FinalizationRegistry<{ readonly entry: Entry<C>; readonly loan: number }>;

/**
 * Calls `reclaim` when a lease was garbage collected without having been released. While a command is still running on
 * its connection, somebody waits for the result: the loan is then looked at again after a later garbage collection.
 */
export function watchLostLeases<C>(
  connector: { busy?(connection: C): boolean },
  reclaim: (entry: Entry<C>) => void,
): LostLeases<C> {
  const registry: LostLeases<C> = new FinalizationRegistry((lost) => {
    const { entry, loan } = lost;
    if (entry.loan !== loan) return;
    if (connector.busy?.(entry.connection) === true) registry.register({}, lost);
    else reclaim(entry);
  });
  return registry;
}

/** What a lease needs of the pool that made it. */
export interface LeaseHost<C> {
  readonly name: string;
  readonly clock: Clock;
  /** The watch over leases that might get lost; undefined while leak detection is off. */
  lostLeases: LostLeases<C> | undefined;
  returned(entry: Entry<C>): void;
  destroyed(entry: Entry<C>, cause: unknown): void;
  detached(entry: Entry<C>): void;
}

/** The constructor of a lease; a connector's own subclass adds the methods of its connections. */
export type LeaseClass<C, L extends Lease<C>> = new (host: LeaseHost<C>, entry: Entry<C>) => L;

/**
 * One loan of a connection, given back exactly once. Every loan is a fresh object: releasing it twice, or late, affects
 * no other loan, and using it after its end throws.
 * @since 0.1.0
 */
export class Lease<C> {
  /** The loan's number, counted from 1 per pool. */
  readonly id: number;
  readonly #host: LeaseHost<C>;
  readonly #entry: Entry<C>;
  #ended = false;

  constructor(host: LeaseHost<C>, entry: Entry<C>) {
    this.#host = host;
    this.#entry = entry;
    this.id = entry.loan;
    host.lostLeases?.register(this, { entry, loan: entry.loan }, this);
  }

  /** Whether the lease may still be used. */
  get active(): boolean {
    return !this.#ended && this.#entry.loan === this.id;
  }

  /**
   * The physical connection. Do not keep it: after the release it belongs to another borrower.
   * @throws LeaseEndedError after the lease has ended
   */
  get connection(): C {
    return this.#use().connection;
  }

  /** Whether the loan was ended by the closing of the pool. */
  get wasCutOff(): boolean {
    return this.#entry.cutOff === this.id;
  }

  /** For code built upon the pool: whether the connection has died during this loan. */
  get hasDied(): boolean {
    return this.active && this.#entry.lost;
  }

  /** For code built upon the pool: the error for using the lease after its end, or for a command cut off by its end. */
  endedError(cause?: unknown): LeaseEndedError {
    return new LeaseEndedError(this.#host.name, this.id, cause, this.wasCutOff);
  }

  /** How long the loan has lasted, in ms; 0 after its end. */
  get heldFor(): number {
    return this.active ? this.#host.clock.now() - this.#entry.takenAt : 0;
  }

  /**
   * The borrower's name in reports, cut off after 200 characters. Setting it after the lease has ended does nothing.
   */
  get label(): string | undefined {
    return this.active ? this.#entry.label : undefined;
  }

  set label(label: string | undefined) {
    if (this.active) this.#entry.label = label === undefined ? undefined : cutLabel(label);
  }

  /** Where in the code it was borrowed; known only while call sites are recorded, or if somebody has set it. */
  get takenFrom(): Error | undefined {
    return this.active ? this.#entry.takenFrom : undefined;
  }

  set takenFrom(place: Error | undefined) {
    if (this.active) this.#entry.takenFrom = place;
  }

  /**
   * A map that belongs to the physical connection and is kept over all its loans.
   * @throws LeaseEndedError after the lease has ended
   */
  get info(): Map<unknown, unknown> {
    return (this.#use().info ??= new Map<unknown, unknown>());
  }

  /**
   * Adds a hook: `fn` is called with the connection when it is returned, before it is cleaned; the last one added runs
   * first. It may return a promise, which delays only the next borrower of this connection. If it fails, or hooks and
   * cleaning together take longer than `resetTimeout`, the connection is destroyed. Not called when the connection is
   * destroyed or detached.
   * @throws LeaseEndedError after the lease has ended
   */
  onReturn(fn: (connection: C) => unknown): void {
    (this.#use().undo ??= []).push(fn);
  }

  /** Another lease on the same loan: the connection goes back when the last of them is released. */
  share(): this {
    const entry = this.#use();
    entry.sharers++;
    return new (this.constructor as LeaseClass<C, this>)(this.#host, entry);
  }

  /** Gives the connection back to the pool, which cleans it in the background. A second call does nothing. */
  release(): void {
    if (this.#end()) this.#host.returned(this.#entry);
  }

  /** Gives the connection back to be closed at once; `cause` goes into the `closed` event. */
  destroy(cause?: unknown): void {
    if (this.#end()) this.#host.destroyed(this.#entry, cause);
  }

  /** Has the connection replaced: at once, like `destroy`; or, with `soft`, when it is returned. */
  invalidate(options?: { readonly soft?: boolean }): void {
    if (options?.soft !== true) this.destroy();
    else if (this.active) this.#entry.evicted = true;
  }

  /**
   * Takes the connection out of the pool for good: the pool may open another in its place, and from now on it is up to
   * the caller to close this one.
   * @throws LeaseEndedError after the lease has ended
   */
  detach(): C {
    const { connection } = this.#use();
    this.#end();
    this.#host.detached(this.#entry);
    return connection;
  }

  [Symbol.dispose](): void {
    this.release();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.release();
    return Promise.resolve();
  }

  #use(): Entry<C> {
    if (!this.active) throw this.endedError();
    return this.#entry;
  }

  /** Ends the lease; false when it had ended before. */
  #end(): boolean {
    if (this.#ended) return false;
    this.#ended = true;
    this.#host.lostLeases?.unregister(this);
    return this.#entry.loan === this.id;
  }
}

// Resolving a promise with a lease looks up its `then`. Found here as undefined, it ends a look-up that would otherwise
// miss every inline cache on its way to the end of the prototype chain, and take a tenth of the time of a whole loan.
// oxlint-disable-next-line unicorn/no-thenable -- the opposite of one
Object.defineProperty(Lease.prototype, 'then', { value: undefined });
