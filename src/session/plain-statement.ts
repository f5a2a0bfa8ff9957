import { isBuiltIn, type KnownServer } from './built-in-names.js';
import { READ, WRITE, type Effect } from './effect.js';
import { NAME_LETTERS } from './sql-lexer.js';
import { ENDS_HEAD, UNTRACKED } from './statement-words.js';

const VERBS: ReadonlyMap<string, Effect> = new Map([
  ['select', READ],
  ['insert', WRITE],
  ['update', WRITE],
  ['delete', WRITE],
  ['replace', WRITE],
]);

// What a character may be part of. An operator, or something else that means nothing by itself:
const MARK = 0;
const NAME = 1;
const BLANK = 2;
// Makes a text one for the full reader: variables, several statements, non-ASCII characters.
const UNUSUAL = 3;
const QUOTE = 4;
const OPEN = 5;
// May begin the `value` of NEXT VALUE FOR, or the `val` of NEXTVAL.
const V = 6;
// Unusual when doubled, as that may begin a comment.
const MINUS = 7;
// Begins or ends a comment together with a star.
const SLASH = 8;

const PARTS = new Uint8Array(128).fill(MARK).fill(UNUSUAL, 0, 33).fill(UNUSUAL, 127);
const mark = (letters: string, part: number): void => {
  for (const letter of letters) PARTS[letter.charCodeAt(0)] = part;
};
mark(NAME_LETTERS, NAME);
mark('vV', V);
mark(' \t\n\r', BLANK);
mark('@:;#$\\', UNUSUAL);
mark('\'"`', QUOTE);
mark('(', OPEN);
mark('-', MINUS);
mark('/', SLASH);

const partAt = (sql: string, at: number): number => {
  const code = at >= 0 && at < sql.length ? sql.charCodeAt(at) : 0;
  return code < 128 ? PARTS[code]! : UNUSUAL;
};
const isName = (part: number): boolean => part === NAME || part === V;

const OF_SEQUENCE = /(?<=[./]\s*(?:next|curr|last))val\b|(?<=\b(?:next|previous)\s+|\/\s*)value\b/iy;
const HEAD_ENDS = new RegExp(String.raw`\b(?:${[...ENDS_HEAD].join('|')})\b`, 'i');

/**
 * The effect of a statement as plain as most are: it reads or writes rows, calls only built-in functions, and has no
 * variable, no backslash, and no comment that may be code. Undefined for any other, which a `StatementReader` has to
 * analyse; for a plain statement that would give the same result, but takes several times as long.
 */
export function effectOfPlain(sql: string, server: KnownServer): Effect | undefined {
  let at = 0;
  while (partAt(sql, at) === BLANK) at++;
  const from = at;
  while (isName(partAt(sql, at))) at++;
  const verb = sql.slice(from, at).toLowerCase();
  const effect = VERBS.get(verb);
  if (effect === undefined || sql.includes('\\')) return undefined;
  // The first parentheses of an INSERT may contain its columns.
  let mayBeColumns = verb === 'insert' || verb === 'replace';
  for (; at < sql.length; at++) {
    const code = sql.charCodeAt(at);
    if (code >= 128) return undefined;
    switch (PARTS[code]!) {
      case QUOTE:
        at = sql.indexOf(sql[at]!, at + 1);
        // A doubled quote looks like two adjacent literals, which makes no difference here.
        if (at < 0) return undefined;
        break;
      case OPEN:
        if (mayCall(sql, at, server) && !(mayBeColumns && !HEAD_ENDS.test(sql.slice(0, at)))) return undefined;
        mayBeColumns = false;
        break;
      case V:
        OF_SEQUENCE.lastIndex = at;
        if (OF_SEQUENCE.test(sql)) return undefined;
        break;
      case MINUS:
        if (sql[at + 1] === '-') return undefined;
        break;
      case SLASH:
        if (sql[at + 1] !== '*') break;
        if ('!M+'.includes(sql[at + 2] ?? '!')) return undefined;
        at = sql.indexOf('*/', at + 2) + 1;
        if (at === 0) return undefined;
        break;
      case UNUSUAL:
        return undefined;
    }
  }
  return effect;
}

/** Whether the parenthesis at `open` may belong to a call, other than of a built-in function without effects. */
function mayCall(sql: string, open: number, server: KnownServer): boolean {
  const to = afterBlanksBefore(sql, open);
  const part = partAt(sql, to - 1);
  if (part === QUOTE) return sql[to - 1] !== "'";
  // After a comment, since what is before it is not looked at.
  if (part === SLASH) return true;
  if (!isName(part)) return false;
  let from = to - 1;
  while (isName(partAt(sql, from - 1))) from--;
  const name = sql.slice(from, to).toLowerCase();
  if (!isBuiltIn(name, to < open, server) || name === 'last_insert_id' || UNTRACKED.has(name)) return true;
  const before = sql[afterBlanksBefore(sql, from) - 1];
  return before === '.' || before === '/';
}

/** The position at which the blanks before `to` begin. */
function afterBlanksBefore(sql: string, to: number): number {
  let from = to;
  while (partAt(sql, from - 1) === BLANK) from--;
  return from;
}
