import { GUESSED, Lexer } from './sql-lexer.js';

/** The first words of the first statement that is not empty, without parentheses before it. */
function firstWords(sql: string, most: number): string[] {
  const words: string[] = [];
  const lexer = new Lexer(sql, GUESSED);
  while (words.length < most) {
    const kind = lexer.next();
    if (kind === 'word') words.push(lexer.text.toLowerCase());
    else if (kind !== 'mark' || !'(;'.includes(lexer.text)) break;
  }
  return words;
}

/** What a statement does to the open transaction. `begin` ends it as well, and begins another one. */
export type TransactionStep = 'begin' | 'commit' | 'rollback' | 'rollback to' | 'characteristics' | 'none';

export const transactionStepOf = (sql: string): TransactionStep => stepOf(firstWords(sql, 3));

function stepOf([first, second, third]: readonly string[]): TransactionStep {
  if (first === 'begin') return second === 'not' ? 'none' : 'begin';
  if (first === 'start') return second === 'transaction' ? 'begin' : 'none';
  if (first === 'commit') return 'commit';
  if (first === 'set') return second === 'transaction' ? 'characteristics' : 'none';
  if (first !== 'rollback') return 'none';
  return second === 'to' || (second === 'work' && third === 'to') ? 'rollback to' : 'rollback';
}

/** The first words of each statement in a text that is not empty. What follows in a block belongs to it. */
function* heads(sql: string): Generator<readonly string[]> {
  // Only a text that may contain several statements is read to its end.
  if (!sql.includes(';')) return yield firstWords(sql, 3);
  const lexer = new Lexer(sql, GUESSED);
  let words: string[] = [];
  let isHead = true;
  for (let kind = lexer.next(); ; kind = lexer.next()) {
    if (kind === 'end' || (kind === 'mark' && lexer.text === ';')) {
      if (!isHead || words.length > 0) yield words;
      // BEGIN NOT ATOMIC: in it, BEGIN begins another block.
      if (kind === 'end' || (words[0] === 'begin' && words[1] === 'not')) return;
      words = [];
      isHead = true;
    } else if (isHead && kind === 'word' && words.length < 3) words.push(lexer.text.toLowerCase());
    else if (kind !== 'mark' || lexer.text !== '(') isHead = false;
  }
}

const ENDS: ReadonlySet<TransactionStep> = new Set(['begin', 'commit', 'rollback']);

/** Whether one of the statements in a text ends the open transaction, perhaps to begin another one. */
export function endsTransaction(sql: string): boolean {
  for (const words of heads(sql)) if (ENDS.has(stepOf(words))) return true;
  return false;
}

const KEEP = new Set(
  (
    'select insert update delete replace with values table do load savepoint release show explain describe desc set ' +
    'handler execute call'
  ).split(' '),
);

/**
 * Whether a statement commits nothing by itself. One that does (DDL, LOCK TABLES) has committed the work before it even
 * if it fails.
 */
export function leavesTransactionOpen(sql: string): boolean {
  for (const words of heads(sql)) if (!leavesOpen(words)) return false;
  return true;
}

function leavesOpen(words: readonly string[]): boolean {
  const [first, second] = words;
  if (first !== undefined && KEEP.has(first)) return first !== 'load' || second !== 'index';
  return stepOf(words).startsWith('rollback');
}

/** Whether a statement that is answered with rows may have committed: only the status of the next OK tells. */
export function mayCommitWithRows(sql: string): boolean {
  for (const words of heads(sql)) if (!leavesOpen(words) || words[0] === 'execute') return true;
  return false;
}

/**
 * After these errors the transaction may be over: a lock time-out, a deadlock, a distributed transaction rolled back.
 */
const ENDS_TRANSACTION: ReadonlySet<number> = new Set([1205, 1213, 1613, 1614]);

/** Whether a statement that has failed may have ended the open transaction. */
export function mayHaveEnded(sql: string, errno: number): boolean {
  return ENDS_TRANSACTION.has(errno) || !leavesTransactionOpen(sql);
}
