import type { Carried, CarriedStates } from './carried.js';
import { ASK_CHARSET, CharsetTold } from './charset-told.js';
import { Diagnostics } from './diagnostics.js';
import { Doubts, In, type Doubt } from './doubts.js';
import { Pins, type Hold, type PinReason } from './pins.js';
import type { Reading, Readings, TextReadings } from './reading.js';
import type { Literal } from './set-items.js';
import { ClientTrackers } from './client-trackers.js';
import type { ToldChange, ToldOk } from './told.js';
import { CHARSET_VARIABLES, type Tracked } from './tracked.js';
import { leavesTransactionOpen } from './transaction-text.js';
import { UnsureVariables } from './unsure-variables.js';
import { userValue } from './user-value.js';

// Of the status that every OK carries.
const IN_TRANSACTION = 0x0001;
const AUTOCOMMIT = 0x0002;
const MORE_RESULTS = 0x0008;

export interface ClientOptions {
  readonly states: CarriedStates;
  readonly readings: Readings;
  /** What the session is like when it begins. */
  readonly carried: Carried;
  /** Routines leave nothing behind but what the server tells. */
  readonly trustRoutines?: boolean;
}

/**
 * What is known of one client's session from the texts that it sent and from what backends answered: what can be carried
 * to another backend, what pins it to the one that it has, and what is in doubt. The LAST_INSERT_ID() of a backend that
 * no client has is always 0.
 */
export class ClientSession {
  readonly #tracked: Tracked;
  readonly #states: CarriedStates;
  readonly #readings: Readings;
  readonly #trustsRoutines: boolean;
  #texts: TextReadings;
  #carried: Carried;
  readonly #pins = new Pins();
  #status: number;
  readonly #doubts = new Doubts();
  readonly #diagnostics = new Diagnostics();
  readonly #charset: CharsetTold;
  readonly #trackers: ClientTrackers;
  readonly #unsure = new UnsureVariables();
  /** What LAST_INSERT_ID() answered when the backend was given to it, and is to answer when nothing has changed it since. */
  #insertId: bigint = 0n;
  /** The backend answers what it has to answer. */
  #hasInsertId = false;

  constructor({ states, readings, carried, trustRoutines = false }: ClientOptions) {
    this.#tracked = states.tracked;
    this.#states = states;
    this.#readings = readings;
    this.#charset = new CharsetTold(states);
    this.#carried = carried;
    this.#trustsRoutines = trustRoutines;
    this.#trackers = new ClientTrackers(states.tracked.trackers, states.tracked.server);
    this.#texts = this.#textsNow();
    this.#status = this.#firstStatus();
  }

  /** What of the session any backend can be given. */
  get carried(): Carried {
    return this.#carried;
  }

  /** @param sql the bytes of a text, a letter each (latin1) */
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

  /** Whether another backend may have it, once what is in doubt was asked. */
  get isFree(): boolean {
    return !this.inTransaction && this.#pins.isEmpty;
  }

  /** Whether it is free, or may turn out to be by what is in doubt: then it has to be asked. */
  get mayBeFree(): boolean {
    if (this.inTransaction) return false;
    return this.#pins.isEmpty || (this.#doubts.has(In.LOCKS) && this.#pins.reasons.size === 1);
  }

  /** Whether its next statement may ask for warnings, an error, or what a SELECT has found. */
  get holdsDiagnostics(): boolean {
    return this.#diagnostics.areLeft;
  }

  /** Whether what its next statement may ask for is still there after this one; undefined: one without a text. */
  keepsDiagnosticsAfter(reading: Reading | undefined): boolean {
    return this.#diagnostics.areLeftAfter(reading);
  }

  /** The status that the session has, for an OK that no server says. */
  get serverStatus(): number {
    return this.#status & (IN_TRANSACTION | AUTOCOMMIT);
  }

  /** Something without a text was answered. */
  status(status: number): void {
    this.#status = status;
  }

  /** The database of its login was entered. */
  arrive(carried: Carried): void {
    this.#carry(carried);
  }

  /** What has to be said to the backend before this text, one after the other, until there is nothing left. */
  before(reading: Reading): Doubt | undefined {
    if (reading.usesInsertId !== true || this.#hasInsertId || this.#insertId === 0n) return undefined;
    // It may be one that the backend has made for this client since.
    if (this.#doubts.has(In.INSERT_ID)) return this.#askInsertId();
    return this.#ask(0, `SET last_insert_id = ${this.#insertId}`, () => {
      this.#hasInsertId = true;
      this.#doubts.add(In.INSERT_ID);
    });
  }

