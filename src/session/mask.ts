import { Lexer } from './sql-lexer.js';

/** Statements are cut to so many characters. */
export const LONGEST_SHOWN = 500;

// What is so far down is not shown anyway, unless the text before it is nothing but values.
const LONGEST_READ = 4_000;

const CUT = '…';

/** What may stand before a literal and belongs to it: `x'…'`, `b'…'`, `n'…'`. */
const PREFIX = /(?<![\w$\u0080-\uffff])[xbn]$/i;

// oxlint-disable-next-line no-control-regex -- whoever reads it on a terminal must not be fooled
const CONTROLS = /[\0-\x1f\x7f]+/g;

/**
 * A statement as it may be shown to whoever looks at the pool: on one line, every literal a `?`, no comments, and cut.
 * What cannot be told apart for sure, such as an escaped quote, which not every SQL mode knows, ends the text: rather
 * too little is shown than a value.
 */
export function maskStatement(sql: string): string {
  const text = sql.slice(0, LONGEST_READ);
  const lexer = new Lexer(text);
  let shown = '';
  while (lexer.next() !== 'end') {
    if (lexer.isOpaque || lexer.executable !== undefined) break;
    // A blank stands for any number of blanks and comments.
    if (lexer.isApart) shown += ' ';
    if (lexer.kind === 'text' || lexer.kind === 'quoted') shown = shown.replace(PREFIX, '');
    shown += piece(lexer, shown);
    if (!isSure(lexer)) return cut(shorten(shown), true);
  }
  const isCut = lexer.isOpaque || lexer.executable !== undefined || sql.length > LONGEST_READ;
  return cut(shorten(shown), isCut);
}

/** What is shown for a token. Whatever begins like a number counts as one: `2nd` may be a name, but is not worth the risk. */
function piece(lexer: Lexer, before: string): string {
  const { kind, text } = lexer;
  switch (kind) {
    case 'text':
    case 'quoted':
    case 'number':
      return '?';
    case 'word':
      return /^\d/.test(text) ? '?' : text;
    case 'name':
      return isSure(lexer) ? text.replace(CONTROLS, ' ') : '';
    case 'variable':
      if (/^@['"]/.test(text)) return '@?';
      return isSure(lexer) ? text.replace(CONTROLS, ' ') : '@';
    case 'system':
    case 'assign':
    case 'end':
      return text;
    case 'mark':
      // After a name the dot belongs to the next one.
      if (text !== '.' || /[\w$`]$/.test(before) || !/\d/.test(lexer.sql.charAt(lexer.to))) return text;
      lexer.next();
      return '?';
  }
}

/** Whether the token ends where it does in every SQL mode, and ends at all. */
function isSure({ kind, text, isBroken, to, sql }: Lexer): boolean {
  if (kind !== 'text' && kind !== 'quoted' && kind !== 'name' && kind !== 'variable') return true;
  if (isBroken && to === sql.length) return false;
  const quote = kind === 'variable' ? text[1]! : text[0]!;
  if (quote !== "'" && quote !== '"') return true;
  for (let at = text.indexOf('\\'); at >= 0; at = text.indexOf('\\', at + 2)) if (text[at + 1] === quote) return false;
  return true;
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
