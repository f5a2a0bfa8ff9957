import { charsetIn, hexOf, type Carried, type CarriedStates, type Charset } from './carried.js';
import type { PinReason } from './pins.js';
import type { Reading, Readings, TextReadings } from './reading.js';
import type { Literal } from './set-items.js';
import type { Change } from './state.js';
import { CHARSET_VARIABLES, trackersIn, type Rows, type Tracked, type Trackers } from './tracked.js';
import { leavesTransactionOpen } from './transaction-text.js';

// Of the status that every OK carries.
const IN_TRANSACTION = 0x0001;
const AUTOCOMMIT = 0x0002;
const MORE_RESULTS = 0x0008;

/** What the trackers of a server tell in an OK, transactions included. */
export interface ToldChange extends Change {
  /** Eight letters. */
  readonly transactionState: string | undefined;
  /** The statements that would begin the same transaction; empty when there is none. */
  readonly transactionText: string | undefined;
}

/** An OK, or what ends the rows of an answer. */
export interface ToldOk {
  readonly status: number;
  readonly warnings: number;
  readonly insertId: number | bigint;
  readonly change: ToldChange | undefined;
}

/** Something that the backend has to be asked before what the client's session is like is known again. */
export interface Doubt {
  /** What to ask; undefined for COM_PING. */
  readonly sql: string | undefined;
  /** To be asked before the client says anything more, and not only before another client gets the backend. */
  readonly isUrgent: boolean;
  /** Takes the answer. */
  told(rows: Rows, ok: ToldOk): void;
}

export interface ClientOptions {
  readonly states: CarriedStates;
  readonly readings: Readings;
  /** What the session is like when it begins. */
  readonly carried: Carried;
  /** Routines leave nothing behind but what the server tells. */
  readonly trustRoutines?: boolean;
}

/**
 * What is known of one client's session from the texts that it sent and from what backends answered: what can be carried to another backend,
 * what pins it to the one that it has, and what is in doubt.
 */
export class ClientSession {
  readonly #tracked: Tracked;
  readonly #states: CarriedStates;
  readonly #readings: Readings;
  readonly #trustsRoutines: boolean;
  #texts: TextReadings;
  #carried: Carried;
  readonly #pins = new Set<PinReason>();
  #status = AUTOCOMMIT;
  #doubts = 0;
  #isUrgent = false;
  #holdsDiagnostics = false;
  /** SET NAMES has given this character set its default collation, which has to be learned. */
  #named: string | undefined;
  #trackers: Trackers;
  /** What LAST_INSERT_ID() answers. */
  insertId: number | bigint = 0;

  constructor({ states, readings, carried, trustRoutines = false }: ClientOptions) {
    this.#tracked = states.tracked;
    this.#states = states;
    this.#readings = readings;
    this.#carried = carried;
    this.#trustsRoutines = trustRoutines;
    this.#trackers = states.tracked.trackers;
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
    return this.#pins;
  }

