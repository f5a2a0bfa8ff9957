import type { Effect } from './effect.js';
import { AUTOCOMMIT, IN_TRANSACTION } from './session-status.js';
import { restorableOf, type SessionVariables } from './variables.js';

/** What the server's trackers report in an answer. */
export interface Change {
  /** The default database, if it was set. */
  readonly schema: string | null;
  /** The system variables that were set, by the server's names for them. */
  readonly variables: Readonly<Record<string, string>>;
  /** Whether something in the session was changed, whatever it is. */
  readonly isStateChanged: boolean;
}

/** Who the session acts as, and where. A reset does not undo a change of these. */
export interface Identity {
  readonly user: string | null;
  readonly role: string | null;
  /** The default database. */
  readonly schema: string | null;
}

// A statement is prepared for the current values of these: MySQL even formats month names in the present language.
const BOUND: readonly string[] = ['sql_mode', 'lc_time_names', 'time_zone', 'group_concat_max_len'];

const SET_UP: Effect = { kind: 'set', variables: [] };
const END: Effect = { kind: 'write' };

/**
 * What is known of a session from the texts that were sent and from what the server answered: at any time, what must be
 * done to make it as it was. What can only make the session worse is recorded when a text is sent. What an answer may
 * take back is recorded in the order of answers, as several statements may be under way.
 */
export class SessionState {
  readonly variables: SessionVariables;
  /**
   * Whether the server reports changes. If not, a session is provably clean only as long as it has only been read from.
   */
  isTracked = false;
  /** The default database of a clean session. */
  firstSchema: string;
  /** Who a clean session acts as; undefined if the server does not tell. */
  identity: Identity | undefined;
  /** Whether the server runs something in new sessions (init_connect) that cannot be repeated after a reset. */
  hasOwnStart = false;
  /** The status of a clean session: some servers begin without autocommit. */
  #firstStatus = AUTOCOMMIT;
  #status = AUTOCOMMIT;
  #schema: string;
  readonly #changed = new Set<string>();
  /** The values of changed variables, as the server has reported them. */
  readonly #told = new Map<string, string>();
  #isDirty = false;
  /** Whether a clean session may have temporary tables, made by its init hook. */
  mayHaveTables = false;
  /**
   * Temporary tables of the borrower, as written in SQL; all in the default database that the session was lent with.
   */
  readonly #temporary = new Set<string>();
  /** Without trackers: something other than a plain read was sent. */
  #isUnseen = false;
  /** A failed statement, such as a CALL, may have begun a transaction. */
  #isUnsure = false;
  /** SET TRANSACTION without SESSION was sent, and no transaction has begun since. */
  #hasNext = false;
  #hasAskedForReadOnly = false;
  #hasOtherUser = false;
  #hasOtherRole = false;
  #mayHaveOtherRole = false;
  #hasUsedXa = false;
  #keepsTexts = false;
  /** The reported values of the variables that prepared statements are bound to. */
  #bound = '';
  #firstBound = '';
  /** Counts changes whose outcome is not known well enough to be compared: of the character set, or by a routine. */
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

  /** Whether only a full reset makes the session clean. */
  get isDirty(): boolean {
    return this.#isDirty || this.#hasNext;
  }

  /** Temporary tables that have to be dropped, unless something else takes a reset. */
  get temporary(): ReadonlySet<string> {
    return this.#temporary;
  }

  /** Whether something may have changed unseen, because the server does not report changes. */
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

  /** Whether another user may be logged in now, another role active, or another's rights in use. */
  get isForeign(): boolean {
    return this.#hasOtherUser || this.#hasOtherRole;
  }

  /** Whether the role, or the database without a report, may have been changed: the server must be asked. */
  get mayHaveOtherRole(): boolean {
    return this.#mayHaveOtherRole;
  }

  /**
   * Whether a distributed transaction is neither committed nor rolled back: only its own session can end it, or nobody.
   */
  get hasUnfinishedXa(): boolean {
    return this.#hasUsedXa && (this.inTransaction || this.#isUnsure);
  }

