import type { Loan, PoolEvents } from '../pool/index.js';
import type { LeakReport } from './report.js';

/** The stacks of suspected leaks, which only the event tells. */
export class Leaks {
  readonly #takenAt = new Map<number, string>();

  suspected({ loan, takenAt }: PoolEvents['leakSuspected']): void {
    this.#takenAt.set(loan, takenAt);
  }

  ended({ loan }: PoolEvents['leakEnded']): void {
    this.#takenAt.delete(loan);
  }

  /** Those among the loans, of which the oldest come first. Also leaks that were suspected before anybody listened. */
  report(loans: readonly Loan[], threshold: number): readonly LeakReport[] {
    if (threshold === 0) return [];
    return loans
      .filter(({ heldFor }) => heldFor >= threshold)
      .map((loan) => ({ ...loan, takenAt: this.#takenAt.get(loan.loan) ?? '' }));
  }
}
