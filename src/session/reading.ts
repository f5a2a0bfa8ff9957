import type { ServerKind } from './built-in-names.js';
import type { Dialect } from './dialect.js';
import type { Effect } from './effect.js';
import { effectOfPlain } from './plain-statement.js';
import type { Hold, PinReason } from './pins.js';
import { mayKeepDiagnostics } from './kept-diagnostics.js';
import { lockStatementOf } from './named-locks.js';
import type { Literal, SetItem } from './set-items.js';
import { Lexer, type Reading as LexerReading } from './sql-lexer.js';
import { isBeyondAscii, maskLetters } from './multi-byte.js';
import { effectOfAny } from './statement.js';
import { transactionStepOf } from './transaction-text.js';
import { StatementNotes } from './statement-notes.js';
import { CHARSET_VARIABLES } from './tracked.js';
import { BoundedTexts } from './bounded-texts.js';

/** What a text means to a gateway that carries sessions from one backend to another. */
export interface Reading {
  readonly effect: Effect;
  /** Reasons for which the client keeps its backend afterwards, until it is proven that the reason is gone. */
  readonly pins: readonly PinReason[];
  /** What it takes that is known by name. */
  readonly takes?: readonly Hold[];
  /** What it releases, if it succeeds. */
  readonly letsGo?: readonly Hold[];
  /** It may release named locks: the server has to be asked which are left. */
  readonly releasesLocks?: true;
  /** It renames tables. */
  readonly renames?: true;
  /** User variables that it sets to literals, by name in lower case. */
  readonly userVariables?: ReadonlyMap<string, Literal>;
  /** User variables that it sets to values that its text does not tell: they have to be asked for. */
  readonly asksFor?: readonly string[];
  /** System variables that it sets for the session, by their names in the text, in lower case. */
  readonly variables?: readonly string[];
  /** SET NAMES. `collation` is undefined without COLLATE, `charset` with DEFAULT. */
  readonly names?: { readonly charset: string | undefined; readonly collation: string | undefined };
  /** It sets what SET NAMES sets, in another way. */
  readonly setsCharset?: true;
  /** It does so only by the names of variables: what the server reports of them is the outcome. */
  readonly setsCharsetByName?: true;
  /**
   * It asks about the previous statement, on its backend: SHOW WARNINGS, GET DIAGNOSTICS, FOUND_ROWS(), ROW_COUNT() …
   */
  readonly asksDiagnostics?: true;
  /** It uses FOUND_ROWS(). */
  readonly asksFoundRows?: true;
  /** Warnings and errors of the previous statement are still there after it. */
  readonly keepsDiagnostics?: true;
  /** SQL_CALC_FOUND_ROWS: the next statement may use FOUND_ROWS(). */
  readonly keepsFoundRows?: true;
  /** It names user variables. */
  readonly hasUserVariables?: true;
  /** It uses LAST_INSERT_ID() or the like, or runs something that cannot be seen. */
  readonly usesInsertId?: true;
  /** It sets the insert id: LAST_INSERT_ID(n), SET last_insert_id. */
  readonly setsInsertId?: true;
  /** INSERT … RETURNING, LOAD DATA: its OK does not report an id that it has generated. */
  readonly mayInsert?: true;
  /** It may show the session's trackers, which then have to be those that the client has asked for. */
  readonly seesTrackers?: true;
  /** It sets the session's trackers: what else it has set must be read back. */
  readonly setsTrackers?: true;
  /** SET STATEMENT … FOR: what it reports of variables is restored without a report. */
  readonly isTemporary?: true;
  /** The text explains a change that is reported without details. */
  readonly isExplained?: true;
  /** What it reports of variables was set by its own SETs, for good. */
  readonly isOwnSet?: true;
  /** What it does to the open transaction. */
  readonly step?: 'savepoint' | 'ends';
  /**
   * Whether the server closes the session afterwards: COMMIT RELEASE. Undefined: that depends on the completion_type.
   */
  readonly leaves?: boolean;
  /** Its first word, in lower case; of several statements that of the first. */
  readonly first: string;
  /** It was prepared in another database, which the server enters for it, and leaves again. */
  readonly isElsewhere?: true;
  /** It contains more than one statement. */
  readonly isSeveral?: true;
  readonly kill?: { readonly id: number; readonly what: 'query' | 'connection' };
}

const NONE: readonly PinReason[] = [];

/** What the meaning of a text depends on. */
export interface ReadingContext {
  readonly server: ServerKind;
  /** As `versionIn` reads it. */
  readonly version?: number | undefined;
  /** Whether a text may contain several statements. */
  readonly several: boolean;
  readonly sqlMode: string;
  /** The character set of the client. */
  readonly charset: string;
}

