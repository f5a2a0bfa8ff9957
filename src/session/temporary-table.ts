import { DIRTY, type Effect } from './effect.js';
import { Lexer } from './sql-lexer.js';

// A query begins with one of these, as do other things beyond plain columns.
const BEGINS_MORE: ReadonlySet<string> = new Set(['select', 'values', 'table', 'with', 'like', '(']);
// These bring in an expression, which may call anything when a row is written.
const BRINGS_MORE: ReadonlySet<string> = new Set(['select', 'as', 'check']);
/** In a list of columns, these come before a value, which may be an expression. */
const BEFORE_VALUE: ReadonlySet<string> = new Set(['default', 'update']);
const NUMBER = /^\d+(?:\.\d+)?(?:e\d+)?$/;
const VALUE = /^(?:['"].*|[-+]|null|true|false|current_timestamp|now|localtime|localtimestamp)$/s;
/**
 * What may come after the columns and is no option: a query, what goes before one, or the beginning of a transaction.
 */
const NO_OPTION: ReadonlySet<string> = new Set([...BEGINS_MORE, ...BRINGS_MORE, 'value', 'replace', 'ignore', 'start']);
// Names that mean the same in every sql_mode and character set.
const NAME = /^(?:[a-z_][\w$]*|`[\w$-]+`)$/i;

/**
 * The effect of a statement that makes or drops temporary tables. A table that is made from plain columns can be
 * dropped by its name, and nothing else need be undone. Anything with a query or an expression, a text that servers may
 * read in several ways, and a table outside the default database count as dirty.
 */
export function effectOfTemporary(sql: string): Effect {
  const tokens = tokensOf(sql);
  if (tokens === undefined || tokens[1]?.toLowerCase() !== 'temporary') return DIRTY;
  const words = tokens.map((token) => token.toLowerCase());
  const names = words[0] === 'create' ? made(tokens, words) : dropped(tokens, words);
  return names === undefined
    ? DIRTY
    : { kind: 'dirty', temporary: { does: words[0] === 'create' ? 'make' : 'drop', names } };
}

/** The tokens of a single statement, without the semicolon at its end; undefined if it is not certain what it says. */
function tokensOf(sql: string): string[] | undefined {
  const lexer = new Lexer(sql);
  const tokens: string[] = [];
  while (lexer.next() !== 'end') {
    if (lexer.kind === 'variable' || lexer.kind === 'system' || lexer.kind === 'assign') return undefined;
    tokens.push(lexer.text);
  }
  const { isBroken, isOpaque, executable, hasEscapeInText, hasEscapeInQuoted } = lexer;
  if (isBroken || isOpaque || executable !== undefined || hasEscapeInText || hasEscapeInQuoted) return undefined;
  if (tokens.at(-1) === ';') tokens.pop();
  return tokens.includes(';') ? undefined : tokens;
}

/** CREATE TEMPORARY TABLE [IF NOT EXISTS] name (columns) options */
function made(tokens: readonly string[], words: readonly string[]): string[] | undefined {
  if (words[2] !== 'table') return undefined;
  const at = words[3] === 'if' && words[4] === 'not' && words[5] === 'exists' ? 6 : 3;
  const end = afterColumns(words, at + 1);
  const name = quoted(tokens[at]);
  if (end === undefined || name === undefined || words.slice(end).some((word) => NO_OPTION.has(word))) return undefined;
  return [name];
}

/** The position after the parentheses of plain columns and keys that begin at `from`; undefined for anything else. */
function afterColumns(words: readonly string[], from: number): number | undefined {
  if (words[from] !== '(' || BEGINS_MORE.has(words[from + 1] ?? '(')) return undefined;
  let depth = 1;
  for (let at = from + 1; at < words.length; at++) {
    const word = words[at]!;
    const before = words[at - 1]!;
    if (BRINGS_MORE.has(word) || (BEFORE_VALUE.has(before) && !VALUE.test(word) && !NUMBER.test(word)))
      return undefined;
    if ((before === '-' || before === '+') && !NUMBER.test(word)) return undefined;
    // The parentheses of a key over an expression.
    if (word === '(' && (before === '(' || before === ',')) return undefined;
    if (word === '(') depth++;
    else if (word === ')' && --depth === 0) return at + 1;
  }
  return undefined;
}

/** DROP TEMPORARY TABLE [IF EXISTS] name, name [RESTRICT | CASCADE] */
function dropped(tokens: readonly string[], words: readonly string[]): string[] | undefined {
  if (words[0] !== 'drop' || (words[2] !== 'table' && words[2] !== 'tables')) return undefined;
  const names: string[] = [];
  let at = words[3] === 'if' && words[4] === 'exists' ? 5 : 3;
  for (; ; at += 2) {
    const name = quoted(tokens[at]);
    if (name === undefined) return undefined;
    names.push(name);
    if (words[at + 1] !== ',') break;
  }
  const rest = words.slice(at + 1);
  return rest.length === 0 || (rest.length === 1 && /^(?:restrict|cascade)$/.test(rest[0]!)) ? names : undefined;
}

const quoted = (token: string | undefined): string | undefined =>
  token === undefined || !NAME.test(token) ? undefined : `\`${token.replaceAll('`', '')}\``;
