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
import { BoundedTexts } from './bounded-texts.js';

/** What a text means for whoever carries sessions from one backend to another. */
export interface Reading {
  readonly effect: Effect;
  /** After it the client keeps its backend, until what proves that the reason is gone. */
  readonly pins: readonly PinReason[];
  /** What of it is known by name. */
  readonly takes?: readonly Hold[];
  /** What is no longer held once it has succeeded. */
  readonly letsGo?: readonly Hold[];
  /** It may release named locks: which are left has to be asked. */
  readonly releasesLocks?: true;
  /** It gives tables other names. */
  readonly renames?: true;
  /** User variables that it sets to literals, by name in lower case. */
  readonly userVariables?: ReadonlyMap<string, Literal>;
  /** User variables that it sets to what its text does not tell: they have to be asked for. */
  readonly asksFor?: readonly string[];
  /** System variables that it sets for the session, by the names in the text in lower case. */
  readonly variables?: readonly string[];
  /** SET NAMES; the collation is undefined where the text does not say it, or the character set where it says DEFAULT. */
  readonly names?: { readonly charset: string | undefined; readonly collation: string | undefined };
  /** Another way to set what SET NAMES sets. */
  readonly setsCharset?: true;
  /** That is by nothing but the names of variables: what the server tells of them is the outcome. */
  readonly setsCharsetByName?: true;
  /** It wants the backend of the statement before: SHOW WARNINGS, GET DIAGNOSTICS, FOUND_ROWS(), ROW_COUNT() … */
  readonly asksDiagnostics?: true;
  /** FOUND_ROWS() is among that. */
  readonly asksFoundRows?: true;
  /** Warnings and errors of the statement before are still there after it. */
  readonly keepsDiagnostics?: true;
  /** SQL_CALC_FOUND_ROWS: the next statement may ask for what it has found. */
  readonly keepsFoundRows?: true;
  /** It names user variables. */
  readonly hasUserVariables?: true;
  /** LAST_INSERT_ID() and its like, or what cannot be seen through. */
  readonly usesInsertId?: true;
  /** LAST_INSERT_ID(n), SET last_insert_id. */
  readonly setsInsertId?: true;
  /** INSERT … RETURNING, LOAD DATA: its OK does not tell of an id that it has made. */
  readonly mayInsert?: true;
  /** It may tell which changes the server tells of, which has to be what the client has asked for. */
  readonly seesTrackers?: true;
  /** It changes that: what else it has done must be read back. */
  readonly setsTrackers?: true;
  /** What its trackers report is put back in silence: SET STATEMENT … FOR. */
  readonly isTemporary?: true;
  /** The text says what a report of a change that tells nothing more is about. */
  readonly isExplained?: true;
  /** What it reports of variables is what its own SETs have set, for good. */
  readonly isOwnSet?: true;
  /** What it does to the transaction that is open. */
  readonly step?: 'savepoint' | 'ends';
  /** The server ends the session once it has done it: COMMIT RELEASE. Undefined: that depends on the completion_type. */
  readonly leaves?: boolean;
  /** Its first word, in lower case; of several statements that of the first. */
  readonly first: string;
  /** It was prepared in another database, which the server enters for it, and leaves. */
  readonly isElsewhere?: true;
  /** It holds more than one statement. */
  readonly isSeveral?: true;
  readonly kill?: { readonly id: number; readonly what: 'query' | 'connection' };
}

const NONE: readonly PinReason[] = [];

/** What the meaning of a text depends on. */
export interface ReadingContext {
  readonly server: ServerKind;
  /** Whether a text may hold several statements. */
  readonly several: boolean;
  readonly sqlMode: string;
  /** The character set of the client. */
  readonly charset: string;
}

/** The readings of all texts that the clients of one pool send, in bounded room. */
export class Readings {
  readonly #contexts = new Map<string, TextReadings>();
  readonly #texts = new BoundedTexts(() => this.#forget());

