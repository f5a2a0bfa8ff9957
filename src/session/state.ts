import type { Effect } from './effect.js';
import { restorableOf, type SessionVariables } from './variables.js';

// Of the status that every OK carries.
const IN_TRANSACTION = 0x0001;
const AUTOCOMMIT = 0x0002;

/** What the trackers of the server tell in an answer. */
export interface Change {
  /** The default database, when it was set. */
  readonly schema: string | null;
  /** The system variables that were set, by the server's names. */
  readonly variables: Readonly<Record<string, string>>;
  /** Something was changed, whatever it is. */
  readonly isStateChanged: boolean;
}

/** Who the session acts as, and where. No reset takes that back. */
export interface Identity {
  readonly user: string | null;
  readonly role: string | null;
  /** The default database. */
  readonly schema: string | null;
}

// A server prepares a statement for their values of the moment: MySQL even names months in the language of that moment.
const BOUND: readonly string[] = ['sql_mode', 'lc_time_names', 'time_zone', 'group_concat_max_len'];

const SET_UP: Effect = { kind: 'set', variables: [] };
const END: Effect = { kind: 'write' };

/**
 * What is known of a session from the texts that were sent and from what the server answered: at any time, what must be
 * done to make it as it was. A text is booked when it is sent where that can only make the session worse; whatever a
 * later answer takes back is booked in the order of answers, as several statements may be under way.
 */
export class SessionState {
  readonly variables: SessionVariables;
  /** Whether the server tells of changes. Without that only reading leaves a session provably clean. */
  isTracked = false;
  /** The default database of a clean session. */
  firstSchema: string;
  /** Who a clean session acts as; undefined when the server does not tell. */
  identity: Identity | undefined;
  /** What the server has every new session do cannot be done again, so that a reset does not make it as new. */
  hasOwnStart = false;
  /** The status of a clean session: some servers begin without autocommit. */
  #firstStatus = AUTOCOMMIT;
  #status = AUTOCOMMIT;
  #schema: string;
  readonly #changed = new Set<string>();
  /** What the server said the changed variables are now. */
  readonly #told = new Map<string, string>();
  #isDirty = false;
  /** A clean session may have temporary tables that its init has made. */
  mayHaveTables = false;
  /** Temporary tables of the borrower's, as they are written in SQL; all of the default database that it was lent with. */
  readonly #temporary = new Set<string>();
  /** Without trackers: something other than a plain read was sent. */
  #isUnseen = false;
  /** A statement that failed, such as a CALL, may have begun a transaction before. */
  #isUnsure = false;
  /** SET TRANSACTION without SESSION has been said, and no transaction has begun since. */
  #hasNext = false;
  #hasAskedForReadOnly = false;
  #hasOtherUser = false;
  #hasOtherRole = false;
  #mayHaveOtherRole = false;
  #hasUsedXa = false;
  #keepsTexts = false;
  /** What plain SETs have made of the variables that a prepared statement is bound to. */
  #bound = '';
  #firstBound = '';
  /** Counts the changes whose outcome is not known well enough to compare: of the character set, or by a routine. */
  #unknowns = 0;
  #firstUnknowns = 0;
  #cleanUnder = '';
  #under: string | undefined = '';

  /** @param schema the default database that the session was opened with */
  constructor(variables: SessionVariables, schema: string) {
    this.variables = variables;
    this.firstSchema = schema;
    this.#schema = schema;
  }

