import { captureCallSite, Lease } from '../pool/index.js';
import type { Borrower, Held } from './borrower.js';

/** A lease that knows its borrower, and is removed from what that borrower holds when it ends. @since 0.1.0 */
export class ScopedLease<C> extends Lease<C> {
  /** The scope or frame that holds it; undefined outside of any. */
  borrower: Borrower | undefined;
  /** The pool that lent it. */
  owner: unknown;
  /** The set of leases that share its loan, if the pool keeps one. */
  sharers: Set<Held> | undefined;

  /** Records the borrower and the owner, and adds the lease to what the borrower holds. */
  lentTo(borrower: Borrower | undefined, owner: unknown): this {
    this.borrower = borrower;
    this.owner = owner;
    this.label ??= borrower?.label;
    this.takenFrom ??= captureCallSite();
    borrower?.held.add(this);
    return this;
  }

  override share(): this {
    return this.shareWith(this.borrower);
  }

  /** Another lease on the same loan, held by another borrower. */
  shareWith(borrower: Borrower | undefined): this {
    return super.share().lentTo(borrower, this.owner);
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

  /** Done first, because giving the lease back may run code that looks at what borrowers hold. */
  #takeOff(): void {
    this.borrower?.held.delete(this);
    this.sharers?.delete(this);
  }
}