  /** Whether a transaction is open, as far as is known. */
  get inTransaction(): boolean {
    return (this.#status & IN_TRANSACTION) !== 0;
  }

  /** Whether another backend may have it, once what is in doubt was asked. */
  get isFree(): boolean {
    return !this.inTransaction && this.#pins.size === 0;
  }

  /** Whether its next statement may ask for warnings, an error, or what a SELECT has found. */
  get holdsDiagnostics(): boolean {
    return this.#holdsDiagnostics;
  }

  /** For what is no text: a cursor, long data. */
  pin(reason: PinReason): void {
    this.#pins.add(reason);
  }

  unpin(reason: PinReason): void {
    this.#pins.delete(reason);
  }

  /** A text goes to the backend. What it may leave is there from then on. */
  sent(reading: Reading): void {
    this.#holdsDiagnostics = false;
    for (const pin of reading.pins) if (pin !== 'routine' || !this.#trustsRoutines) this.#pins.add(pin);
  }

  /** The backend has said OK to it: once for each of its results. */
  answered(reading: Reading, ok: ToldOk): void {
    const { status, change, insertId, warnings } = ok;
    this.#status = status;
    this.#holdsDiagnostics = warnings > 0 || reading.keepsFoundRows === true;
    if (reading.setsTrackers === true) this.#doubt(TRACKERS, true);
    if (change !== undefined) this.#book(reading, change);
    if ((status & MORE_RESULTS) === 0) this.#bookText(reading);
    if (Number(insertId) !== 0) this.insertId = insertId;
    if (Number(insertId) !== 0 || reading.setsInsertId === true) this.#doubt(INSERT_ID);
    if (reading.first === 'xa' && !this.inTransaction) this.#pins.delete('xa');
  }

  /** The backend has refused it. */
  failed(reading: Reading, error: { readonly errno: number }): void {
    this.#holdsDiagnostics = true;
    if (reading.setsTrackers === true) this.#doubt(TRACKERS, true);
    if (reading.userVariables !== undefined) this.#pins.add('user variable');
    const { kind } = reading.effect;
    if (kind === 'read' && (this.#status & (IN_TRANSACTION | AUTOCOMMIT)) === AUTOCOMMIT) return;
    if (kind === 'write') this.#doubt(INSERT_ID);
    const mayHaveEnded = ENDS_TRANSACTION.has(error.errno) || !leavesTransactionOpen(reading.first);
    this.#doubt(STATUS, this.inTransaction && mayHaveEnded);
    if (kind === 'dirty') this.#doubt(VARIABLES);
  }

  /** The database of its login was entered. */
  arrive(carried: Carried): void {
    this.#carry(carried);
  }

  /** The status that the session has, for an OK that no server says. */
  get serverStatus(): number {
    return this.#status & (IN_TRANSACTION | AUTOCOMMIT);
  }

  /** Something without a text was answered. */
  status(status: number): void {
    this.#status = status;
  }

  /** What has to be asked; one after the other, until there is nothing left. */
  get doubt(): Doubt | undefined {
    const kinds = this.#doubts;
    if (kinds === 0) return undefined;
    if ((kinds & (TRACKERS | VARIABLES)) !== 0) return this.#askVariables();
    if ((kinds & SET_UP) !== 0) return this.#ask(SET_UP, this.#tracked.setUp, () => undefined);
    if ((kinds & STATUS) !== 0) return this.#askStatus();
    if ((kinds & CHARSET) !== 0) return this.#askCharset();
    return this.#ask(INSERT_ID, 'SELECT LAST_INSERT_ID()', (rows) => {
      this.insertId = BigInt(rows[0]?.[0] ?? 0);
    });
  }

  /**
   * COM_RESET_CONNECTION was answered, or COM_CHANGE_USER.
   * @param carried what the session is like from then on
   */
  reset(carried: Carried): void {
    this.#pins.clear();
    this.#doubts = 0;
    this.#isUrgent = this.#holdsDiagnostics = false;
    this.#trackers = this.#tracked.trackers;
    this.insertId = 0;
    this.#carry(carried);
    this.#status = this.#firstStatus();
  }

  /** What of a change the client is to see: what it has asked the server for; undefined for nothing. */
  shows<C extends ToldChange>(change: C): C | undefined {
    const own = this.#trackers;
    const list = own.session_track_system_variables.toLowerCase();
    const isWanted = (name: string): boolean => list === '*' || `,${list},`.replaceAll(' ', '').includes(`,${name},`);
    const variables = Object.fromEntries(Object.entries(change.variables).filter(([name]) => isWanted(name)));
    const schema = isOn(own.session_track_schema) ? change.schema : null;
    const isStateChanged = isOn(own.session_track_state_change) && change.isStateChanged;
    const info = own.session_track_transaction_info.toUpperCase();
    // MySQL tells it also when that is off.
    const isAlways = this.#tracked.server === 'mysql';
    const transactionState = isAlways || (info !== 'OFF' && info !== '0') ? change.transactionState : undefined;
    const transactionText = info === 'CHARACTERISTICS' || info === '2' ? change.transactionText : undefined;
    const isNothing =
      schema === null &&
      !isStateChanged &&
      transactionState === undefined &&
      transactionText === undefined &&
      Object.keys(variables).length === 0;
    return isNothing ? undefined : { ...change, variables, schema, isStateChanged, transactionState, transactionText };
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

  #doubt(kind: number, isUrgent = false): void {
    this.#doubts |= kind;
    if (isUrgent) this.#isUrgent = true;
  }

  #ask(kinds: number, sql: string | undefined, told: Doubt['told']): Doubt {
    return {
      sql,
      isUrgent: this.#isUrgent,
      told: (rows, ok) => {
        this.#doubts &= ~kinds;
        if (this.#doubts === 0) this.#isUrgent = false;
        this.#status = ok.status;
        told(rows, ok);
      },
    };
  }

  /** Takes what the trackers tell. */
  #book(reading: Reading, change: ToldChange): void {
    const { schema, variables, isStateChanged, transactionState, transactionText } = change;
    if (transactionState !== undefined) this.#set('table lock', transactionState[7] === 'L');
    if (transactionText !== undefined || this.inTransaction)
      this.#set('next transaction', !this.inTransaction && (transactionText ?? '') !== '');
    if (schema !== null) this.#carry(this.#states.with(this.#carried, { schema }));
    if (reading.isTemporary === true) return;
    const names = Object.keys(variables);
    if (names.length > 0) this.#bookVariables(reading, variables, names);
    const isExplained = reading.isExplained === true || schema !== null || this.#pins.size > 0;
    if (isStateChanged && !isExplained && !this.#isTrusted(reading)) this.#pins.add('change');
  }

  /** What routines leave is believed to be what is told of them. */
  #isTrusted(reading: Reading): boolean {
    return this.#trustsRoutines && reading.pins.includes('routine');
  }

  #bookVariables(reading: Reading, told: Readonly<Record<string, string>>, names: readonly string[]): void {
    if (reading.isExplained !== true) {
      // It may have been undone in silence when the routine ended.
      this.#doubt(VARIABLES);
      return;
    }
    if (names.some((name) => CHARSET_VARIABLES.has(name)) && reading.names === undefined) this.#doubt(CHARSET);
    this.#carry(this.#states.with(this.#carried, { variables: new Map(Object.entries(told)) }));
  }

