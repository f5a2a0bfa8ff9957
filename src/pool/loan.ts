/** One loan, as `pool.borrowers()` shows it. @since 0.1.0 */
export interface Loan {
  /** Its number, counted from 1 per pool. */
  readonly loan: number;
  readonly connection: number;
  /** How long it has been out, in ms. */
  readonly heldFor: number;
  /** What its borrower is called: `acquire({ label })`, or the name of its scope. */
  readonly label: string | undefined;
  /** The program's line that took it, such as `report (/app/report.js:12:3)`; only known while call sites are kept. */
  readonly callSite: string | undefined;
  /** What was done with it last, the latest first. */
  readonly recent: readonly string[];
}

/** A caller in line, as `pool.borrowers()` shows it. @since 0.1.0 */
export interface WaitingCaller {
  /** How long it has waited, in ms. */
  readonly waitedFor: number;
  /** How long it will wait yet, in ms. */
  readonly leftFor: number;
  readonly label: string | undefined;
  readonly callSite: string | undefined;
}

/** Who has something of the pool, and who waits for it. @since 0.1.0 */
export interface Borrowers {
  /** The oldest first. */
  readonly loans: readonly Loan[];
  /** In the order in which they will be served. */
  readonly waiters: readonly WaitingCaller[];
}
