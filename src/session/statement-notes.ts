import type { Effect } from './effect.js';
import { HOLDING, holdsOf } from './holds-in-text.js';
import type { Hold, PinReason } from './pins.js';
import { itemsOfSet, userVariableName, type SetItem } from './set-items.js';
import type { Lexer, Reading } from './sql-lexer.js';
import { runsUnseen, type StatementFacts } from './statement-effect.js';

/**
 * What matters in a text to a gateway that carries sessions to other backends. A `StatementReader` passes it each token
 * and the end of each statement, so that a text is parsed only once.
 */
export class StatementNotes {
  readonly pins: Set<PinReason> = new Set<PinReason>();
  /** What the text takes and what it releases, as far as known by name. */
  readonly takes: Hold[] = [];
  readonly letsGo: Hold[] = [];
  /** It renames tables. */
  renames = false;
  /** User variables that are assigned to in expressions, in lower case. */
  readonly assigned: Set<string> = new Set<string>();
  readonly firsts: string[] = [];
  /** What its SETs set, in order; undefined if one of them is not understood. */
  items: SetItem[] | undefined = [];
  hasUserVariables = false;
  asksDiagnostics = false;
  asksFoundRows = false;
  keepsFoundRows = false;
  usesInsertId = false;
  setsInsertId = false;
  releasesLocks = false;
  hasSet = false;
  /** Whether servers may read it in more than one way: what it says in one of them does not certainly happen. */
  isAmbiguous = false;
  // State of the statement that is being read.
  #first = '';
  #count = 0;
  /** The previous word. */
  #word = '';
  #before = '';
  #mark = '';
  #isSystem = false;
  #isInto = false;
  #variable = '';
  /** Whether the variable is the one that an item of a SET sets. */
  #isItem = false;
  #depth = 0;
  #mayBeArgument = false;
  /** The tokens of a statement that takes or releases something; names without their quotes. */
  #tokens: string[] = [];

  /** The text as it came; the reader may see it with non-ASCII characters masked. */
  readonly #bytes: string;

  constructor(bytes: string) {
    this.#bytes = bytes;
  }

