import type { Denial, PermitAccount, PermitHolder } from '../pool/index.js';

/** What an account needs of the limit that it draws on. */
export interface Issuer {
  take(account: Account): true | Denial;
  giveBack(account: Account): void;
  withdraw(account: Account): void;
  contested(account: Account): boolean;
  close(account: Account): void;
  stats(): { readonly limit: number; readonly held: number };
}

/** One pool's account with a limit. */
export class Account implements PermitAccount {
  readonly holder: PermitHolder;
  /** Permits it has. */
  held = 0;
  /** When it got in line; only meaningful while it is in line. */
  since = 0;
  /** It is in the middle of `take`: told of a permit now, it would open one too many. */
  taking = false;
  closed = false;
  readonly issuer: Issuer;

  constructor(issuer: Issuer, holder: PermitHolder) {
    this.issuer = issuer;
    this.holder = holder;
  }

  /** Permits it will have once those on their way back have come. */
  get keeps(): number {
    return this.held - Math.min(this.held, this.holder.closing);
  }

  /** Whether it wants a permit for somebody, not for its reserve. */
  get urgent(): boolean {
    return this.holder.waiters > 0;
  }

  get contested(): boolean {
    return this.issuer.contested(this);
  }

  take(): true | Denial {
    return this.issuer.take(this);
  }

  /** Whatever became of the connection: a limit of the process knows no other reason for a full server. */
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
