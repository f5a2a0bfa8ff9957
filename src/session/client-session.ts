import type { Carried, CarriedStates } from './carried.js';
import { ASK_CHARSET, CharsetTold, SET_COLLATION } from './charset-told.js';
import { Diagnostics } from './diagnostics.js';
import { Doubts, In, type Doubt } from './doubts.js';
import { Pins, type PinReason } from './pins.js';
import { ASK_INSERT_ID, InsertId } from './insert-id.js';
import type { Reading } from './reading.js';
import { SessionTexts } from './session-texts.js';
import type { Literal } from './set-items.js';
import type { ClientOptions } from './client-options.js';
import { ClientTrackers, NO_CHANGE } from './client-trackers.js';
import type { ToldChange, ToldOk } from './told.js';
import { CHARSET_VARIABLES, schemaIn, type Tracked } from './tracked.js';
import { askStatus, AUTOCOMMIT, firstStatus, IN_TRANSACTION, MORE_RESULTS, OF_SESSION } from './session-status.js';
import { mayHaveEnded } from './transaction-text.js';
import { UnsureVariables } from './unsure-variables.js';

/**
 * What is known of one client's session, from the texts that it sent and the answers of backends: what can be carried
 * to another backend, what pins it to the one that it has, and what is in doubt. On a backend without a client,
 * LAST_INSERT_ID() is always 0.
 */
export class ClientSession {
  readonly #tracked: Tracked;
  readonly #states: CarriedStates;
  readonly #trustsRoutines: boolean;
  readonly #texts: SessionTexts;
  #carried: Carried;
  readonly #pins = new Pins();
  #status: number;
  readonly #doubts = new Doubts();
  readonly #diagnostics = new Diagnostics();
  readonly #charset: CharsetTold;
  readonly #trackers: ClientTrackers;
  readonly #unsure = new UnsureVariables();
  /** The variables that the server has reported since the text was sent; undefined for none. */
  #told: Map<string, string> | undefined;
  readonly #insertId = new InsertId();

  constructor({ states, readings, carried, trustRoutines = false }: ClientOptions) {
    this.#tracked = states.tracked;
    this.#states = states;
    this.#charset = new CharsetTold(states);
    this.#carried = carried;
    this.#trustsRoutines = trustRoutines;
    this.#trackers = new ClientTrackers(states.tracked.trackers, states.tracked.server);
    this.#texts = new SessionTexts(readings, this.#tracked, carried);
    this.#status = firstStatus(this.#carried, this.#tracked.server);
  }

  /** The part of the session that any backend can be given. */
  get carried(): Carried {
    return this.#carried;
  }

  /** @param sql the bytes of a text, one character each (latin1) */
  read(sql: string): Reading {
    return this.#texts.of(sql);
  }

  get pins(): ReadonlySet<PinReason> {
    return this.#pins.reasons;
  }