  /** A statement begins, with this word. */
  begin(first: string): void {
    this.#first = first;
    this.#count = this.#depth = 0;
    this.#word = first;
    this.#mark = this.#variable = '';
    this.#isSystem = this.#isInto = this.#mayBeArgument = false;
    if (first !== '') this.firsts.push(first);
    if (this.#tokens.length > 0) this.#tokens = [];
  }

  readAgain(): void {
    this.isAmbiguous = true;
  }

  /** @param isActive whether the token takes effect when the statement runs, and is no part of what it defines */
  token(lexer: Lexer, isActive: boolean): void {
    this.#count++;
    const { kind } = lexer;
    if (kind === 'variable') this.hasUserVariables = true;
    if (this.#tokens.length < MOST_TOKENS && HOLDING.has(this.#first))
      this.#tokens.push(kind === 'name' || kind === 'quoted' ? lexer.name : lexer.text);
    if (!isActive) return;
    if (this.#mayBeArgument && !(kind === 'mark' && lexer.text === '(')) {
      this.#mayBeArgument = false;
      if (!(kind === 'mark' && lexer.text === ')') && this.#mark === '(') this.setsInsertId = true;
    }
    if (kind === 'assign' && this.#variable !== '' && !this.#isItem) this.assigned.add(this.#variable);
    if (kind === 'variable') {
      this.#variable = userVariableName(lexer.text);
      this.#isItem = this.#first === 'set' && this.#depth === 0 && (this.#count === 1 || this.#mark === ',');
      // LOAD reads columns into variables as well, and GET DIAGNOSTICS puts its answers into some.
      if (this.#isInto || this.#first === 'load' || this.#first === 'get') this.assigned.add(this.#variable);
    } else if (kind === 'word' || kind === 'name') this.#seeWord(lexer);
    else if (kind === 'system') this.#isSystem = true;
    if (kind !== 'variable') {
      if (!(kind === 'mark' && lexer.text === ',')) this.#isInto = this.#word === 'into' && kind === 'word';
      this.#variable = '';
    }
    this.#mark = kind === 'mark' ? lexer.text : '';
    if (this.#mark === '(') this.#depth++;
    else if (this.#mark === ')') this.#depth--;
    if (kind !== 'word') this.#word = '';
  }

  #seeWord(lexer: Lexer): void {
    const word = lexer.name.toLowerCase();
    this.#before = this.#word;
    this.#word = word;
    if (this.#isSystem && !SCOPE.has(word)) {
      this.#isSystem = false;
      if (DIAGNOSTIC_VARIABLES.has(word)) this.asksDiagnostics = true;
      if (word === 'last_insert_id' || word === 'identity') this.usesInsertId = true;
      return;
    }
    switch (word) {
      case 'sql_calc_found_rows':
        this.keepsFoundRows = true;
        break;
      case 'found_rows':
        this.asksFoundRows = true;
        this.asksDiagnostics = true;
        break;
      case 'row_count':
        this.asksDiagnostics = true;
        break;
      case 'last_insert_id':
        this.usesInsertId = true;
        this.#mayBeArgument = true;
        break;
      case 'get_lock':
        this.pins.add('named lock');
        break;
      case 'release_lock':
      case 'release_all_locks':
        this.releasesLocks = true;
        break;
      case 'nextval':
      case 'setval':
      case 'lastval':
        this.pins.add('sequence');
        break;
      case 'value':
        if (this.#before === 'next' || this.#before === 'previous') this.pins.add('sequence');
    }
  }

  /** The statement has ended. */
  end(facts: StatementFacts, effect: Effect, reading: Reading): void {
    const { first, second } = facts;
    if (runsUnseen(facts, effect) || first === 'call' || first === 'execute') {
      this.pins.add('routine');
      this.usesInsertId = true;
    }
    if (facts.isTemporary && first !== 'drop') this.pins.add('temporary table');
    if (first === 'show' && VARIABLES.has(second)) this.usesInsertId = true;
    if (first === 'get' || (first === 'show' && DIAGNOSTICS.has(second))) this.asksDiagnostics = true;
    if (facts.renames || first === 'rename') this.renames = true;
    if (HOLDING.has(first)) this.#hold(first);
    if (first === 'set') this.#set(facts, reading);
    else if (effect.kind === 'dirty' && !EXPLAINED.has(first) && !this.#isExplained()) this.pins.add('text');
  }

  #hold(first: string): void {
    const { takes, letsGo } = holdsOf(first, this.#tokens);
    for (const hold of takes) this.pins.add(hold.reason);
    this.takes.push(...takes);
    this.letsGo.push(...letsGo);
  }

  #isExplained(): boolean {
    return this.pins.size > 0 || this.assigned.size > 0 || this.setsInsertId || this.releasesLocks;
  }

  #set({ set, setFrom }: StatementFacts, reading: Reading): void {
    this.hasSet = true;
    const items = itemsOfSet(set, reading, this.#bytes.slice(setFrom, setFrom + set.length));
    if (items === undefined) {
      this.items = undefined;
      this.pins.add('text');
    } else this.items?.push(...items);
  }
}

const SCOPE: ReadonlySet<string> = new Set(['session', 'local', 'global']);
const DIAGNOSTICS: ReadonlySet<string> = new Set(['warnings', 'errors', 'count']);
/** SHOW VARIABLES shows the last insert id among others. */
const VARIABLES: ReadonlySet<string> = new Set(['variables', 'session', 'local']);
const DIAGNOSTIC_VARIABLES: ReadonlySet<string> = new Set(['warning_count', 'error_count']);

// Enough for a list of tables.
const MOST_TOKENS = 200;

/** What these leave is seen by every session, or reported by the trackers and the status. */
const EXPLAINED: ReadonlySet<string> = new Set(
  (
    'lock unlock flush handler backup get reset change stop install uninstall cache shutdown restart kill deallocate ' +
    'signal resignal commit rollback drop'
  ).split(' '),
);
