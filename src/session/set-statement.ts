import {
  ANYTHING,
  bothDirty,
  DIRTY,
  FOREIGN,
  KEEPS_TEXTS,
  NEXT,
  NEXT_READ_ONLY,
  setting,
  WRITE,
  type Effect,
} from './effect.js';
import { Lexer, type Reading } from './sql-lexer.js';
import { restorableOf } from './variables.js';

// A longer text, in characters, is not worth the time.
const LONGEST = 5_000;

const GLOBAL_SCOPES = new Set(['global', 'persist', 'persist_only']);
const SESSION_SCOPES = new Set(['session', 'local']);

/** The variables that make a server keep the texts of statements. */
const KEEPS = /profiling|optimizer_trace/i;
const TRACKERS = /session_track/i;

/** Stands for an item of a SET that sets nothing of this session. */
const NOTHING = '';

/**
 * The effect of a SET that calls no unknown function. The plain forms are understood completely; anything else counts
 * as dirty.
 * @param sql what comes after the word SET
 */
export function effectOfSet(sql: string, reading: Reading): Effect {
  if (sql.length > LONGEST) return isForeign(sql.slice(0, LONGEST), reading) ? FOREIGN : DIRTY;
  if (isForeign(sql, reading)) return FOREIGN;
  const lexer = new Lexer(sql, reading);
  lexer.next();
  return transaction(sql, reading) ?? assignments(lexer);
}

/** Adds what a dirty SET may do that a reset does not undo. */
export function withLasting(effect: Effect, sql: string): Effect {
  // It may turn the trackers off: the user, the role and the database then have to be asked for.
  const all = TRACKERS.test(sql) ? bothDirty(effect, ANYTHING) : effect;
  return withKept(all, sql);
}

/** Adds that it may make the server keep the texts of statements. */
export const withKept = (effect: Effect, sql: string): Effect =>
  effect.kind === 'dirty' && KEEPS.test(sql) ? bothDirty(effect, KEEPS_TEXTS) : effect;

/** Whether it changes who the session acts as, which a reset does not undo. */
function isForeign(sql: string, reading: Reading): boolean {
  const [first, second] = words(sql, reading);
  return (
    first === 'role' ||
    (first === 'resource' && second === 'group') ||
    (first === 'session' && second === 'authorization')
  );
}

/** The first words of a text. */
function words(sql: string, reading: Reading, most = 2): string[] {
  const lexer = new Lexer(sql, reading);
  const found: string[] = [];
  while (found.length < most && lexer.next() === 'word') found.push(lexer.text.toLowerCase());
  return found;
}

/** The effect of SET … TRANSACTION; undefined for any other SET. */
function transaction(sql: string, reading: Reading): Effect | undefined {
  const [first, second] = words(sql, reading);
  const scope = second === 'transaction' ? first : undefined;
  if (first !== 'transaction' && scope === undefined) return undefined;
  const lexer = new Lexer(sql, reading);
  let isReadOnly = false;
  for (let before = ''; lexer.next() !== 'end'; before = lexer.text.toLowerCase()) {
    if (lexer.kind !== 'word' && lexer.text !== ',' && lexer.text !== ';') return DIRTY;
    if (before === 'read' && lexer.text.toLowerCase() === 'only') isReadOnly = true;
  }
  if (first === 'transaction') return isReadOnly ? NEXT_READ_ONLY : NEXT;
  if (GLOBAL_SCOPES.has(scope!)) return WRITE;
  if (!SESSION_SCOPES.has(scope!)) return DIRTY;
  return { kind: 'set', variables: ['isolation', 'read_only'], readOnly: isReadOnly };
}

/** The effect of a list of assignments, at the first of which the lexer stands. */
function assignments(lexer: Lexer): Effect {
  const variables: string[] = [];
  for (;;) {
    const variable = item(lexer);
    if (variable === undefined) return DIRTY;
    if (variable !== NOTHING) variables.push(variable);
    if (lexer.kind === 'end') break;
    if (lexer.text === ';') {
      if (lexer.next() !== 'end') return DIRTY;
      break;
    }
    lexer.next();
  }
  return variables.length === 0 ? WRITE : setting(variables);
}

/** The variable that the item sets, by our word; undefined if the item is not understood. Moves past the item. */
function item(lexer: Lexer): string | undefined {
  const isSystem = lexer.kind === 'system';
  if (isSystem) lexer.next();
  let word = wordOf(lexer);
  if (!isSystem && (word === 'names' || word === 'charset' || word === 'character')) return charset(lexer, word);
  const isGlobal = GLOBAL_SCOPES.has(word);
  if (isGlobal || SESSION_SCOPES.has(word)) {
    lexer.next();
    if (isSystem) {
      if (lexer.text !== '.') return undefined;
      lexer.next();
    }
    word = wordOf(lexer);
  }
  if (word === '') return undefined;
  if (lexer.next() !== 'assign' && lexer.text !== '=') return undefined;
  lexer.next();
  if (value(lexer)) return isGlobal ? NOTHING : restorableOf(word);
  return isGlobal && expression(lexer) ? NOTHING : undefined;
}

function charset(lexer: Lexer, word: string): 'charset' | undefined {
  lexer.next();
  if (word === 'character') {
    if (wordOf(lexer) !== 'set') return undefined;
    lexer.next();
  }
  if (value(lexer)) return 'charset';
  if (word !== 'names' || wordOf(lexer) !== 'collate') return undefined;
  lexer.next();
  return value(lexer) ? 'charset' : undefined;
}

/** Moves past one plain value; true if the item ends after it. */
function value(lexer: Lexer): boolean {
  if (lexer.text === '-' || lexer.text === '+') lexer.next();
  if (!isValue(lexer)) return false;
  lexer.next();
  return isEnd(lexer);
}

const isValue = ({ kind, text }: Lexer): boolean =>
  kind === 'text' || kind === 'quoted' || kind === 'number' || kind === 'word' || text === '?';

const isEnd = ({ kind, text }: Lexer): boolean => kind === 'end' || text === ',' || text === ';';

/** Moves to the end of the item; true if no variable is used or assigned in it. */
function expression(lexer: Lexer): boolean {
  for (let depth = 0; depth > 0 || !isEnd(lexer); lexer.next()) {
    if (lexer.kind === 'end' || lexer.kind === 'assign' || lexer.kind === 'variable') return false;
    if (lexer.text === '(') depth++;
    else if (lexer.text === ')') depth--;
  }
  return true;
}

const wordOf = (lexer: Lexer): string => (lexer.kind === 'word' && lexer.isPlain ? lexer.text.toLowerCase() : '');
