import { GUESSED, Lexer } from './sql-lexer.js';

/**
 * The first words of each statement in a text, without parentheses; an empty text counts as a statement without words.
 * What follows in a block belongs to it. A text is read no further than the caller goes.
 */
function* heads(sql: string): Generator<readonly string[]> {
  const lexer = new Lexer(sql, GUESSED);
  for (let isFirst = true; ; isFirst = false) {
    const words: string[] = [];
    let kind = lexer.next();
    while (words.length < 3) {
      if (kind === 'word') words.push(lexer.text.toLowerCase());
      else if (kind !== 'mark' || !(lexer.text === '(' || (lexer.text === ';' && words.length === 0))) break;
      kind = lexer.next();
    }
    if (kind !== 'end' || words.length > 0 || isFirst) yield words;
    // BEGIN NOT ATOMIC: in it, BEGIN begins another block.
    if (words[0] === 'begin' && words[1] === 'not') return;
    // A text that cannot contain several statements need not be read to its end.
    if (!sql.includes(';')) return;
    while (kind !== 'end' && !(kind === 'mark' && lexer.text === ';')) kind = lexer.next();
    if (kind === 'end') return;
  }
}

/** What a statement does to the open transaction. `begin` ends it as well, and begins another one. */
export type TransactionStep = 'begin' | 'commit' | 'rollback' | 'rollback to' | 'characteristics' | 'none';

export const transactionStepOf = (sql: string): TransactionStep => stepOf(heads(sql).next().value as readonly string[]);

function stepOf([first, second, third]: readonly string[]): TransactionStep {
  if (first === 'begin') return second === 'not' ? 'none' : 'begin';
  if (first === 'start') return second === 'transaction' ? 'begin' : 'none';
  if (first === 'commit') return 'commit';
  if (first === 'set') return second === 'transaction' ? 'characteristics' : 'none';
  if (first !== 'rollback') return 'none';
  return second === 'to' || (second === 'work' && third === 'to') ? 'rollback to' : 'rollback';
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
