import type { Change } from './state.js';

/** What a server's trackers report in an OK, including transactions. */
export interface ToldChange extends Change {
  /** The state of the transaction: eight characters, such as `T_______`. */
  readonly transactionState: string | undefined;
  /** The statements that would begin the same transaction; empty when there is none. */
  readonly transactionText: string | undefined;
}

/** An OK packet, or the packet that ends the rows of an answer. */
export interface ToldOk {
  readonly status: number;
  readonly warnings: number;
  readonly insertId: number | bigint;
  readonly change: ToldChange | undefined;
}
