import type { Clock } from './clock.js';
import type { Entry } from './entries.js';
import { LeaseEndedError } from './errors.js';
import { cutLabel } from './shown.js';

/** Watches leases, each under itself, so that it can be taken off when it ends; and what remains of one that is garbage. */
export type LostLeases<C> = FinalizationRegistry<{ readonly entry: Entry<C>; readonly loan: number }>;

/**
 * Calls `reclaim` when nobody has a lease any more, and it was not given back. While something still runs on its
 * connection somebody waits for that: such a one is looked at again when more garbage is collected.
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
  /** Where leases are watched that might be lost; undefined while nobody cares. */
  lostLeases: LostLeases<C> | undefined;
  returned(entry: Entry<C>): void;
  destroyed(entry: Entry<C>, cause: unknown): void;
  detached(entry: Entry<C>): void;
}

/** Builds a lease; a connector's own subclass adds the methods of its connections. */
export type LeaseClass<C, L extends Lease<C>> = new (host: LeaseHost<C>, entry: Entry<C>) => L;

/**
 * One loan of a connection, given back exactly once. Every loan is a fresh object: releasing it again, or late, does
 * nothing to anybody else, and using it after its end throws.
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

  /** Whether it may still be used. */
  get active(): boolean {
    return !this.#ended && this.#entry.loan === this.id;
  }

  /**
   * The physical connection. Do not keep it: after the release it belongs to somebody else.
   * @throws LeaseEndedError after the lease has ended
   */
  get connection(): C {
    return this.#use().connection;
  }

  /** Whether it ended because the pool was closed. */
  get wasCutOff(): boolean {
    return this.#entry.cutOff === this.id;
  }

  /** For those who build upon it: whether its connection has died while it is out. */
  get hasDied(): boolean {
    return this.active && this.#entry.lost;
  }

  /** For those who build upon it: what whoever uses it after its end is told, or whose statement it ended. */
  endedError(cause?: unknown): LeaseEndedError {
    return new LeaseEndedError(this.#host.name, this.id, cause, this.wasCutOff);
  }

  /** How long it has been out, in ms; 0 after its end. */
  get heldFor(): number {
    return this.active ? this.#host.clock.now() - this.#entry.takenAt : 0;
  }

  /** What the borrower is called in reports; cut off after 200 characters. Set after the lease has ended, it is forgotten. */
  get label(): string | undefined {
    return this.active ? this.#entry.label : undefined;
  }

  set label(label: string | undefined) {
    if (this.active) this.#entry.label = label === undefined ? undefined : cutLabel(label);
  }

  /** The place it was taken at; only known while call sites are kept, or when somebody has set it. */
  get takenFrom(): Error | undefined {
    return this.active ? this.#entry.takenFrom : undefined;
  }

  set takenFrom(place: Error | undefined) {
    if (this.active) this.#entry.takenFrom = place;
  }

  /**
   * A map that lives as long as the physical connection, over all its loans.
   * @throws LeaseEndedError after the lease has ended
   */
  get info(): Map<unknown, unknown> {
    return (this.#use().info ??= new Map<unknown, unknown>());
  }

  /**
   * Has `fn` called with the connection when it comes back, before it is cleaned, the last added first. It may return a
   * promise; nobody waits for it but the next borrower. If it fails the connection is destroyed. Not called when the
   * connection is destroyed or detached.
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

  /** Gives the connection back. It is cleaned in the background. A second call does nothing. */
  release(): void {
    if (this.#end()) this.#host.returned(this.#entry);
  }

  /** Gives the connection back to be closed at once; `cause` goes into the `closed` event. */
  destroy(cause?: unknown): void {
    if (this.#end()) this.#host.destroyed(this.#entry, cause);
  }

  /** Has the connection replaced: at once, as `destroy`; or with `soft` when it comes back. */
  invalidate(options?: { readonly soft?: boolean }): void {
    if (options?.soft !== true) this.destroy();
    else if (this.active) this.#entry.evicted = true;
  }

  /**
   * Takes the connection out of the pool for good: the pool may open another in its place, and closing this one is the
   * caller's business from now on.
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

// A promise that is fulfilled with a lease asks it for a `then` first. Found here, undefined, it ends a search that would
// go on past every cache to the end of the prototype chain, and take a tenth of the whole loan.
// oxlint-disable-next-line unicorn/no-thenable -- the opposite of one
Object.defineProperty(Lease.prototype, 'then', { value: undefined });
