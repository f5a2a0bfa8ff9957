import type { Denial, PermitAccount, PermitHolder } from '../pool/index.js';

/** The limit that an account takes its permits from. */
export interface Issuer {
  take(account: Account): true | Denial;
  giveBack(account: Account): void;
  withdraw(account: Account): void;
  contested(account: Account): boolean;
  close(account: Account): void;
  stats(): { readonly limit: number; readonly held: number };
}

/** The permits of one pool under a limit that several pools share. */
export class Account implements PermitAccount {
  readonly holder: PermitHolder;
  /** How many permits the pool holds. */
  held = 0;
  /** When it joined the queue; meaningful only while it is queued. */
  since = 0;
  /** A `take` is running: `retry` must not be called meanwhile, or the pool would open two connections for one wish. */
  taking = false;
  closed = false;
  readonly issuer: Issuer;

  constructor(issuer: Issuer, holder: PermitHolder) {
    this.issuer = issuer;
    this.holder = holder;
  }

  /** Permits the pool will hold once its closing connections are closed. */
  get keeps(): number {
    return this.held - Math.min(this.held, this.holder.closing);
  }

  /** Whether the pool wants a permit for a waiting caller, rather than for its reserve of idle connections. */
  get urgent(): boolean {
    return this.holder.waiters > 0;
  }

  get contested(): boolean {
    return this.issuer.contested(this);
  }

  take(): true | Denial {
    return this.issuer.take(this);
  }

  /** The outcome is ignored: this limit counts connections of the process, however they ended. */
  giveBack(): void {
    this.issuer.giveBack(this);
  }

  withdraw(): void {
    this.issuer.withdraw(this);
  }

  close(): void {
    this.issuer.close(this);
  }
}
