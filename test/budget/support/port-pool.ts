import type { Denial, PermitAccount, PermitHolder, PermitOutcome, Permits } from 'node-mysqlpool/pool';

/**
 * A minimal pool, as far as an issuer of permits sees one: waiters, and connections that are in use, idle or closing.
 * Dials take no time; connections finish closing when `closed` is called, or at once with `closesAtOnce`.
 */
export class PortPool implements PermitHolder {
  readonly name: string;
  readonly account: PermitAccount;
  waiters = 0;
  inUse = 0;
  idle = 0;
  closing = 0;
  /** Connections wanted without a waiter, as by `minIdle`. */
  reserve = 0;
  closesAtOnce = false;
  /** The pool is in the back-off after a failed dial: it takes no permits, although `retry` is called. */
  paused = false;
  told = 0;
  /** Connections closed in favour of other pools, and the deepest nesting of `retry` calls. */
  spared = 0;
  deepest = 0;
  /** Called at the end of every `retry`. */
  onTold: () => void = () => undefined;
  /** Why the pool has no permit for a connection that it wants. */
  denial: Denial | undefined;
  #depth = 0;

  constructor(name: string, permits: Permits) {
    this.name = name;
    this.account = permits.join(this);
  }

  get size(): number {
    return this.inUse + this.idle + this.closing;
  }

  acquire(count = 1): void {
    for (let i = 0; i < count; i++) this.waiters++;
    this.pump();
  }

  release(count = 1): void {
    for (let i = 0; i < count; i++) {
      this.inUse--;
      if (this.account.contested) this.#spare();
      else this.idle++;
      this.pump();
    }
  }

  /** `count` connections have finished closing. */
  closed(count: number = this.closing): void {
    for (let i = 0; i < count; i++) {
      this.closing--;
      this.account.giveBack('closed');
      this.pump();
    }
  }

  /** A connection in use dies. */
  lose(outcome: PermitOutcome = 'closed'): void {
    this.inUse--;
    this.account.giveBack(outcome);
    this.pump();
  }

  shut(): void {
    this.waiters = this.inUse = this.idle = this.closing = 0;
    this.account.close();
  }

  retry(): void {
    this.told++;
    this.deepest = Math.max(this.deepest, ++this.#depth);
    this.pump();
    this.onTold();
    this.#depth--;
  }

  get demand(): number {
    return this.inUse + this.waiters;
  }

  get floor(): number {
    return this.reserve;
  }

  shed(count: number): number {
    let shed = 0;
    for (; shed < count && this.waiters === 0 && this.idle > 0; shed++) {
      this.idle--;
      this.#spare();
    }
    return shed;
  }

  pump(): void {
    while (this.waiters > 0 && this.idle > 0) this.#move(-1);
    while (this.waiters > 0 || this.reserve > this.idle) {
      if (this.paused) return;
      const permit = this.account.take();
      this.denial = permit === true ? undefined : permit;
      if (this.denial !== undefined) return;
      if (this.waiters > 0) this.#move(0);
      else this.idle++;
    }
    if (this.denial !== undefined) this.account.withdraw();
    this.denial = undefined;
  }

  #move(idle: number): void {
    this.idle += idle;
    this.waiters--;
    this.inUse++;
  }

  #spare(): void {
    this.spared++;
    this.closing++;
    if (this.closesAtOnce) this.closed(1);
  }
}