  /** The readings for sessions of this kind; the same object for the same kind. */
  for(context: ReadingContext): TextReadings {
    const escapes = escapesUnder(context.sqlMode);
    const key = `${context.server} ${context.several} ${escapes} ${context.charset}`;
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

  /** @param sql the bytes of the text, a letter each (latin1) */
  of(sql: string): Reading {
    if (this.#lastReading !== undefined && sql === this.#last) return this.#lastReading;
    const known = this.#known.get(sql);
    if (known !== undefined) {
      this.#last = sql;
      this.#lastReading = known;
      return known;
    }
    const { server, several, escapes, charset } = this.#context;
    const reading = readingOf(sql, { server, several, escapes }, isBeyondAscii(sql) ? charset : '');
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
 * The reading of a text, whose literals are read as `dialect.escapes` says.
 * @param bytes of the text, a letter each
 * @param charset in which they are letters; empty where all are of ASCII
 */
export function readingOf(bytes: string, dialect: Dialect, charset = ''): Reading {
  const sql = charset === '' ? bytes : maskLetters(bytes, charset);
  const plain = !COUNTS_ROWS.test(sql) ? effectOfPlain(sql, dialect.server) : undefined;
  // Of a text that only looks like one, a question is asked in vain.
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
  // Under which other names it is known depends on the collation of names.
  if ([...set.asksFor].some((name) => !IS_NAME.test(name)) || set.asksFor.size > MOST_ASKED) pins.add('user variable');
  else if (set.asksFor.size > 0) set.meaning.asksFor = [...set.asksFor];
  // What it sets for good is told together with what is put back.
  if (set.meaning.isTemporary === true && FOR_SET.test(sql)) pins.add('variable');
  // Who tells nothing of the one statement does not tell what the others do.
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
/** What may be said of variables without their names; nothing: of all. */
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

/** DROP TEMPORARY TABLE and DEALLOCATE are told as changes as well. */
const letsGoOf = (notes: StatementNotes): boolean => notes.letsGo.length > 0;

/** What it takes and lets go, by name. */
function heldBy(sql: string, notes: StatementNotes): Mutable {
  const { releasesLocks, renames } = notes;
  const locks = notes.pins.has('named lock') || releasesLocks ? lockStatementOf(sql) : undefined;
  const takes = notes.isAmbiguous ? [] : [...notes.takes];
  const letsGo = notes.isAmbiguous || notes.firsts.length > 1 ? [] : [...notes.letsGo];
  // A name is asked for as it was written, whatever the sql_mode has become.
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

/** What the SETs in a text say together. */
function meaningOfSet(notes: StatementNotes): { meaning: Mutable; pins: Set<PinReason>; asksFor: Set<string> } {
  const meaning: Mutable = {};
  const pins = new Set<PinReason>();
  const userVariables = new Map<string, Literal>();
  const asksFor = new Set<string>();
  for (const item of notes.items ?? [])
    if (item.kind === 'user' && item.value === undefined) asksFor.add(item.name);
    else bookItem(item, meaning, pins, userVariables);
  if (userVariables.size > 0) {
    // In which order they were said, and which of them was, is not known; nor what an expression has made of them.
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

const CHARSETS = /^(?:character_set_(?:client|connection|results)|collation_connection)$/;
/** They are no mere values, and no tracker tells of them. */
const UNTRACKED: ReadonlyMap<string, PinReason> = new Map([
  ['profiling', 'texts'],
  ['optimizer_trace', 'texts'],
]);

function bookItem(item: SetItem, meaning: Mutable, pins: Set<PinReason>, users: Map<string, Literal>): void {
  switch (item.kind) {
    case 'user':
      // NULL leaves a variable the type that it had a moment before.
      if (!IS_NAME.test(item.name) || (users.has(item.name) && isNull(item.value))) pins.add('user variable');
      else users.set(item.name, item.value!);
      break;
    case 'names':
      // It sets all that was set before.
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
      else if (CHARSETS.test(name)) {
        // Of SET NAMES only the collation of results is left, which cannot be asked for.
        if (meaning.names !== undefined && name !== 'character_set_results') pins.add('variable');
        if (meaning.names === undefined && meaning.setsCharset !== true) meaning.setsCharsetByName = true;
        delete meaning.names;
        meaning.setsCharset = true;
      } else if (name === 'last_insert_id' || name === 'identity') meaning.setsInsertId = true;
      // The clock goes on again.
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

/** KILL [HARD | SOFT] [CONNECTION | QUERY [ID]] n; undefined for every other. */
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