  /** Whether a transaction is open, as far as is known. */
  get inTransaction(): boolean {
    return (this.#status & IN_TRANSACTION) !== 0;
  }

  /** Whether it may move to another backend, once all doubts are settled. */
  get isFree(): boolean {
    return !this.inTransaction && this.#pins.isEmpty;
  }

  /** Whether it is free, or may turn out to be once the doubts are settled, which then have to be asked. */
  get mayBeFree(): boolean {
    if (this.inTransaction) return false;
    return this.#pins.isEmpty || (this.#doubts.has(In.LOCKS) && this.#pins.reasons.size === 1);
  }

  /** Whether its next statement may ask for warnings, an error, or FOUND_ROWS(). */
  get holdsDiagnostics(): boolean {
    return this.#diagnostics.areLeft;
  }

  /** Whether warnings, errors or FOUND_ROWS() are still there after this text; undefined for a command without text. */
  keepsDiagnosticsAfter(reading: Reading | undefined): boolean {
    return this.#diagnostics.areLeftAfter(reading);
  }

  /** The status flags of the session, for an OK that does not come from a server. */
  get serverStatus(): number {
    return this.#status & OF_SESSION;
  }

  /** The session has entered the database of its login. */
  arrive(carried: Carried): void {
    this.#carry(carried);
  }

  /** Whether the server closes the session after this, the last statement of a text (COMMIT RELEASE). */
  leavesWith({ step, leaves }: Reading, { status }: ToldOk): boolean {
    if (step !== 'ends' || (status & MORE_RESULTS) !== 0) return false;
    return leaves ?? this.#carried.value('completion_type') === 'RELEASE';
  }

  /** What has to be sent to the backend before this text: called after each answer, until there is nothing left. */
  before(reading: Reading): Doubt | undefined {
    // With sql_auto_is_null, a mere IS NULL uses the insert id.
    const usesInsertId = reading.usesInsertId === true || this.#carried.value(NULL_IS_LAST) === 'ON';
    if (usesInsertId && this.#insertId.isMissing) return this.#beforeInsertId();
    return reading.seesTrackers === true ? this.#beforeTrackers() : undefined;
  }

  /** A text goes to the backend. From now on, everything that it may leave counts as left. */
  sent(reading: Reading): void {
    this.#diagnostics.sent(reading);
    this.#trackers.sent();
    this.#told = undefined;
    if (reading.asksFor !== undefined) this.#doubtUsers(reading.asksFor);
    this.#pins.sent(reading, this.#carried.schema, this.#trustsRoutines);
  }

  /** The backend has answered OK; called once for each result. */
  answered(reading: Reading, ok: ToldOk): void {
    const { status, change, insertId, warnings } = ok;
    const hasEnded = this.inTransaction && (status & IN_TRANSACTION) === 0;
    this.#pins.step(reading.step, hasEnded, (status & (IN_TRANSACTION | AUTOCOMMIT)) === 0);
    this.#status = status;
    this.#diagnostics.answered(reading, warnings);
    if (reading.setsTrackers === true) this.#doubts.add(In.TRACKERS, true);
    this.#trackers.hear(reading, ok);
    if (change !== undefined) this.#book(reading, change);
    if (reading.isTemporary === true) this.#heldBack();
    if ((status & MORE_RESULTS) === 0) this.#bookText(reading);
    if (Number(insertId) !== 0 || reading.mayInsert === true) this.#doubtInsertId();
    if (reading.setsInsertId === true) {
      this.#insertId.isThere();
      this.#doubts.add(In.INSERT_ID);
    }
    if (!this.inTransaction) this.#pins.set('xa', false);
  }

  /** Something may have changed that the server reports with a later answer. */
  #heldBack(isUrgent = false): void {
    this.#trackers.heldBack();
    this.#doubts.add(In.STATUS, isUrgent);
  }

  #doubtInsertId(): void {
    this.#doubts.add(In.INSERT_ID);
    // MariaDB finds the row only in the session that has inserted it.
    const isAsked = this.#tracked.server === 'mariadb' && this.#carried.value(NULL_IS_LAST) === 'ON';
    if (isAsked) this.#pins.take('variable', NULL_IS_LAST);
  }