  /** Whether the server keeps texts of its statements, which its session can read even after a reset. */
  get keepsTexts(): boolean {
    return this.#keepsTexts;
  }

  /** Whether the borrower has asked for read-only transactions: a refused write then says nothing about the server. */
  get hasAskedForReadOnly(): boolean {
    return this.#hasAskedForReadOnly;
  }

  /** Whether nothing has to be done before another borrower may have the session. */
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
   * A key for the database, sql_mode, language and character set that a statement prepared now is bound to. A prepared
   * statement may be used again only under the same key; undefined: never.
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
    // ALTER and RENAME may give a temporary table another name.
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

  /**
   * Records temporary tables that may exist now. It is not certain which are the borrower's if an init hook has made
   * some, or if the database was changed.
   */
  #noteTables(names: readonly string[]): void {
    if (this.mayHaveTables || this.hasOwnStart || this.hasOtherSchema) this.#isDirty = true;
    for (const name of names) this.#temporary.add(name);
  }

  /** The server has answered OK to a statement with this effect. */
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

  /**
   * @param isAboutTables whether it made or dropped temporary tables, which the server reports as a change of the state
   */
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
      // What a routine has set may be restored at its end without a report.
      if (!isSet && (BOUND.includes(variable) || variable === 'charset')) this.#unknowns++;
    }
    if (BOUND.some((variable) => this.#told.has(variable)))
      this.#bound = BOUND.map((variable) => this.#told.get(variable) ?? this.variables.first.get(variable)).join('/');
    // A trigger or a stored function may have set anything, and this flag is the only sign of it.
    if (isStateChanged && schema === null && !isSet && !isAboutTables) {
      this.#isDirty = true;
      // What a dirty statement itself may do is known from its text; here, something that it runs has made the change.
      if (kind !== 'dirty') this.#mayHaveOtherRole = true;
    }
  }

  #rename(): void {
    if (!this.isTracked && this.#isUnseen) return;
    const isFirst =
      this.#schema === this.firstSchema && this.#bound === this.#firstBound && this.#unknowns === this.#firstUnknowns;
    this.#under = isFirst ? this.#cleanUnder : `${this.#unknowns}/${this.#bound}/${this.#schema}`;
  }

  /** The server has answered with an error to a statement with this effect, or the connection is gone. */
  failed(effect: Effect): void {
    if (effect.kind === 'dirty') this.#isUnsure = true;
    if (effect.kind === 'dirty' && effect.temporary !== undefined) this.#noteTables(effect.temporary.names);
    if (effect.kind === 'write' && effect.runsTriggers === true) this.#isDirty = true;
  }

  /** Something was done in the session that cannot be seen here. */
  markDirty(): void {
    this.#isDirty = true;
    this.#mayHaveOtherRole = true;
  }

  /** The server has reported with the end of rows (EOF) that something has changed. */
  markStateChanged(): void {
    this.markDirty();
  }

  /** Another login has begun on the same connection (COM_CHANGE_USER). */
  markOtherUser(): void {
    this.#hasOtherUser = true;
  }

  /** The variables that have bounds are within them again. */
  bounded(): void {
    for (const variable of this.variables.bounded) this.#changed.delete(variable);
  }

  /** COMMIT or ROLLBACK has been answered. */
  ended(status: number): void {
    this.answered(END, status);
  }

  /** The loan is over and the session is clean: forgets what concerns one borrower only. */
  endLoan(): void {
    this.#hasAskedForReadOnly = false;
  }

  /** Takes what the answer to the set-up reports as the state of a clean session. */
  begin(status: number, change: Change | undefined): void {
    this.answered(SET_UP, status, change);
    this.isTracked = this.#told.size > 0;
    this.adopt();
    // The set-up has set the character set, and the same SET NAMES restores it.
    this.variables.first.set('charset', '');
  }

  /** Takes the present state as that of a clean session. */
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

  /** Takes the default database that the server reports as that of a clean session. */
  startsIn(schema: string | null): void {
    this.firstSchema = this.#schema = schema ?? '';
  }

  /** The session has been cleaned. */
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
