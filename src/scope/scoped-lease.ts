import { captureCallSite, Lease } from '../pool/index.js';
import type { Borrower, Held } from './borrower.js';

/** A lease that knows in whose name it was taken, and is taken off the borrower's account when it ends. @since 0.1.0 */
export class ScopedLease<C> extends Lease<C> {
  /** The scope or frame that holds it; undefined outside of any. */
  borrower: Borrower | undefined;
  /** The pool that lent it. */
  lender: unknown;
  /** Those who share its loan, where a pool keeps them. */
  sharers: Set<Held> | undefined;

  /** Puts it on the borrower's account. */
  lentTo(borrower: Borrower | undefined, lender: unknown): this {
    this.borrower = borrower;
    this.lender = lender;
    this.label ??= borrower?.label;
    this.takenFrom ??= captureCallSite();
    borrower?.held.add(this);
    return this;
  }

  override share(): this {
    return this.shareWith(this.borrower);
  }

  /** Another lease on the same loan, on the account of another borrower. */
  shareWith(borrower: Borrower | undefined): this {
    return super.share().lentTo(borrower, this.lender);
  }

  override release(): void {
    this.#takeOff();
    super.release();
  }

  override destroy(cause?: unknown): void {
    this.#takeOff();
    super.destroy(cause);
  }

  override detach(): C {
    const connection = super.detach();
    this.#takeOff();
    return connection;
  }

  /** Before anything else: giving it back may call those who look at the accounts. */
  #takeOff(): void {
    this.borrower?.held.delete(this);
    this.sharers?.delete(this);
  }
}
