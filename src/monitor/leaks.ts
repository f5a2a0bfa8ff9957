import type { Loan, PoolEvents } from '../pool/index.js';
import type { LeakReport } from './report.js';

/** Keeps the stacks of suspected leaks, which only the event `leakSuspected` contains. */
export class Leaks {
  readonly #takenAt = new Map<number, string>();

  suspected({ loan, takenAt }: PoolEvents['leakSuspected']): void {
    this.#takenAt.set(loan, takenAt);
  }

  ended({ loan }: PoolEvents['leakEnded']): void {
    this.#takenAt.delete(loan);
  }

  /**
   * The loans that are suspected leaks, in the order of `loans`, which begins with the oldest. Leaks that were
   * suspected before the monitor was started are included, without a stack.
   */
  report(loans: readonly Loan[], threshold: number): readonly LeakReport[] {
    if (threshold === 0) return [];
    return loans
      .filter(({ heldFor }) => heldFor >= threshold)
      .map((loan) => ({ ...loan, takenAt: this.#takenAt.get(loan.loan) ?? '' }));
  }
}
