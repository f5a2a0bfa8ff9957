import { captureCallSite, Lease } from '../pool/index.js';
import type { Borrower } from './borrower.js';

/** A lease that knows in whose name it was taken, and is taken off the borrower's account when it ends. @since 0.1.0 */
export class ScopedLease<C> extends Lease<C> {
  /** The scope or frame that holds it; undefined outside of any. */
  borrower: Borrower | undefined;
  /** The pool that lent it. */
  lender: unknown;
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
    return super.share().lentTo(this.borrower, this.lender);
  }

  override release(): void {
    this.borrower?.held.delete(this);
    super.release();
  }

  override destroy(cause?: unknown): void {
    this.borrower?.held.delete(this);
    super.destroy(cause);
  }

  override detach(): C {
    const connection = super.detach();
    this.borrower?.held.delete(this);
    return connection;
  }
}