/** Caches the readings of all texts that the clients of one pool send, in bounded memory. */
export class Readings {
  readonly #contexts = new Map<string, TextReadings>();
  readonly #texts = new BoundedTexts(() => this.#forget());

  /** The readings for sessions of this kind; the same object for the same kind. */
  for(context: ReadingContext): TextReadings {
    const escapes = escapesUnder(context.sqlMode);
    const key = `${context.server} ${context.version} ${context.several} ${escapes} ${context.charset}`;
    let readings = this.#contexts.get(key);
    if (readings === undefined) {
      readings = new TextReadings(this.#texts, { ...context, escapes });
      this.#contexts.set(key, readings);
    }
    return readings;
  }

  of(text: string, context: ReadingContext): Reading {
    return this.for(context).of(text);
  }

  #forget(): void {
    for (const readings of this.#contexts.values()) readings.forget();
  }
}

/** The readings of texts under one context. */
export class TextReadings {
  readonly #texts: BoundedTexts;
  readonly #context: ReadingContext & { readonly escapes: LexerReading['escapes'] };
  readonly #known = new Map<string, Reading>();
  #last = '';
  #lastReading: Reading | undefined;

  /** @internal made by `Readings` */
  constructor(texts: BoundedTexts, context: ReadingContext & { readonly escapes: LexerReading['escapes'] }) {
    this.#texts = texts;
    this.#context = context;
  }

