import type { Denial, PermitAccount, PermitHolder, PermitOutcome, Permits } from '../pool/index.js';

/** Two limits at once: a connection needs a permit of both. The inner one, that of the process, is asked first. */
export class NestedPermits implements Permits {
  readonly #inner: Permits;
  readonly #outer: Permits;

  constructor(inner: Permits, outer: Permits) {
    this.#inner = inner;
    this.#outer = outer;
  }

  join(holder: PermitHolder): PermitAccount {
    return new NestedAccount(this.#inner.join(holder), this.#outer.join(holder));
  }
}

class NestedAccount implements PermitAccount {
  readonly #inner: PermitAccount;
  readonly #outer: PermitAccount;

  constructor(inner: PermitAccount, outer: PermitAccount) {
    this.#inner = inner;
    this.#outer = outer;
  }

  /** If the outer limit denies, the inner permit goes back: who waits for one limit must not use up the other. */
  take(): true | Denial {
    const own = this.#inner.take();
    if (own !== true) return own;
    const others = this.#outer.take();
    if (others !== true) this.#inner.giveBack('closed');
    return others;
  }

  giveBack(outcome: PermitOutcome): void {
    this.#outer.giveBack(outcome);
    this.#inner.giveBack(outcome);
  }

  withdraw(): void {
    this.#inner.withdraw();
    this.#outer.withdraw();
  }

  get contested(): boolean {
    return this.#inner.contested || this.#outer.contested;
  }

  get full(): Denial | undefined {
    return this.#inner.full ?? this.#outer.full;
  }

  get pacesFull(): boolean {
    return this.#inner.pacesFull === true || this.#outer.pacesFull === true;
  }

  /** Used to find the pools that share a limit within this process: so the issuer of the inner limit comes first. */
  get issuer(): PermitAccount['issuer'] {
    return this.#inner.issuer ?? this.#outer.issuer;
  }

  close(): void {
    this.#outer.close();
    this.#inner.close();
  }
}
