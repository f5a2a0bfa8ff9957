import { isBuiltIn } from './built-in-names.js';
import type { Dialect } from './dialect.js';
import { ANYTHING, bothDirty, oneAfterOther, READ, type Effect } from './effect.js';
import { Lexer, type Reading } from './sql-lexer.js';
import { effectOfFacts, type StatementFacts } from './statement-effect.js';
import type { StatementNotes } from './statement-notes.js';
import {
  EVALUATE_NOTHING,
  OBJECTS,
  PREFIXES,
  VERBS,
  ENDS_HEAD,
  UNTRACKED,
  OF_SEQUENCE,
  MATTERS,
} from './statement-words.js';

const OPEN = 40;
const CLOSE = 41;
const DOT = 46;
const SEMICOLON = 59;
const EQUALS = 61;

/** Reads the statements of a text, in one of the ways in which a server may read it. */
export class StatementReader {
  readonly lexer: Lexer;
  readonly #reading: Reading;
  readonly #dialect: Dialect;
  readonly #notes: StatementNotes | undefined;
  // State of the statement that is being read.
  #first = '';
  #second = '';
  #count = 0;
  #depth = 0;
  #verb: string | undefined;
  #object: string | undefined;
  /** Whether functions that are named here are called when the statement runs, and not only defined into something. */
  #isActive = true;
  /** Whether the column list of the table that an INSERT or a LOAD writes to may still come. */
  #isHead = false;
  #hasWith = false;
  #isTemporary = false;
  #renames = false;
  #hasVariable = false;
  #hasRole = false;
  #isDiagnosing = false;
  /** It has a procedure, a prepared text or a temporary table: what those leave is not always reported. */
  #runsOther = false;
  #isReadOnly = false;
  #isUntracked = false;
  #callsForeign = false;
  #usesHidden = false;
  #writesHidden = false;
  #runsTriggers = false;
  // The previous token.
  #kind: string = '';
  #mark = 0;
  #word = '';
  #from = 0;
  #to = 0;
  #isPlain = true;
  // The (qualified) name that ends with the previous token.
  #isQualified = false;
  #mayBeCalled = false;
  #wordBefore = '';
  /** The depth at which `name (` may be a table that WITH defines: `AS (` must come after the parentheses. -1: none. */
  #suspect = -1;
  #suspectStep: 'inside' | 'closed' | 'as' = 'inside';
  #awaitsClose = false;

  /** @param notes collects what matters to a gateway that carries sessions */
  constructor(sql: string, reading: Reading, dialect: Dialect, notes?: StatementNotes) {
    this.#notes = notes;
    this.lexer = new Lexer(sql, reading);
    this.#reading = reading;
    this.#dialect = dialect;
  }

  /** Whether nothing about the text is certain. */
  get cannotTell(): boolean {
    return this.lexer.isOpaque || this.lexer.hasMixedExecutables;
  }

  /** The effect of all statements together. One that no server can parse does nothing, and ends the text. */
  effect(): Effect | undefined {
    let all: Effect | undefined;
    do {
      const one = this.#statement();
      if (this.lexer.isBroken) return all;
      // A later statement may use what an earlier one has defined, which nobody has looked at.
      if (one !== undefined)
        all = all !== undefined && defines(all) ? bothDirty(all, ANYTHING) : oneAfterOther(all, one);
    } while (this.#dialect.several === true && this.lexer.kind !== 'end');
    return all ?? (this.lexer.executable === undefined && this.#dialect.several !== true ? undefined : READ);
  }

  /**
   * For the body of a trigger: whether it may leave something that no tracker reports. Variables that it sets, and rows
   * that it writes, are reported.
   */
  mayHide(): boolean {
    this.#begin();
    this.#first = 'set';
    this.#isHead = false;
    do this.#scan();
    while (this.lexer.kind !== 'end' && !this.lexer.isBroken);
    return (
      this.#callsForeign ||
      this.#isUntracked ||
      this.#runsOther ||
      this.#hasRole ||
      this.lexer.isBroken ||
      this.cannotTell
    );
  }

  #statement(): Effect | undefined {
    const { lexer } = this;
    this.#begin();
    let kind = lexer.next();
    for (; kind === 'mark' && lexer.sql.charCodeAt(lexer.from) === OPEN; kind = lexer.next()) this.#depth++;
    if (this.#isEnd()) return undefined;
    const isKnown = kind === 'word' && lexer.isPlain;
    this.#first = isKnown ? lexer.text.toLowerCase() : '';
    this.#isActive = !EVALUATE_NOTHING.has(this.#first);
    this.#isHead = this.#first === 'insert' || this.#first === 'replace' || this.#first === 'load';
    this.#hasWith = this.#first === 'with';
    const from = lexer.to;
    this.#remember(this.#first);
    this.#notes?.begin(this.#first);
    this.#scan();
    const facts = this.#facts(from);
    const effect = effectOfFacts(facts, lexer.sql, this.#reading);
    if (!lexer.isBroken) this.#notes?.end(facts, effect, this.#reading);
    return effect;
  }

  #facts(from: number): StatementFacts {
    return {
      first: this.#first,
      second: this.#second,
      count: this.#count,
      verb: this.#verb,
      object: this.#object,
      isTemporary: this.#isTemporary,
      renames: this.#renames,
      hasVariable: this.#hasVariable,
      hasRole: this.#hasRole,
      isReadOnly: this.#isReadOnly,
      isUntracked: this.#isUntracked,
      callsForeign: this.#callsForeign,
      usesHidden: this.#usesHidden,
      writesHidden: this.#writesHidden,
      runsTriggers: this.#runsTriggers,
      set: this.#first === 'set' ? this.lexer.sql.slice(from, Math.max(from, this.#to)) : '',
      setFrom: from,
    };
  }

  #begin(): void {
    this.#second = this.#kind = this.#word = '';
    this.#count = 0;
    this.#depth = 0;
    this.#verb = this.#object = undefined;
    this.#renames = this.#isTemporary = this.#hasVariable = this.#hasRole = this.#isReadOnly = false;
    this.#isUntracked = this.#callsForeign = this.#usesHidden = this.#writesHidden = this.#awaitsClose = false;
    this.#runsTriggers = this.#isDiagnosing = false;
    this.#suspect = -1;
  }

  #isEnd(): boolean {
    const { lexer } = this;
    return lexer.kind === 'end' || (lexer.kind === 'mark' && lexer.sql.charCodeAt(lexer.from) === SEMICOLON);
  }