  /** @param sql the bytes of the text, one character each (latin1) */
  of(sql: string): Reading {
    if (this.#lastReading !== undefined && sql === this.#last) return this.#lastReading;
    const known = this.#known.get(sql);
    if (known !== undefined) {
      this.#last = sql;
      this.#lastReading = known;
      return known;
    }
    const { server, version, several, escapes, charset } = this.#context;
    const reading = readingOf(sql, { server, version, several, escapes }, isBeyondAscii(sql) ? charset : '');
    if (this.#texts.keep(sql)) this.#known.set(sql, reading);
    return reading;
  }

  /** @internal */
  forget(): void {
    this.#known.clear();
    this.#lastReading = undefined;
  }
}

/** What a backslash does in literals under a sql_mode. */
function escapesUnder(sqlMode: string): LexerReading['escapes'] {
  if (sqlMode.includes('NO_BACKSLASH_ESCAPES')) return 'never';
  return sqlMode.includes('ANSI_QUOTES') ? 'in texts' : 'in both';
}

const FOR_SET = /\bfor\s+set\b/i;
const FIRST = /^\s*(\w*)/;
const RETURNS = /\breturning\b/i;
const INSERTS = /\b(?:insert|replace)\b/i;
const LOADS = /\bload\s+(?:data|xml)\b/i;
const COUNTS_ROWS = /found_rows|row_count/i;

/**
 * Analyses a text, whose literals are read as `dialect.escapes` says.
 * @param bytes of the text, one character each
 * @param charset of the text; empty when it is all ASCII
 */
export function readingOf(bytes: string, dialect: Dialect, charset = ''): Reading {
  const sql = charset === '' ? bytes : maskLetters(bytes, charset);
  const plain = !COUNTS_ROWS.test(sql) ? effectOfPlain(sql, dialect) : undefined;
  // A text that only looks like one of these costs a needless question.
  const mayInsert = (RETURNS.test(sql) && INSERTS.test(sql)) || LOADS.test(sql);
  const returns = mayInsert && { mayInsert: true as const };
  if (plain !== undefined) {
    const first = FIRST.exec(sql)![1]!.toLowerCase();
    const keeps = mayKeepDiagnostics(first, sql, dialect.server) && { keepsDiagnostics: true as const };
    return { effect: plain, pins: NONE, first, ...keeps, ...returns };
  }
  const notes = new StatementNotes(bytes);
  const effect = effectOfAny(sql, dialect, notes);
  const pins = new Set(notes.pins);
  const set = meaningOfSet(notes);
  for (const pin of set.pins) pins.add(pin);
  for (const name of notes.assigned) set.asksFor.add(name);
  // A name with other characters may have several spellings, depending on the collation of names.
  if ([...set.asksFor].some((name) => !IS_NAME.test(name)) || set.asksFor.size > MOST_ASKED) pins.add('user variable');
  else if (set.asksFor.size > 0) set.meaning.asksFor = [...set.asksFor];
  // SET STATEMENT … FOR SET: what it sets for good is reported together with what is restored.
  if (set.meaning.isTemporary === true && FOR_SET.test(sql)) pins.add('variable');
  // Once one statement has set the trackers, changes by the others may not be reported.
  if (set.meaning.setsTrackers === true && notes.firsts.length > 1) pins.add('text');
  const isOwnSet = notes.hasSet && !pins.has('routine') && !pins.has('text');
  const isExplained = isOwnSet || pins.has('temporary table') || pins.has('prepared text') || pins.has('routine');
  const kill = notes.firsts.includes('kill') ? killIn(sql) : undefined;
  return {
    effect,
    pins: pins.size === 0 ? NONE : [...pins],
    first: notes.firsts[0] ?? '',
    ...heldBy(sql, notes),
    ...set.meaning,
    ...(notes.firsts.length > 1 && { isSeveral: true }),
    ...stepOf(sql, notes.firsts),
    ...(notes.asksDiagnostics && { asksDiagnostics: true }),
    ...(notes.asksFoundRows && { asksFoundRows: true }),
    ...(mayKeepDiagnostics(notes.firsts[0] ?? '', sql, dialect.server) && { keepsDiagnostics: true }),
    ...(notes.keepsFoundRows && { keepsFoundRows: true }),
    ...returns,
    ...(notes.hasUserVariables && { hasUserVariables: true }),
    ...(notes.usesInsertId && { usesInsertId: true }),
    ...(seesTrackers(sql, notes.firsts) && { seesTrackers: true }),
    ...((notes.setsInsertId || set.meaning.setsInsertId === true) && { setsInsertId: true }),
    ...((isExplained || (set.meaning.variables === undefined && letsGoOf(notes))) && { isExplained: true }),
    ...(isOwnSet && { isOwnSet: true }),
    ...(kill !== undefined && { kill }),
  };
}

const NAMES_TRACKERS = /session[\\_%]*track/i;
const SHOWS_VARIABLES = /\bshow\s+(?:session\s+|local\s+)?variables\b(.*)/is;
/** Conditions of SHOW VARIABLES that may match the trackers without naming them; no condition shows all. */
const MEANS_MANY = /^[\s;]*$|\b(?:not|regexp|rlike)\b|[<>!]|\blike\s*['"](?:[%_]|s[%_]|se[%_s])/i;

function seesTrackers(sql: string, firsts: readonly string[]): boolean {
  if (NAMES_TRACKERS.test(sql)) return true;
  const said = firsts.includes('show') ? SHOWS_VARIABLES.exec(sql) : null;
  return said !== null && MEANS_MANY.test(said[1]!);
}

const STAYS = /\bno\s+release\W*$/i;
const LEAVES = /(?<!\bno\s+)\brelease\W*$/i;

function stepOf(sql: string, firsts: readonly string[]): Mutable {
  const last = firsts.at(-1);
  if (firsts.includes('savepoint')) return { step: 'savepoint' };
  const isEnd =
    last === 'commit' || (last === 'rollback' && firsts.length === 1 && transactionStepOf(sql) === 'rollback');
  if (!isEnd) return {};
  const leaves = LEAVES.test(sql) ? true : STAYS.test(sql) ? false : undefined;
  return { step: 'ends', ...(leaves !== undefined && { leaves }) };
}

/** DROP TEMPORARY TABLE and DEALLOCATE are reported as changes as well. */
const letsGoOf = (notes: StatementNotes): boolean => notes.letsGo.length > 0;

/** What a text takes and releases, by name. */
function heldBy(sql: string, notes: StatementNotes): Mutable {
  const { releasesLocks, renames } = notes;
  const locks = notes.pins.has('named lock') || releasesLocks ? lockStatementOf(sql) : undefined;
  const takes = notes.isAmbiguous ? [] : [...notes.takes];
  const letsGo = notes.isAmbiguous || notes.firsts.length > 1 ? [] : [...notes.letsGo];
  // The name is asked for later as it was written, perhaps under another sql_mode: it has to mean the same in each.
  const areKnown = locks?.names.every(({ sql: name, isPlain }) => isPlain && PLAIN_TEXT.test(name)) === true;
  if (locks?.does === 'take' && areKnown)
    for (const { sql: name } of locks.names) takes.push({ reason: 'named lock', name: `'${name.slice(1, -1)}'` });
  if (locks?.does === 'releaseAll') letsGo.push({ reason: 'named lock' });
  return {
    ...(takes.length > 0 && { takes }),
    ...(letsGo.length > 0 && { letsGo }),
    ...(releasesLocks && locks?.does !== 'releaseAll' && { releasesLocks: true }),
    ...(renames && { renames: true }),
  };
}

const PLAIN_TEXT = /^['"][ !#-&(-[\]-_a-~]*['"]$/;

type Mutable = { -readonly [Key in keyof Reading]?: Reading[Key] };

/** What the SETs in a text set together. */
function meaningOfSet(notes: StatementNotes): { meaning: Mutable; pins: Set<PinReason>; asksFor: Set<string> } {
  const meaning: Mutable = {};
  const pins = new Set<PinReason>();
  const userVariables = new Map<string, Literal>();
  const asksFor = new Set<string>();
  for (const item of notes.items ?? [])
    if (item.kind === 'user' && item.value === undefined) asksFor.add(item.name);
    else bookItem(item, meaning, pins, userVariables);
  if (userVariables.size > 0) {
    // Otherwise it is not known which of them ran, and in which order, or what an expression has changed.
    const isSure = !notes.isAmbiguous && notes.firsts.length === 1 && asksFor.size === 0 && notes.assigned.size === 0;
    if (isSure) meaning.userVariables = userVariables;
    else for (const name of userVariables.keys()) asksFor.add(name);
  }
  if (notes.isAmbiguous || notes.firsts.length > 1) delete meaning.setsCharsetByName;
  if (meaning.names !== undefined && notes.isAmbiguous) {
    delete meaning.names;
    meaning.setsCharset = true;
  }
  return { meaning, pins, asksFor };
}

const IS_NAME = /^[\w$.]+$/;
const MOST_ASKED = 30;

const isNull = (value: Literal | undefined): boolean => value?.kind === 'word' && value.sql === 'NULL';

/** These are more than values, and no tracker reports them. */
const UNTRACKED: ReadonlyMap<string, PinReason> = new Map([
  ['profiling', 'texts'],
  ['optimizer_trace', 'texts'],
]);

function bookItem(item: SetItem, meaning: Mutable, pins: Set<PinReason>, users: Map<string, Literal>): void {
  switch (item.kind) {
    case 'user':
      // Setting a variable to NULL keeps the type that it had just before.
      if (!IS_NAME.test(item.name) || (users.has(item.name) && isNull(item.value))) pins.add('user variable');
      else users.set(item.name, item.value!);
      break;
    case 'names':
      // It overrides everything that was set before.
      meaning.names = { charset: item.charset, collation: item.collation };
      delete meaning.setsCharset;
      delete meaning.setsCharsetByName;
      break;
    case 'charset':
      delete meaning.names;
      delete meaning.setsCharsetByName;
      meaning.setsCharset = true;
      break;
    case 'other':
      bookOther(item.words, meaning, pins);
      break;
    case 'system': {
      const { name, scope } = item;
      if (scope === 'global') break;
      if (name.startsWith('session_track_')) meaning.setsTrackers = true;
      else if (CHARSET_VARIABLES.has(name)) {
        // Of SET NAMES only the collation of results is left, and no query shows that.
        if (meaning.names !== undefined && name !== 'character_set_results') pins.add('variable');
        if (meaning.names === undefined && meaning.setsCharset !== true) meaning.setsCharsetByName = true;
        delete meaning.names;
        meaning.setsCharset = true;
      } else if (name === 'last_insert_id' || name === 'identity') meaning.setsInsertId = true;
      // SET timestamp = DEFAULT: the clock runs again.
      if (name === 'timestamp' && item.value?.kind === 'word' && item.value.sql === 'DEFAULT') {
        meaning.letsGo = [{ reason: 'variable', name }];
        break;
      }
      const reason = UNTRACKED.get(name);
      if (reason !== undefined) pins.add(reason);
      else meaning.variables = [...(meaning.variables ?? []), name];
    }
  }
}

function bookOther([first, second]: readonly string[], meaning: Mutable, pins: Set<PinReason>): void {
  if (first === 'role') pins.add('role');
  else if (first === 'resource') pins.add('resource group');
  else if (first === 'statement') meaning.isTemporary = true;
  else if (first === 'transaction' || second === 'transaction' || first === 'password') return;
  else if (first !== 'default') pins.add('text');
}

/** KILL [HARD | SOFT] [CONNECTION | QUERY [ID]] n; undefined for anything else. */
function killIn(sql: string): Reading['kill'] {
  const lexer = new Lexer(sql);
  let what: 'query' | 'connection' = 'connection';
  while (lexer.next() === 'word') {
    const word = lexer.text.toLowerCase();
    if (word === 'query') what = 'query';
    else if (!/^(?:kill|hard|soft|connection|id)$/.test(word)) return undefined;
  }
  if (lexer.kind !== 'number') return undefined;
  const id = Number(lexer.text);
  const next = lexer.next();
  return next === 'end' || lexer.text === ';' ? { id, what } : undefined;
}
