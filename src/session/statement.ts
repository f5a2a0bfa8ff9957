import { afterComment } from './sql-lexer.js';
import { restorableOf } from './variables.js';

/**
 * What a statement's text says it may do to the session.
 * `read`: nothing changes, and its answer says nothing. `write`: the status and the trackers in its answer tell all.
 * `set`: it changes these variables and nothing else. `next`: it is about the next transaction, which no tracker reports.
 * `dirty`: it may leave what no tracker reports; `foreign`: and what no reset takes back. Unless `mayChangeRole` is false
 * it may have changed the role as well; `xa`: it is about a distributed transaction.
 */
export type Effect =
  | { readonly kind: 'read'; readonly readOnly?: undefined }
  | {
      readonly kind: 'dirty';
      readonly readOnly?: undefined;
      readonly foreign?: true;
      readonly mayChangeRole?: false;
      readonly xa?: true;
    }
  | { readonly kind: 'write'; readonly readOnly?: true }
  | { readonly kind: 'next'; readonly readOnly?: boolean }
  | { readonly kind: 'set'; readonly variables: readonly string[]; readonly readOnly?: boolean };

const READ: Effect = Object.freeze({ kind: 'read' });
const WRITE: Effect = Object.freeze({ kind: 'write' });
const WRITE_READ_ONLY: Effect = Object.freeze({ kind: 'write', readOnly: true });
const DIRTY: Effect = Object.freeze({ kind: 'dirty' });
const DIRTY_ONLY: Effect = Object.freeze({ kind: 'dirty', mayChangeRole: false });
const XA: Effect = Object.freeze({ kind: 'dirty', mayChangeRole: false, xa: true });
const FOREIGN: Effect = Object.freeze({ kind: 'dirty', foreign: true });

// What no tracker reports, wherever it stands: locks by name, and user variables set by a SELECT. No part of this can
// match one text in two ways, so that no text takes long.
const GAP = String.raw`(?:\s|\/\*(?:[^*]|\*(?!\/))*\*\/|--[^\n]*\n|#[^\n]*\n)*`;
// Whoever the session acts as from then on, it goes on doing so after a reset.
const ACTS_AS = new RegExp(String.raw`\bset${GAP}(?:role\b|resource${GAP}group\b|session${GAP}authorization\b)`, 'i');
const UNTRACKED = new RegExp(String.raw`get_lock|service_get_|:=|\binto${GAP}@`, 'i');

const READS = new Set(['select', 'show', 'explain', 'describe', 'desc', 'values', 'table', 'help']);
const WRITES = new Set(
  (
    'insert update delete replace with truncate create alter drop rename analyze optimize check checksum repair grant ' +
    'revoke commit rollback savepoint release start use do kill purge'
  ).split(' '),
);

const PLAIN_BEGIN = new Set(['begin', 'begin;', 'begin work', 'begin work;']);

const LONGEST_SET = 5_000;
const NAME = String.raw`[a-z_][a-z0-9_$]*`;
const VALUE = String.raw`(?:'(?:[^'\\]|\\[^]|'')*'|"(?:[^"\\]|\\[^]|"")*"|[-+]?[\w.]+|\?)`;
const SCOPE = String.raw`(?:(?:session|local)\s+|@@(?:(?:session|local)\s*\.\s*)?)?`;
const CHARSET = String.raw`(names|character\s+set|charset)\s+${VALUE}(?:\s+collate\s+${VALUE})?`;
const ASSIGNMENT = new RegExp(String.raw`\s*(?:${CHARSET}|${SCOPE}(${NAME})\s*:?=\s*${VALUE})\s*(,|;?\s*$)`, 'iy');
const TRANSACTION = /^\s*set\s+(session\s+|local\s+)?transaction\s+([^;]*);?\s*$/i;

/** The effect of one statement, or of several separated by semicolons where the connection allows that. */
export function effectOf(sql: string, several = false): Effect {
  if (ACTS_AS.test(sql)) return FOREIGN;
  if (several && /;\s*\S/.test(sql)) return effectOfAll(sql.split(';'));
  const word = firstWord(sql);
  // A SET may be written with := as well, which is looked at there.
  if (word === 'set') return sql.length > LONGEST_SET ? DIRTY : effectOfSet(sql);
  if (word === '' || UNTRACKED.test(sql)) return DIRTY;
  if (READS.has(word)) return READ;
  if (word === 'begin') return PLAIN_BEGIN.has(sql.trim().toLowerCase()) ? WRITE : DIRTY;
  if (word === 'start') return /\bread\s+only\b/i.test(sql) ? WRITE_READ_ONLY : WRITE;
  if (word === 'load') return sql.includes('@') ? DIRTY : WRITE;
  if (word === 'xa') return XA;
  if (!WRITES.has(word)) return DIRTY;
  return (word === 'create' || word === 'drop') && /\btemporary\b/i.test(sql) ? DIRTY_ONLY : WRITE;
}

const LETTERS = /[a-z]*/iy;

/** The first word after blanks, brackets and comments. A comment that the server executes is no comment. */
function firstWord(sql: string): string {
  for (let at = 0; at < sql.length;) {
    const next = /[\s(]/.test(sql[at]!) ? at + 1 : afterComment(sql, at);
    if (next === at) {
      LETTERS.lastIndex = at;
      return LETTERS.exec(sql)![0].toLowerCase();
    }
    at = next;
  }
  return '';
}

/** A semicolon inside a text splits too: that can only make the effect worse. */
function effectOfAll(parts: readonly string[]): Effect {
  let worst = READ;
  for (const part of parts) {
    if (part.trim() === '') continue;
    const effect = effectOf(part);
    if (effect.kind === 'write') worst = WRITE;
    else if (effect.kind !== 'read') return DIRTY;
  }
  return worst;
}

/** Understands the plain forms of SET completely; whatever else there is counts as dirty. */
function effectOfSet(sql: string): Effect {
  const transaction = TRANSACTION.exec(sql);
  if (transaction !== null) {
    const readOnly = /\bread\s+only\b/i.test(transaction[2]!);
    if (transaction[1] === undefined) return { kind: 'next', readOnly };
    return { kind: 'set', variables: ['isolation', 'read_only'], readOnly };
  }
  const start = /^\s*set\s/i.exec(sql);
  if (start === null) return DIRTY;
  const variables: string[] = [];
  ASSIGNMENT.lastIndex = start[0].length;
  for (let more = true; more;) {
    const found = ASSIGNMENT.exec(sql);
    if (found === null) return DIRTY;
    const variable = found[1] === undefined ? restorableOf(found[2]!.toLowerCase()) : 'charset';
    if (variable === undefined) return DIRTY;
    variables.push(variable);
    more = found[3] === ',';
  }
  return { kind: 'set', variables, readOnly: variables.includes('read_only') };
}
