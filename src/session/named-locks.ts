import { Lexer } from './sql-lexer.js';

/** The name of a lock as the statement has it, an expression, and which placeholders of the statement are in it. */
export interface LockName {
  readonly sql: string;
  /** How many placeholders come before it, and how many it contains. */
  readonly before: number;
  readonly placeholders: number;
  /** Whether it is a single literal or placeholder. Any other expression may have another value the next time. */
  readonly isPlain: boolean;
}

/** What a statement does that takes or releases named locks, and does nothing else. */
export interface LockStatement {
  readonly does: 'take' | 'release' | 'releaseAll';
  /** Empty for `releaseAll`. */
  readonly names: readonly LockName[];
}

const CALLS = /\b(?:get_lock|release_lock|release_all_locks)\s*\(/i;

const RELEASES = /\brelease_(?:all_)?locks?\b/i;

/** Whether a statement may release a named lock by its own text; routines that it calls are not considered. */
export const mayReleaseLock = (sql: string): boolean => RELEASES.test(sql);

const DOES: ReadonlyMap<string, LockStatement['does']> = new Map([
  ['get_lock', 'take'],
  ['release_lock', 'release'],
  ['release_all_locks', 'releaseAll'],
]);

/** Words of statements that call only built-in functions, and yet leave more behind than locks and variables. */
const LEAVES_MORE: ReadonlySet<string> = new Set(['into', 'value', 'nextval', 'lastval', 'setval', 'last_insert_id']);

/**
 * Analyses a statement that takes or releases named locks. Undefined for any other, for one that does more, and for one
 * whose tokens are not certain. Called only for statements that call no unknown function.
 */
export function lockStatementOf(sql: string): LockStatement | undefined {
  if (!CALLS.test(sql)) return undefined;
  const lexer = new Lexer(sql);
  lexer.next();
  const first = lexer.text.toLowerCase();
  if (lexer.kind !== 'word' || (first !== 'select' && first !== 'do')) return undefined;
  const names: LockName[] = [];
  let does: LockStatement['does'] | undefined;
  let placeholders = 0;
  for (let kind = lexer.next(); kind !== 'end'; kind = lexer.next()) {
    if (kind === 'variable' || kind === 'assign') return undefined;
    if (lexer.text === '?') placeholders++;
    if (lexer.text === ';') return lexer.next() === 'end' ? whole(lexer, does, names) : undefined;
    const word = kind === 'word' ? lexer.text.toLowerCase() : '';
    if (LEAVES_MORE.has(word)) return undefined;
    const called = DOES.get(word);
    if (called === undefined) continue;
    if ((does ?? called) !== called || (lexer.next(), lexer.text) !== '(') return undefined;
    does = called;
    if (called === 'releaseAll') continue;
    const name = nameAt(lexer, placeholders);
    if (name === undefined) return undefined;
    placeholders += name.placeholders;
    names.push(name);
  }
  return whole(lexer, does, names);
}

function whole(lexer: Lexer, does: LockStatement['does'] | undefined, names: LockName[]): LockStatement | undefined {
  const { isBroken, isOpaque, executable, hasEscapeInText, hasEscapeInQuoted } = lexer;
  const isSure = !isBroken && !isOpaque && executable === undefined && !hasEscapeInText && !hasEscapeInQuoted;
  return does === undefined || !isSure ? undefined : { does, names };
}

/** The first argument of the call at whose parenthesis the lexer stands. Moves to the comma or parenthesis after it. */
function nameAt(lexer: Lexer, before: number): LockName | undefined {
  // Without comments around it, as one may go on to the end of its line.
  let from = lexer.to;
  let to = from;
  let placeholders = 0;
  let depth = 0;
  let tokens = 0;
  let literals = 0;
  for (let kind = lexer.next(); kind !== 'end'; kind = lexer.next()) {
    const { text } = lexer;
    if (kind === 'variable' || kind === 'assign' || text === ';') return undefined;
    // Evaluating such a name again would itself take or release a lock.
    if (kind === 'word' && DOES.has(text.toLowerCase())) return undefined;
    if (depth === 0 && (text === ',' || text === ')')) {
      const sql = lexer.sql.slice(from, to);
      return tokens === 0 ? undefined : { sql, before, placeholders, isPlain: tokens === 1 && literals === 1 };
    }
    if (tokens++ === 0) from = lexer.from;
    to = lexer.to;
    if (kind === 'text' || kind === 'quoted' || text === '?') literals++;
    if (text === '?') placeholders++;
    else if (text === '(') depth++;
    else if (text === ')') depth--;
  }
  return undefined;
}