  #beforeTrackers(): Doubt | undefined {
    const trackers = this.#trackers;
    if (trackers.setUp === undefined) return undefined;
    if (this.#doubts.has(In.STATUS)) return this.#askStatus();
    return this.#doubts.question(0, trackers.setUp, () => {
      trackers.areOwn();
      this.#doubts.add(In.SET_UP, true);
    });
  }

  #beforeInsertId(): Doubt {
    // The backend may have generated another id for this client since.
    if (this.#doubts.has(In.INSERT_ID)) return this.#askInsertId();
    return this.#ask(0, this.#insertId.setUp, () => {
      this.#insertId.isThere();
      this.#doubts.add(In.INSERT_ID);
    });
  }

  /** The backend has answered with an error. */
  failed(reading: Reading | undefined, error: { readonly errno: number }): void {
    this.#diagnostics.failed();
    if (reading === undefined) return;
    if (reading.isSeveral !== true) this.#pins.undo(error.errno);
    // Of several statements, the first ones may have succeeded.
    if (reading.names !== undefined && this.#told?.has('character_set_client') === true) this.#doubtCharset();
    if (reading.userVariables !== undefined) this.#doubtUsers(reading.userVariables.keys());
    const { kind } = reading.effect;
    if (kind === 'read' && (this.#status & (IN_TRANSACTION | AUTOCOMMIT)) === AUTOCOMMIT) return;
    if (kind === 'write' || kind === 'dirty') this.#doubts.add(In.INSERT_ID);
    // MariaDB reports what a routine did before it failed with a later OK, which may be that of another routine.
    const isLater = this.#tracked.server === 'mariadb' && reading.pins.includes('routine');
    this.#heldBack(isLater || (this.inTransaction && mayHaveEnded(reading.first, error.errno)));
    if (kind === 'dirty') this.#doubts.add(In.VARIABLES);
  }

  /** The next question before another client may get the backend; undefined when nothing is in doubt. */
  get doubt(): Doubt | undefined {
    return this.#question(this.#doubts.all);
  }

  /** Likewise, before the client's next command. */
  get urgentDoubt(): Doubt | undefined {
    return this.#question(this.#doubts.urgent);
  }

  /** Likewise, about what prepared statements are bound to. */
  get doubtOfBound(): Doubt | undefined {
    return this.#question(this.#doubts.all & (In.TRACKERS | In.VARIABLES | In.SET_UP | In.CHARSET));
  }

  #question(next: number): Doubt | undefined {
    if (next === 0) return undefined;
    if ((next & (In.TRACKERS | In.VARIABLES)) !== 0) return this.#askVariables();
    if ((next & In.SET_UP) !== 0) return this.#setUp();
    if ((next & In.STATUS) !== 0) return this.#askStatus();
    if ((next & In.CHARSET) !== 0) return this.#askCharset();
    if ((next & In.LOCKS) !== 0) return this.#ask(In.LOCKS, this.#pins.askLocks, ([row]) => this.#pins.toldLocks(row));
    if ((next & In.USERS) !== 0) return this.#askUserVariables();
    return this.#askInsertId();
  }

  #setUp(): Doubt {
    return this.#doubts.question(In.SET_UP, this.#tracked.setUp, (_rows, { change }) => {
      this.#trackers.areAll();
      this.#pins.toldText(change?.transactionText, this.inTransaction);
    });
  }

  /** COM_RESET_CONNECTION or COM_CHANGE_USER was answered: the session has this state from now on. */
  reset(carried: Carried): void {
    this.#pins.clear();
    this.#doubts.clear();
    this.#unsure.clear();
    this.#diagnostics.clear();
    this.#trackers.reset();
    this.#insertId.clear();
    this.#carry(carried);
    this.#status = firstStatus(this.#carried, this.#tracked.server);
  }

  /** The change that the OK of its login reports: that it has entered its database. */
  get arrival(): ToldChange | undefined {
    const { schema } = this.#carried;
    return schema === '' ? undefined : this.shows({ ...NO_CHANGE, schema });
  }

  /** The part of a change that the client has asked to be told of, in an OK or in place of one; undefined for none. */
  shows(change: ToldChange | undefined, isEof = false): ToldChange | undefined {
    return this.#trackers.shows(change, isEof);
  }

  #carry(carried: Carried): void {
    if (carried === this.#carried) return;
    this.#carried = carried;
    if (carried.value(NULL_IS_LAST) !== 'ON') this.#pins.letGo({ reason: 'variable', name: NULL_IS_LAST });
    this.#texts.follow(carried);
  }

  #ask(kinds: number, sql: string | undefined, told: Doubt['told'], after?: string): Doubt {
    const heard: Doubt['told'] = (rows, ok) => {
      this.#status = ok.status;
      this.#trackers.asked(ok, sql?.startsWith('SET'));
      told(rows, ok);
    };
    return this.#doubts.question(kinds, sql, heard, after);
  }

  /** Records what the trackers report. */
  #book(reading: Reading, change: ToldChange): void {
    const { schema, variables, isStateChanged } = change;
    this.#pins.told(change, this.inTransaction, this.#trackers.tellsStates);
    // A trigger of another database makes the server report entering and leaving it: that explains no other change.
    const goes = schema !== this.#carried.schema || reading.first === 'use' || reading.isElsewhere === true;
    if (schema !== null) this.#carry(this.#states.with(this.#carried, { schema }));
    if (reading.isTemporary === true) return;
    const names = Object.keys(variables);
    for (const name of names) (this.#told ??= new Map<string, string>()).set(name, variables[name]!);
    if (names.length > 0) this.#bookVariables(reading, variables, names);
    const isExplained = reading.isExplained === true || (schema !== null && goes) || this.#pins.explains(reading.first);
    // With `trustRoutines`, routines are believed to leave only what is reported.
    const isTrusted = this.#trustsRoutines && reading.pins.includes('routine');
    if (isStateChanged && !isExplained && !isTrusted) this.#pins.take('change');
  }

  #bookVariables(reading: Reading, told: Readonly<Record<string, string>>, names: readonly string[]): void {
    if (reading.isOwnSet !== true || names.includes('max_join_size')) {
      // Values set by a routine may be restored at its end without a report; max_join_size sets sql_big_selects.
      const others = names.filter((name) => name === 'max_join_size' || told[name] !== this.#carried.value(name));
      if (others.length > 0) this.#doubtVariables(others);
      return;
    }
    const variables = new Map(names.map((name) => [name, told[name]!]));
    const isKnown = reading.names !== undefined || reading.setsCharsetByName === true;
    if (!isKnown && names.some((name) => CHARSET_VARIABLES.has(name))) {
      this.#doubtCharset();
      this.#carry(this.#charset.setByName(names, this.#carried));
    }
    this.#carry(this.#states.with(this.#carried, { variables }));
  }

  #doubtVariables(names: readonly string[]): void {
    // The next text is read under some; others MariaDB reports later, with the value that they have then.
    const isUrgent = names.some((name) => READ_UNDER.has(name) || this.#trackers.holdsBack(name));
    this.#doubts.add(In.VARIABLES, isUrgent);
  }

  #doubtCharset(): void {
    this.#charset.other();
    this.#doubts.add(In.CHARSET, true);
  }

  #doubtUsers(names: Iterable<string>): void {
    if (this.#unsure.add(names)) this.#doubts.add(In.USERS);
    else this.#pins.take('user variable');
  }

  /** Records what the text says, once it has succeeded as a whole. */
  #bookText(reading: Reading): void {
    if (reading.variables !== undefined) this.#bookNamed(reading.variables);
    if (reading.userVariables !== undefined) this.#bookUserVariables(reading.userVariables);
    const charset = this.#charset.booked(reading, this.#told, this.#carried);
    if (charset === 'unknown') this.#doubts.add(In.CHARSET, true);
    else if (charset !== undefined) this.#carry(this.#states.with(this.#carried, { charset }));
    this.#pins.done(reading, this.#carried.schema);
    if (this.#pins.mayLetLocksGo(reading)) this.#doubts.add(In.LOCKS);
  }

  #bookNamed(variables: readonly string[]): void {
    for (const name of variables) if (!this.#tracked.knows(name)) this.#pins.take('variable', name);
    // MariaDB does not report what `SET @@name` has set.
    const untold = variables.filter((name) => this.#tracked.names.has(name) && this.#told?.has(name) !== true);
    if (untold.length > 0) this.#doubtVariables(untold);
    this.#carry(this.#charset.setByName(untold, this.#carried));
  }

  #bookUserVariables(set: ReadonlyMap<string, Literal>): void {
    const { known, unknown } = this.#unsure.set(set, this.#carried);
    if (unknown.length > 0) this.#doubtUsers(unknown);
    this.#carry(this.#states.with(this.#carried, { userVariables: known }));
  }

  #askVariables(): Doubt {
    const isAboutTrackers = this.#doubts.has(In.TRACKERS);
    const sql = isAboutTrackers ? this.#tracked.askWithSchema : this.#tracked.ask;
    return this.#ask(In.TRACKERS | In.VARIABLES | In.CHARSET, sql, (rows) => {
      const values = this.#tracked.values(rows);
      const told = isAboutTrackers ? schemaIn(rows) : undefined;
      // Being in the same database does not mean that it was entered again.
      const schema = told === this.#carried.schema ? undefined : told;
      if (isAboutTrackers) this.#trackers.read(values);
      this.#trackers.renew(values);
      const charset = this.#charset.now(values, this.#carried);
      this.#carry(this.#states.with(this.#carried, { variables: values, charset, schema }));
    });
  }

  #askStatus(): Doubt {
    const [sql, after] = askStatus(this.#tracked.server, this.inTransaction && this.#trackers.tellsStates);
    const told: Doubt['told'] = (_rows, { change }) => {
      if (change !== undefined) this.#book(UNKNOWN, { ...change, isStateChanged: false });
      if (!this.inTransaction) this.#pins.set('xa', false);
    };
    return this.#ask(In.STATUS, sql, told, after);
  }

  #askCharset(): Doubt {
    const told: Doubt['told'] = (rows, { change }) => {
      const charset = this.#charset.answered(rows, change, this.#told, this.#carried);
      this.#carry(this.#states.with(this.#carried, { charset }));
    };
    // A SELECT would be noted in the state of the transaction, which MySQL reports to the client.
    const isNoted = this.#tracked.server === 'mysql' && this.inTransaction && this.#trackers.tellsStates;
    return isNoted ? this.#doubts.question(In.CHARSET, SET_COLLATION, told) : this.#ask(In.CHARSET, ASK_CHARSET, told);
  }

  #askInsertId(): Doubt {
    return this.#ask(In.INSERT_ID, ASK_INSERT_ID, (rows) => this.#insertId.answered(rows));
  }

  #askUserVariables(): Doubt {
    return this.#ask(In.USERS, this.#unsure.question(this.#tracked.server), (rows) => {
      const { known, unknown } = this.#unsure.told(rows, this.#carried);
      for (const name of unknown) this.#pins.take('user variable', name);
      this.#carry(this.#states.with(this.#carried, { userVariables: known }));
    });
  }
}

const READ_UNDER: ReadonlySet<string> = new Set(['sql_mode', 'character_set_client']);
const UNKNOWN: Reading = { effect: { kind: 'dirty' }, pins: [], first: '' };
/** If this variable is on, `id IS NULL` is true for the row that was inserted last. */
const NULL_IS_LAST = 'sql_auto_is_null';