  #set(reason: PinReason, isSet: boolean): void {
    if (isSet) this.#pins.add(reason);
    else this.#pins.delete(reason);
  }

  /** What the text says, once it has been done as a whole. */
  #bookText(reading: Reading): void {
    for (const name of reading.variables ?? []) if (!this.#isKnown(name)) this.#pins.add('variable');
    if (reading.userVariables !== undefined) this.#bookUserVariables(reading.userVariables);
    if (reading.names !== undefined) this.#bookNames(reading.names);
    else if (reading.setsCharset === true) {
      this.#named = undefined;
      this.#doubt(CHARSET);
    }
  }

  #isKnown(name: string): boolean {
    return this.#tracked.names.has(name) || name.startsWith('session_track_') || INSERT_IDS.has(name);
  }

  #bookUserVariables(set: ReadonlyMap<string, Literal>): void {
    const { charset } = this.#carried;
    const userVariables = new Map<string, string>();
    for (const [name, literal] of set) {
      const sql = literalAsSql(literal, charset);
      if (sql === undefined) this.#pins.add('user variable');
      else userVariables.set(name, sql);
    }
    this.#carry(this.#states.with(this.#carried, { userVariables }));
  }

  #bookNames({ charset, collation }: NonNullable<Reading['names']>): void {
    const known = charset === undefined ? undefined : (collation ?? this.#states.collationOf(charset, this.#carried));
    this.#named = collation === undefined && known === undefined ? charset : undefined;
    if (charset === undefined || known === undefined) return this.#doubt(CHARSET);
    const all: Charset = { client: charset, connection: charset, results: charset, collation: known };
    this.#carry(this.#states.with(this.#carried, { charset: all }));
  }

  #askVariables(): Doubt {
    const { trackers } = this.#tracked;
    const isAboutTrackers = (this.#doubts & TRACKERS) !== 0;
    return this.#ask(TRACKERS | VARIABLES | CHARSET, this.#tracked.ask, (rows) => {
      const values = this.#tracked.values(rows);
      if (isAboutTrackers) {
        this.#trackers = { ...trackers, ...trackersIn(values) };
        this.#doubt(SET_UP, true);
      }
      this.#carry(this.#states.with(this.#carried, { variables: values, charset: charsetIn(values) }));
    });
  }

  #askStatus(): Doubt {
    const sql = this.#tracked.server === 'mysql' ? undefined : 'SET session_track_schema = 1';
    return this.#ask(STATUS, sql, (_rows, { change }) => {
      if (change !== undefined) this.#book(UNKNOWN, { ...change, isStateChanged: false });
    });
  }

  #askCharset(): Doubt {
    const sql = `SELECT ${CHARSET_NAMES.map((name) => `@@${name}`).join(', ')}`;
    return this.#ask(CHARSET, sql, ([row = []]) => {
      const charset = charsetIn(new Map(CHARSET_NAMES.map((name, at) => [name, row[at] ?? ''])));
      if (this.#named === charset.connection) this.#states.learnCollation(charset, this.#carried);
      this.#carry(this.#states.with(this.#carried, { charset }));
    });
  }
}

const TRACKERS = 1;
const VARIABLES = 2;
const SET_UP = 4;
const STATUS = 8;
const CHARSET = 16;
const INSERT_ID = 32;

const UNKNOWN: Reading = { effect: { kind: 'dirty' }, pins: [], first: '' };
const CHARSET_NAMES = [...CHARSET_VARIABLES];
const INSERT_IDS: ReadonlySet<string> = new Set(['last_insert_id', 'identity']);

/** A deadlock, a lock that was waited for too long, a distributed transaction that was rolled back. */
const ENDS_TRANSACTION: ReadonlySet<number> = new Set([1205, 1213, 1613, 1614]);

const isOn = (value: string): boolean => value.toUpperCase() === 'ON' || value === '1';

/** A value as SQL that means the same wherever it is said; undefined where that is not known. */
function literalAsSql(literal: Literal, { client, connection, collation }: Charset): string | undefined {
  if (literal.kind === 'word') return /^(?:ON|OFF|DEFAULT)$/.test(literal.sql) ? undefined : literal.sql;
  if (literal.kind === 'number') return literal.sql;
  const bytes = Array.from(literal.content, (letter) => letter.charCodeAt(0));
  // The server converts what is written in the one character set to the other.
  const isSame = client === connection || bytes.every((byte) => byte < 128);
  return isSame ? `_${connection} X'${hexOf(bytes)}' COLLATE ${collation}` : undefined;
}
