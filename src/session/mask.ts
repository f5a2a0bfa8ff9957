import { Lexer } from './sql-lexer.js';

/** Statements are cut to this many characters. */
export const LONGEST_SHOWN = 500;

// Characters from here on are not read: they would not be shown anyway, unless the text before is nothing but values.
const LONGEST_READ = 4_000;

const CUT = '…';

/** A letter that may stand before a literal and belongs to it: `x'…'`, `b'…'`, `n'…'`. */
const PREFIX = /(?<![\w$\u0080-\uffff])[xbn]$/i;

// oxlint-disable-next-line no-control-regex -- they could mislead the reader of a terminal
const CONTROLS = /[\0-\x1f\x7f]+/g;

/**
 * A statement as it may be shown in reports and logs: on one line, every literal a `?`, no comments, and cut. Where
 * tokens are not certain, such as at an escaped quote, which not every sql_mode knows, the text is cut off: better too
 * little is shown than a value.
 */
export function maskStatement(sql: string): string {
  const text = sql.slice(0, LONGEST_READ);
  const lexer = new Lexer(text);
  let shown = '';
  while (lexer.next() !== 'end') {
    if (lexer.isOpaque || lexer.executable !== undefined) break;
    // One blank stands for any number of blanks and comments.
    if (lexer.isApart) shown += ' ';
    if (lexer.kind === 'text' || lexer.kind === 'quoted') shown = shown.replace(PREFIX, '');
    shown += piece(lexer, shown);
    if (!isSure(lexer)) return cut(shorten(shown), true);
  }
  const isCut = lexer.isOpaque || lexer.executable !== undefined || sql.length > LONGEST_READ;
  return cut(shorten(shown), isCut);
}

/**
 * What is shown for a token. `2nd` counts as a number: a word that begins with a digit may be a name, but also a value.
 */
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
      // A dot before a digit begins a number, unless it comes after a name.
      if (text !== '.' || /[\w$`]$/.test(before) || !/\d/.test(lexer.sql.charAt(lexer.to))) return text;
      lexer.next();
      return '?';
  }
}

/** Whether the token has an end, and the same one in every sql_mode. */
function isSure({ kind, text, isBroken, to, sql }: Lexer): boolean {
  if (kind !== 'text' && kind !== 'quoted' && kind !== 'name' && kind !== 'variable') return true;
  if (isBroken && to === sql.length) return false;
  const quote = kind === 'variable' ? text[1]! : text[0]!;
  if (quote !== "'" && quote !== '"') return true;
  for (let at = text.indexOf('\\'); at >= 0; at = text.indexOf('\\', at + 2)) if (text[at + 1] === quote) return false;
  return true;
}

/** Shortens lists of values, as in IN and VALUES, so that they look the same however long they are. */
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
