import { after, afterComment, isExecuted } from './sql-lexer.js';

/** Statements are cut to so many characters. */
export const LONGEST_SHOWN = 500;

// What is so far down is not shown anyway, unless the text before it is nothing but values.
const LONGEST_READ = 4_000;

const CUT = '…';

// One piece of a statement. Whatever begins like a number counts as one: `2nd` may be a name, but is not worth the risk.
// oxlint-disable-next-line no-control-regex -- whoever reads it on a terminal must not be fooled
const BLANKS = /[\s\0-\x20\x7f]+/y;
const NUMBER = /\.?\d[\w$\u0080-\uffff]*(?:\.\d[\w$]*)?/y;
const NAME = /[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/y;

/** What may stand before a literal and belongs to it: `x'…'`, `b'…'`, `n'…'`. */
const PREFIX = /^[xbn]$/i;

/**
 * A statement as it may be shown to whoever looks at the pool: on one line, every literal a `?`, no comments, and cut.
 * What cannot be told apart for sure, such as an escaped quote, which not every SQL mode knows, ends the text: rather
 * too little is shown than a value.
 */
export function maskStatement(sql: string): string {
  const text = sql.slice(0, LONGEST_READ);
  let shown = '';
  for (let at = 0; at < text.length;) {
    const [piece, next] = pieceAt(text, at, shown);
    if (next === undefined) return cut(shorten(shown + piece), true);
    // A blank stands for any number of blanks and comments.
    shown = piece === ' ' && (shown === '' || shown.endsWith(' ')) ? shown : shown + piece;
    at = next;
  }
  return cut(shorten(shown), sql.length > LONGEST_READ);
}

/** What is shown for the piece that begins at `at`, and where the next begins: undefined when nothing more is sure. */
function pieceAt(text: string, at: number, before: string): readonly [shown: string, next: number | undefined] {
  const letter = text[at]!;
  if (letter === "'" || letter === '"') return ['?', afterLiteral(text, letter, at)];
  if (letter === '`') return nameInQuotes(text, at);
  const comment = afterComment(text, at);
  if (comment > at) return [' ', comment];
  if (isExecuted(text, at) || letter === '$') return ['', undefined];
  const blanks = lengthOf(BLANKS, text, at);
  if (blanks > 0) return [' ', at + blanks];
  const name = lengthOf(NAME, text, at);
  if (name > 0) {
    const isPrefix = PREFIX.test(text.slice(at, at + name)) && (text[at + name] === "'" || text[at + name] === '"');
    return [isPrefix ? '' : text.slice(at, at + name), at + name];
  }
  // After a name the dot belongs to the next one.
  const number = letter === '.' && /[\w$`]$/.test(before) ? 0 : lengthOf(NUMBER, text, at);
  return number > 0 ? ['?', at + number] : [letter, at + 1];
}

/** Where the text goes on after a literal: undefined when it does not end, or ends elsewhere in another SQL mode. */
function afterLiteral(text: string, quote: string, from: number): number | undefined {
  for (let at = from + 1; at < text.length; at++) {
    if (text[at] === '\\') {
      if (text[++at] === quote) return undefined;
    } else if (text[at] === quote) {
      if (text[at + 1] !== quote) return at + 1;
      at++;
    }
  }
  return undefined;
}

/** Names in backticks are names. */
function nameInQuotes(text: string, from: number): readonly [string, number | undefined] {
  const end = after(text, '`', from + 1);
  const isWhole = end > from + 1 && text[end - 1] === '`';
  // oxlint-disable-next-line no-control-regex -- as above
  return isWhole ? [text.slice(from, end).replace(/[\0-\x1f\x7f]+/g, ' '), end] : ['', undefined];
}

function lengthOf(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0].length ?? 0;
}

/** Lists of values, as of IN and of VALUES, are all the same however long they are. */
function shorten(shown: string): string {
  return shown
    .trim()
    .replace(/\?(?: ?, ?\?){3,}/g, '?, …')
    .replace(/(\([?, …]*\))(?: ?, ?\([?, …]*\))+/g, '$1, …');
}

function cut(shown: string, isCut: boolean): string {
  if (shown.length > LONGEST_SHOWN) return shown.slice(0, LONGEST_SHOWN - 1) + CUT;
  return isCut ? shown + CUT : shown;
}
