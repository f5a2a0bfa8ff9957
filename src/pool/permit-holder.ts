import type { Entries } from './entries.js';
import { once } from './once.js';
import type { Denial, PermitAccount, PermitHolder, PermitOutcome, Permits } from './permits.js';

/** What an issuer of permits may ask of a pool that its entries do not tell. */
interface Acts {
  waiters(): number;
  floor(): number;
  retry(): void;
  shed(count: number): number;
}

/** The permits of a pool, each held for as long as a socket is open; also the pool as the issuer of permits sees it. */
export class PoolPermits<C> implements PermitHolder {
  readonly name: string;
  /** Why there is no permit for the next dial; undefined when none was denied, or none is wanted. */
  denial: Denial | undefined;
  held = 0;
  /** Connections that were detached and, as far as is known, are still open. */
  detached = 0;
  readonly #entries: Entries<C>;
  readonly #acts: Acts;
  readonly #account: PermitAccount;
  #isClosed = false;

  constructor(issuer: Permits, name: string, entries: Entries<C>, acts: Acts) {
    this.name = name;
    this.#entries = entries;
    this.#acts = acts;
    this.#account = issuer.join(this);
  }

  get size(): number {
    return this.#entries.size;
  }

  get closing(): number {
    return this.#entries.closing;
  }

  get idle(): number {
    return this.#entries.idle.length;
  }

  get waiters(): number {
    return this.#acts.waiters();
  }

  get demand(): number {
    return this.#entries.inUse + this.#acts.waiters();
  }

  get floor(): number {
    return this.#acts.floor();
  }

  /** Whether another pool waits that has less than its share. */
  get contested(): boolean {
    return this.#account.contested;
  }

  /** Whether the issuer itself says when to try again after the server was full. */
  get pacesFull(): boolean {
    return this.#account.pacesFull === true;
  }

  /** Why callers have to wait: a denial, or a server without room that is being asked again. */
  get limiting(): Denial | undefined {
    return this.denial ?? (this.#entries.connecting > 0 ? this.#account.full : undefined);
  }

  retry(): void {
    this.#acts.retry();
  }

  shed(count: number): number {
    return this.#acts.shed(count);
  }

  /** Takes a permit for a dial. When it returns false, `denial` says why. */
  take(): boolean {
    const permit = this.#account.take();
    this.denial = permit === true ? undefined : permit;
    if (permit === true) this.held++;
    return permit === true;
  }

  /** Called when no permit is wanted any more. */
  withdraw(): void {
    if (this.denial !== undefined) this.#account.withdraw();
    this.denial = undefined;
  }

  giveBack(outcome: PermitOutcome): void {
    this.held--;
    this.#account.giveBack(outcome);
    if (this.#isClosed && this.held === 0) this.#account.close();
  }

  /**
   * Keeps the permit of a connection that has left the pool until that connection is closed.
   * @param watchEnd arranges for a function to be called then; false when it cannot, and the permit is given back at
   * once
   */
  detach(watchEnd: (closed: () => void) => boolean): void {
    this.detached++;
    const closed = once(() => {
      this.detached--;
      this.giveBack('closed');
    });
    if (!watchEnd(closed)) closed();
  }

  /** Called when the pool is closed. Connections detached from it may still be open, and hold permits. */
  close(): void {
    this.#isClosed = true;
    if (this.held === 0) this.#account.close();
  }
}
