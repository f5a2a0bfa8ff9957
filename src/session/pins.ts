/**
 * Why a client has to keep its backend: it holds what no other can be given.
 * `user variable`: one was set to what is not known. `routine`: something ran that cannot be seen through. `next transaction`: SET TRANSACTION is about
 * a transaction that has not begun. `variable`: a system variable was set that is not tracked. `change`: the server told of a change that nothing explains.
 * `sequence`: NEXTVAL, whose value LASTVAL answers. `texts`: the server keeps the texts of statements (profiles, traces). `text`: it cannot be known what was said.
 */
export type PinReason =
  | 'user variable'
  | 'temporary table'
  | 'named lock'
  | 'table lock'
  | 'handler'
  | 'read lock'
  | 'xa'
  | 'role'
  | 'prepared text'
  | 'routine'
  | 'next transaction'
  | 'variable'
  | 'change'
  | 'cursor'
  | 'long data'
  | 'resource group'
  | 'sequence'
  | 'texts'
  | 'text';