  /** A text goes to the backend. What it may leave is there from then on. */
  sent(reading: Reading): void {
    this.#diagnostics.sent(reading);
    this.#pins.begin();
    for (const reason of reading.pins) {
      if (reason === 'routine' && this.#trustsRoutines) continue;
      const named = reading.takes?.filter((hold) => hold.reason === reason) ?? [];
      if (named.length === 0) this.#pins.take(reason);
      for (const hold of named) this.#pins.take(reason, this.#placed(hold).name);
    }
    if (reading.renames === true && this.#pins.has('temporary table')) this.#pins.take('temporary table');
  }

  /** The backend has said OK to it: once for each of its results. */
  answered(reading: Reading, ok: ToldOk): void {
    const { status, change, insertId, warnings } = ok;
    const hasEnded = this.inTransaction && (status & IN_TRANSACTION) === 0;
    this.#status = status;
    if (reading.step !== undefined || hasEnded) this.#bookStep(reading, hasEnded);
    this.#diagnostics.answered(reading, warnings);
    if (reading.setsTrackers === true) this.#doubtTrackers(reading);
    if (change !== undefined) this.#book(reading, change);
    if ((status & MORE_RESULTS) === 0) this.#bookText(reading, change);
    if (Number(insertId) !== 0 || reading.mayInsert === true) this.#doubts.add(In.INSERT_ID);
    if (reading.setsInsertId === true) {
      this.#hasInsertId = true;
      this.#doubts.add(In.INSERT_ID);
    }
    if (!this.inTransaction) this.#pins.set('xa', false);
  }

  #bookStep({ step }: Reading, hasEnded: boolean): void {
    const isUnseen = (this.#status & (IN_TRANSACTION | AUTOCOMMIT)) === 0;
    if (step === 'ends' || hasEnded) this.#pins.set('savepoint', false);
    if (step === 'savepoint' && isUnseen) this.#pins.take('savepoint');
  }

  /** The backend has refused it. */
  failed(reading: Reading | undefined, error: { readonly errno: number }): void {
    this.#diagnostics.failed();
    if (reading === undefined) return;
    if (reading.isSeveral !== true) this.#pins.undo(error.errno);
    if (reading.userVariables !== undefined) this.#doubtUsers(reading.userVariables.keys());
    if (reading.asksFor !== undefined) this.#doubtUsers(reading.asksFor);
    const { kind } = reading.effect;
    if (kind === 'read' && (this.#status & (IN_TRANSACTION | AUTOCOMMIT)) === AUTOCOMMIT) return;
    if (kind === 'write' || kind === 'dirty') this.#doubts.add(In.INSERT_ID);
    const mayHaveEnded = ENDS_TRANSACTION.has(error.errno) || !leavesTransactionOpen(reading.first);
    this.#doubts.add(In.STATUS, this.inTransaction && mayHaveEnded);
    if (kind === 'dirty') this.#doubts.add(In.VARIABLES);
  }

  /** What has to be asked; one after the other, until there is nothing left. */
  get doubt(): Doubt | undefined {
    const doubts = this.#doubts;
    if (doubts.isEmpty) return undefined;
    if (doubts.has(In.TRACKERS | In.VARIABLES)) return this.#askVariables();
    if (doubts.has(In.SET_UP)) return this.#ask(In.SET_UP, this.#tracked.setUp, () => undefined);
    if (doubts.has(In.STATUS)) return this.#askStatus();
    if (doubts.has(In.CHARSET)) return this.#askCharset();
    if (doubts.has(In.LOCKS)) return this.#askLocks();
    if (doubts.has(In.USERS)) return this.#askUserVariables();
    return this.#askInsertId();
  }

  /**
   * COM_RESET_CONNECTION was answered, or COM_CHANGE_USER.
   * @param carried what the session is like from then on
   */
  reset(carried: Carried): void {
    this.#pins.clear();
    this.#doubts.clear();
    this.#unsure.clear();
    this.#diagnostics.clear();
    this.#hasInsertId = false;
    this.#trackers.reset();
    this.#insertId = 0n;
    this.#carry(carried);
    this.#status = this.#firstStatus();
  }

  /** What of a change the client is to see: what it has asked the server for; undefined for nothing. */
  shows(change: ToldChange | undefined): ToldChange | undefined {
    return this.#trackers.shows(change);
  }

  #textsNow(): TextReadings {
    const { charset, several } = this.#carried;
    const sqlMode = this.#carried.value('sql_mode') ?? '';
    return this.#readings.for({ server: this.#tracked.server, several, sqlMode, charset: charset.client });
  }

  #firstStatus(): number {
    return this.#carried.value('autocommit') === 'OFF' ? 0 : AUTOCOMMIT;
  }

  #carry(carried: Carried): void {
    if (carried === this.#carried) return;
    this.#carried = carried;
    this.#texts = this.#textsNow();
  }

  /** A table without a database is in the default one. */
  #placed(hold: Hold): Hold {
    const { name } = hold;
    return name?.startsWith('.') === true ? { ...hold, name: this.#carried.schema + name } : hold;
  }

  #ask(kinds: number, sql: string | undefined, told: Doubt['told']): Doubt {
    return this.#doubts.question(kinds, sql, (rows, ok) => {
      this.#status = ok.status;
      if (ok.change !== undefined) this.#trackers.owe(ok.change);
      told(rows, ok);
    });
  }

  /** Takes what the trackers tell. */
  #book(reading: Reading, change: ToldChange): void {
    const { schema, variables, isStateChanged, transactionState, transactionText } = change;
    if (transactionState !== undefined) this.#pins.set('table lock', transactionState[7] === 'L');
    if (transactionText !== undefined || this.inTransaction)
      this.#pins.set('next transaction', !this.inTransaction && (transactionText ?? '') !== '');
    if (schema !== null) this.#carry(this.#states.with(this.#carried, { schema }));
    if (reading.isTemporary === true) return;
    const names = Object.keys(variables);
    if (names.length > 0) this.#bookVariables(reading, variables, names);
    const isOfTable = this.#pins.has('temporary table') && CHANGES_TABLES.has(reading.first);
    const isExplained = reading.isExplained === true || schema !== null || isOfTable;
    if (isStateChanged && !isExplained && !this.#isTrusted(reading)) this.#pins.take('change');
  }

  /** What routines leave is believed to be what is told of them. */
  #isTrusted(reading: Reading): boolean {
    return this.#trustsRoutines && reading.pins.includes('routine');
  }

  #bookVariables(reading: Reading, told: Readonly<Record<string, string>>, names: readonly string[]): void {
    if (reading.isOwnSet !== true || names.includes('max_join_size')) {
      // Undone in silence when a routine ended; max_join_size sets sql_big_selects. What comes next is read under these.
      this.#doubts.add(In.VARIABLES, names.includes('sql_mode') || names.includes('character_set_client'));
      return;
    }
    const variables = new Map(names.map((name) => [name, told[name]!]));
    if (names.some((name) => CHARSET_VARIABLES.has(name)) && reading.names === undefined) {
      this.#doubtCharset();
      const { charset } = this.#carried;
      if (names.includes('character_set_results'))
        this.#carry(this.#states.with(this.#carried, { charset: { ...charset, ofResults: '' } }));
    }
    this.#carry(this.#states.with(this.#carried, { variables }));
  }

  #doubtTrackers({ variables = [] }: Reading): void {
    this.#trackers.set(variables);
    this.#doubts.add(In.TRACKERS, true);
  }

  #doubtCharset(): void {
    this.#charset.other();
    this.#doubts.add(In.CHARSET, true);
  }

  #doubtUsers(names: Iterable<string>): void {
    this.#unsure.add(names);
    this.#doubts.add(In.USERS);
  }

  /** What the text says, once it has been done as a whole. */
  #bookText(reading: Reading, change: ToldChange | undefined): void {
    for (const name of reading.variables ?? []) if (!this.#isKnown(name)) this.#pins.take('variable', name);
    if (reading.userVariables !== undefined) this.#bookUserVariables(reading.userVariables);
    if (reading.asksFor !== undefined) this.#doubtUsers(reading.asksFor);
    if (reading.names !== undefined) this.#bookNames(reading.names.collation, change);
    else if (reading.setsCharset === true) this.#doubtCharset();
    for (const hold of reading.letsGo ?? []) this.#pins.letGo(this.#placed(hold));
    if ((reading.releasesLocks === true || reading.pins.includes('named lock')) && this.#knowsLocks())
      this.#doubts.add(In.LOCKS);
  }

  #bookNames(collation: string | undefined, change: ToldChange | undefined): void {
    const charset = this.#charset.named(change?.variables['character_set_client'], collation, this.#carried);
    if (charset === undefined) this.#doubts.add(In.CHARSET, true);
    else this.#carry(this.#states.with(this.#carried, { charset }));
  }

  #isKnown(name: string): boolean {
    return this.#tracked.names.has(name) || name.startsWith('session_track_') || INSERT_IDS.has(name);
  }

  #knowsLocks(): boolean {
    const names = this.#pins.names('named lock');
    return names.size > 0 && !names.has(undefined);
  }

  #bookUserVariables(set: ReadonlyMap<string, Literal>): void {
    const { charset, userVariables: before } = this.#carried;
    const userVariables = new Map<string, string>();
    for (const [name, literal] of set) {
      const sql = userValue(name, literal, charset, before.get(name));
      if (sql === undefined) this.#doubtUsers([name]);
      else {
        userVariables.set(name, sql);
        this.#unsure.delete(name);
      }
    }
    this.#carry(this.#states.with(this.#carried, { userVariables }));
  }

  #askVariables(): Doubt {
    const isAboutTrackers = this.#doubts.has(In.TRACKERS);
    return this.#ask(In.TRACKERS | In.VARIABLES | In.CHARSET, this.#tracked.ask, (rows) => {
      const values = this.#tracked.values(rows);
      if (isAboutTrackers) {
        this.#trackers.read(values);
        this.#doubts.add(In.SET_UP, true);
      }
      const charset = this.#charset.now(values, this.#carried);
      this.#carry(this.#states.with(this.#carried, { variables: values, charset }));
    });
  }

  #askStatus(): Doubt {
    const sql = this.#tracked.server === 'mysql' ? undefined : 'SET session_track_schema = 1';
    return this.#ask(In.STATUS, sql, (_rows, { change }) => {
      if (change !== undefined) this.#book(UNKNOWN, { ...change, isStateChanged: false });
      if (!this.inTransaction) this.#pins.set('xa', false);
    });
  }

  #askCharset(): Doubt {
    return this.#ask(In.CHARSET, ASK_CHARSET, (rows) => {
      this.#carry(this.#states.with(this.#carried, { charset: this.#charset.answered(rows, this.#carried) }));
    });
  }

  #askInsertId(): Doubt {
    const isRight = this.#hasInsertId;
    return this.#ask(In.INSERT_ID, 'SELECT LAST_INSERT_ID(), LAST_INSERT_ID(0)', ([row]) => {
      const answered = BigInt(row?.[0] ?? 0);
      // 0: the backend has made none, so that it is what it was.
      if (isRight || answered !== 0n) this.#insertId = answered;
      this.#hasInsertId = false;
    });
  }

  #askUserVariables(): Doubt {
    return this.#ask(In.USERS, this.#unsure.question(this.#tracked.server), (rows) => {
      const { known, unknown } = this.#unsure.told(rows);
      for (const name of unknown) this.#pins.take('user variable', name);
      this.#carry(this.#states.with(this.#carried, { userVariables: known }));
    });
  }

  #askLocks(): Doubt {
    const names = [...this.#pins.names('named lock')].map((name) => name!);
    const sql = `SELECT ${names.map((name) => `IS_USED_LOCK(${name}) <=> CONNECTION_ID()`).join(', ')}`;
    return this.#ask(In.LOCKS, sql, ([row = []]) => {
      for (const [at, name] of names.entries()) if (row[at] === '0') this.#pins.letGo({ reason: 'named lock', name });
    });
  }
}

const UNKNOWN: Reading = { effect: { kind: 'dirty' }, pins: [], first: '' };
const INSERT_IDS: ReadonlySet<string> = new Set(['last_insert_id', 'identity']);

/** A change of a temporary table is told as one of the session. */
const CHANGES_TABLES: ReadonlySet<string> = new Set(['alter', 'create', 'drop', 'rename', 'truncate']);

/** A deadlock, a lock that was waited for too long, a distributed transaction that was rolled back. */
const ENDS_TRANSACTION: ReadonlySet<number> = new Set([1205, 1213, 1613, 1614]);