  /** Whether a transaction is open, or may be. */
  get inTransaction(): boolean {
    return (this.#status & IN_TRANSACTION) !== 0;
  }

  /** Whether there may be something to roll back: without autocommit a mere SELECT begins a transaction. */
  get mayHaveTransaction(): boolean {
    return this.#isUnsure || (this.#status & (IN_TRANSACTION | AUTOCOMMIT)) !== AUTOCOMMIT;
  }

  /** Whether only a full reset makes it clean. */
  get isDirty(): boolean {
    return this.#isDirty || this.#hasNext;
  }

  /** Temporary tables that have to be dropped, where nothing else takes a reset. */
  get temporary(): ReadonlySet<string> {
    return this.#temporary;
  }

  /** The server does not tell what changes, and something may have. */
  get isUnseen(): boolean {
    return this.#isUnseen;
  }

  /** The variables that may differ from their first values. */
  get changed(): ReadonlySet<string> {
    return this.#changed;
  }

  get hasOtherSchema(): boolean {
    return this.#schema !== this.firstSchema;
  }

  /** Another user may be logged in now, or another role active, or another's rights used. */
  get isForeign(): boolean {
    return this.#hasOtherUser || this.#hasOtherRole;
  }

  /** What was said may have changed the role, or the database in silence, but need not have: the server must be asked. */
  get mayHaveOtherRole(): boolean {
    return this.#mayHaveOtherRole;
  }

  /** A distributed transaction is neither committed nor rolled back: only its own session can end it, or nobody. */
  get hasUnfinishedXa(): boolean {
    return this.#hasUsedXa && (this.inTransaction || this.#isUnsure);
  }

  /** The server keeps texts of its statements, which its own session can read, whatever is reset. */
  get keepsTexts(): boolean {
    return this.#keepsTexts;
  }

  /** The borrower has asked for transactions that only read, so that a refused write says nothing about the server. */
  get hasAskedForReadOnly(): boolean {
    return this.#hasAskedForReadOnly;
  }

  /** There is nothing to be done before somebody else may have it. */
  get isClean(): boolean {
    return (
      !this.#isDirty &&
      !this.#hasNext &&
      this.#temporary.size === 0 &&
      !this.#isUnseen &&
      !this.mayHaveTransaction &&
      this.#changed.size === 0 &&
      !this.hasOtherSchema
    );
  }

  /**
   * A name for the database, sql_mode, language and character set that a statement prepared now is bound to. A prepared statement
   * may be used again only under the same name; undefined: never.
   */
  get preparedUnder(): string | undefined {
    return this.#under;
  }

  /** A statement with this effect goes to the server. */
  sent(effect: Effect): void {
    if (effect.kind === 'read') return;
    if (!this.isTracked) {
      this.#isUnseen = true;
      this.#under = undefined;
    }
    // ALTER and RENAME give a table another name.
    if ('defines' in effect && this.#temporary.size > 0) this.#isDirty = true;
    if (effect.kind === 'dirty') {
      if (effect.temporary === undefined) this.#isDirty = true;
      else this.#noteTables(effect.temporary.names);
      if (effect.foreign === true) this.#hasOtherRole = true;
      if (effect.mayChangeRole === true) this.#mayHaveOtherRole = true;
      if (effect.xa === true) this.#hasUsedXa = true;
      if (effect.keepsTexts === true) this.#keepsTexts = true;
    } else if (effect.kind === 'set') for (const variable of effect.variables) this.#changed.add(variable);
    if (effect.readOnly === true) this.#hasAskedForReadOnly = true;
  }

  /** Some may be made by now. It is not sure which are whose where an init has made some, or the database was changed. */
  #noteTables(names: readonly string[]): void {
    if (this.mayHaveTables || this.hasOwnStart || this.hasOtherSchema) this.#isDirty = true;
    for (const name of names) this.#temporary.add(name);
  }

  /** The server has said OK to a statement with this effect. */
  answered(effect: Effect, status: number, change?: Change): void {
    this.#status = status;
    this.#isUnsure = false;
    if (this.inTransaction) this.#hasNext = false;
    if (effect.kind === 'next') this.#hasNext = true;
    const isSet = effect.kind === 'set';
    if (isSet && effect.variables.includes('charset')) this.#unknowns++;
    const tables = effect.kind === 'dirty' ? effect.temporary : undefined;
    if (tables?.does === 'make') this.#noteTables(tables.names);
    else if (tables !== undefined) for (const name of tables.names) this.#temporary.delete(name);
    if (change !== undefined) this.#book(change, effect.kind, tables !== undefined);
    else if (!isSet) return;
    this.#rename();
  }

  /** @param isAboutTables whether it made or dropped temporary tables, of which the server says that something has changed */
  #book({ schema, variables, isStateChanged }: Change, kind: Effect['kind'], isAboutTables: boolean): void {
    const isSet = kind === 'set';
    if (schema !== null) {
      this.#schema = schema;
      if (this.#temporary.size > 0) this.#isDirty = true;
    }
    for (const name of Object.keys(variables)) {
      const variable = restorableOf(name);
      if (variable === undefined) continue;
      this.#changed.add(variable);
      this.#told.set(variable, variables[name]!);
      // What a routine has set may be undone again when it ends, which nothing tells.
      if (!isSet && (BOUND.includes(variable) || variable === 'charset')) this.#unknowns++;
    }
    if (BOUND.some((variable) => this.#told.has(variable)))
      this.#bound = BOUND.map((variable) => this.#told.get(variable) ?? this.variables.first.get(variable)).join('/');
    // A trigger or a stored function may have set anything, which only this flag gives away.
    if (isStateChanged && schema === null && !isSet && !isAboutTables) {
      this.#isDirty = true;
      // What the text of a dirty statement may do is known from it; here somebody else has done it.
      if (kind !== 'dirty') this.#mayHaveOtherRole = true;
    }
  }

  #rename(): void {
    if (!this.isTracked && this.#isUnseen) return;
    const isFirst =
      this.#schema === this.firstSchema && this.#bound === this.#firstBound && this.#unknowns === this.#firstUnknowns;
    this.#under = isFirst ? this.#cleanUnder : `${this.#unknowns}/${this.#bound}/${this.#schema}`;
  }

  /** The server has refused a statement with this effect, or the connection is gone. */
  failed(effect: Effect): void {
    if (effect.kind === 'dirty') this.#isUnsure = true;
    if (effect.kind === 'dirty' && effect.temporary !== undefined) this.#noteTables(effect.temporary.names);
    if (effect.kind === 'write' && effect.runsTriggers === true) this.#isDirty = true;
  }

  /** Something happened to it that nobody can see through. */
  markDirty(): void {
    this.#isDirty = true;
    this.#mayHaveOtherRole = true;
  }

  /** The server said with the end of rows that something has changed. */
  markStateChanged(): void {
    this.markDirty();
  }

  /** Somebody has begun to log in again on the same connection. */
  markOtherUser(): void {
    this.#hasOtherUser = true;
  }

  /** What has a bound is within it again. */
  bounded(): void {
    for (const variable of this.variables.bounded) this.#changed.delete(variable);
  }

  /** COMMIT or ROLLBACK has been answered. */
  ended(status: number): void {
    this.answered(END, status);
  }

  /** The loan is over and the session is clean: what counts for one borrower only is forgotten. */
  endLoan(): void {
    this.#hasAskedForReadOnly = false;
  }

  /** Takes what the answer to the set-up says as the state of a clean session. */
  begin(status: number, change: Change | undefined): void {
    this.answered(SET_UP, status, change);
    this.isTracked = this.#told.size > 0;
    this.adopt();
    // The set-up has fixed it, and SET NAMES says it again whenever that is needed.
    this.variables.first.set('charset', '');
  }

  /** As it is now, so it shall be whenever it is lent. */
  adopt(): void {
    this.variables.learn(this.#told);
    for (const variable of this.#changed) {
      if (!this.#told.has(variable) || variable === 'charset') this.variables.first.delete(variable);
    }
    this.firstSchema = this.#schema;
    this.#firstStatus = this.#status & AUTOCOMMIT;
    this.#firstBound = this.#bound;
    this.#firstUnknowns = this.#unknowns;
    this.#cleanUnder = this.#under ?? '';
    this.#hasOtherRole = false;
    this.forget();
  }

  /** The server says which its default database is. */
  startsIn(schema: string | null): void {
    this.firstSchema = this.#schema = schema ?? '';
  }

  /** The session is clean now. */
  forget(): void {
    this.#status = this.#firstStatus;
    this.#schema = this.firstSchema;
    this.#changed.clear();
    this.#told.clear();
    this.#isDirty = false;
    this.#temporary.clear();
    this.#isUnseen = false;
    this.#isUnsure = false;
    this.#hasNext = false;
    this.#hasAskedForReadOnly = false;
    this.#mayHaveOtherRole = false;
    this.#hasUsedXa = this.#keepsTexts = false;
    this.#bound = this.#firstBound;
    this.#unknowns = this.#firstUnknowns;
    this.#under = this.#cleanUnder;
  }
}