  /** Moves to the end of the statement, and notes what matters. */
  #scan(): void {
    const { lexer } = this;
    // A broken statement has no effect, whatever comes after.
    for (let kind = lexer.next(); kind !== 'end' && !lexer.isBroken; kind = lexer.next()) {
      if (this.#awaitsClose) {
        this.#awaitsClose = false;
        // LAST_INSERT_ID with an argument sets what it answers.
        if (kind !== 'mark' || lexer.sql.charCodeAt(lexer.from) !== CLOSE) this.#isUntracked = true;
      }
      if (this.#suspect >= 0 && this.#suspectStep !== 'inside') this.#followSuspect();
      this.#notes?.token(lexer, this.#isActive);
      let word = '';
      switch (kind) {
        case 'mark': {
          const mark = lexer.sql.charCodeAt(lexer.from);
          if (mark === SEMICOLON) return this.#end();
          if (mark === OPEN) this.#open();
          else if (mark === CLOSE) this.#close();
          break;
        }
        case 'word':
          word = this.#seeWord();
          this.#seeName();
          break;
        case 'name':
        case 'quoted':
          this.#seeName();
          break;
        case 'variable':
          this.#hasVariable = true;
          if ((this.#word === 'into' || this.#isDiagnosing) && this.#isActive) this.#isUntracked = true;
          break;
        case 'assign':
          if (this.#isActive && (this.#first !== 'set' || this.#kind === 'variable')) this.#isUntracked = true;
          break;
        case 'text':
        case 'number':
        case 'system':
          break;
      }
      this.#remember(word);
    }
    this.#end();
  }

  #end(): void {
    if (this.#suspect >= 0) this.#callsForeign = true;
  }

  #remember(word: string): void {
    const { lexer } = this;
    this.#count++;
    this.#kind = lexer.kind;
    this.#mark = lexer.kind === 'mark' ? lexer.sql.charCodeAt(lexer.from) : 0;
    this.#word = word;
    this.#from = lexer.from;
    this.#to = lexer.to;
    this.#isPlain = lexer.isPlain;
  }

  /** Returns the word in lower case if it is one that matters, otherwise an empty string. */
  #seeWord(): string {
    const { lexer } = this;
    const length = lexer.to - lexer.from;
    if (this.#count === 1) this.#second = lexer.text.toLowerCase();
    if (length > 31 || !lexer.isPlain || MATTERS[length * 32 + (lexer.sql.charCodeAt(lexer.from) & 31)] === 0)
      return '';
    const word = lexer.text.toLowerCase();
    if (this.#depth === 0) this.#seeVerb(word);
    if (this.#isHead && ENDS_HEAD.has(word) && (this.#first !== 'load' || word === 'set')) this.#isHead = false;
    switch (word) {
      case 'select':
      case 'row':
        // CREATE TABLE … SELECT: what came before were its columns.
        if (this.#object === 'table') this.#isActive = true;
        break;
      case 'with':
        this.#hasWith = true;
        break;
      case 'value':
        if ((this.#word === 'next' || this.#word === 'previous') && this.#isActive) this.#isUntracked = true;
        break;
      case 'call':
      case 'execute':
      case 'temporary':
        this.#runsOther = true;
        break;
      case 'release':
        // COMMIT RELEASE makes the server close the connection, which only the next command shows.
        if (this.#first === 'commit' || this.#first === 'rollback') this.#isUntracked = true;
        break;
      case 'diagnostics':
        // GET DIAGNOSTICS assigns to variables that come after it.
        this.#isDiagnosing = true;
        break;
      case 'role':
        this.#hasRole = true;
        break;
      case 'only':
        if (this.#word === 'read') this.#isReadOnly = true;
        break;
      default:
        if (this.#mark === DOT && OF_SEQUENCE.has(word) && this.#isActive) this.#isUntracked = true;
    }
    return word;
  }

  #seeVerb(word: string): void {
    if (this.#first === 'alter' && word === 'rename') this.#renames = true;
    if (this.#first === 'create' || this.#first === 'drop' || this.#first === 'alter') {
      // After the sign comes the user of DEFINER = user.
      if (this.#object !== undefined || this.#mark === EQUALS) return;
      if (word === 'temporary') this.#isTemporary = true;
      else if (word === 'table' || OBJECTS.has(word)) this.#object = word;
      // Its schedule is evaluated at once.
      if (this.#object === 'event') this.#isActive = true;
    } else if (this.#verb === undefined && VERBS.has(word) && PREFIXES.has(this.#first)) {
      this.#verb = word;
      this.#isHead = word === 'insert' || word === 'replace';
    }
  }

  /** A name, or a part of a qualified one. */
  #seeName(): void {
    const { lexer } = this;
    this.#isQualified = this.#mark === DOT;
    if (!this.#isQualified) {
      this.#wordBefore = this.#word;
      // After these comes no operand: the name is an alias, or has a column list after it.
      this.#mayBeCalled = !(
        this.#mark === CLOSE ||
        this.#kind === 'name' ||
        this.#kind === 'quoted' ||
        this.#kind === 'text' ||
        this.#word === 'as' ||
        this.#word === 'into'
      );
    }
    const { hidden } = this.#dialect;
    if (hidden === undefined) return;
    const name = lexer.name.toLowerCase();
    if (hidden.onUse.has(name)) this.#usesHidden = true;
    if (hidden.onWrite.has(name)) this.#writesHidden = true;
    if (hidden.onFailure.has(name)) this.#runsTriggers = true;
  }

  #open(): void {
    // CREATE TABLE … VALUES (…): its rows follow.
    if (this.#object === 'table' && this.#word === 'values') this.#isActive = true;
    const isName = this.#kind === 'word' || this.#kind === 'name' || this.#kind === 'quoted';
    if (this.#suspect >= 0) this.#callsForeign = true;
    else if (isName && this.#isActive && !this.#isHead && this.#mayBeCalled) this.#call();
    this.#depth++;
  }

  /**
   * A parenthesis opens after a name, where an operand may be: this is a call, unless it is known to be something else.
   */
  #call(): void {
    const { lexer } = this;
    if (this.#kind !== 'word' || this.#isQualified) {
      this.#callsForeign = true;
      return;
    }
    const text = lexer.sql.slice(this.#from, this.#to);
    const name = this.#isPlain ? text.toLowerCase() : text;
    if (UNTRACKED.has(name)) this.#isUntracked = true;
    else if (name === 'last_insert_id') this.#awaitsClose = true;
    else if (isBuiltIn(name, lexer.isApart, this.#dialect)) return;
    else if (isClause(name, this.#wordBefore)) return;
    else if (this.#hasWith) {
      this.#suspect = this.#depth;
      this.#suspectStep = 'inside';
    } else this.#callsForeign = true;
  }

  #close(): void {
    this.#depth--;
    if (this.#suspect === this.#depth && this.#suspectStep === 'inside') this.#suspectStep = 'closed';
  }

  /** After `name (…)`: looks whether `AS (` follows. */
  #followSuspect(): void {
    const { lexer } = this;
    const isExpected = lexer.text.toLowerCase() === (this.#suspectStep === 'closed' ? 'as' : '(');
    if (!isExpected) this.#callsForeign = true;
    if (isExpected && this.#suspectStep === 'closed') this.#suspectStep = 'as';
    else this.#suspect = -1;
  }
}

const defines = (effect: Effect): boolean => 'defines' in effect && effect.defines === true;

/** `MEMBER OF (…)` looks like a call of `of`, but is a clause, although a function may have such a name as well. */
const isClause = (name: string, before: string): boolean => name === 'of' && before === 'member';
