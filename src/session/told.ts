import type { Change } from './state.js';

/** What the trackers of a server tell in an OK, transactions included. */
export interface ToldChange extends Change {
  /** Eight letters. */
  readonly transactionState: string | undefined;
  /** The statements that would begin the same transaction; empty when there is none. */
  readonly transactionText: string | undefined;
}

/** An OK, or what ends the rows of an answer. */
export interface ToldOk {
  readonly status: number;
  readonly warnings: number;
  readonly insertId: number | bigint;
  readonly change: ToldChange | undefined;
}
