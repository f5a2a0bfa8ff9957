import type { ServerKind } from './built-in-names.js';
import type { Reading } from './reading.js';
import { IN_TRANSACTION, MORE_RESULTS } from './session-status.js';
import type { ToldChange, ToldOk } from './told.js';
import { CHARSET_VARIABLES, settingTrackers, trackersIn, type Trackers } from './tracked.js';

const isOn = (value: string): boolean => value.toUpperCase() === 'ON' || value === '1';

/**
 * Which changes a client has asked the server to report, whatever its backend reports, and when a server would report
 * them.
 *
 * A change that comes without an OK to report it in (a failed statement, rows that end with an EOF, a value that is
 * restored after the OK) is held back. MySQL reports it in the next OK. MariaDB reports it in the next OK of the same
 * answer, or in the next OK that has another change to report; it looks up the state of the transaction whenever
 * something is read or written. The backend reports more than its client has asked for, and may be asked questions in
 * between: so what is held back for the client is kept here.
 */
export class ClientTrackers {
  readonly #first: Trackers;
  readonly #isMySql: boolean;
  #now: Trackers;
  /** Whether the backend reports what the client has asked for, and nothing else. */
  #areOwn = false;
  /** Whether the last report was of an explicit transaction, begun by a statement of its own. */
  #isExplicit = false;
  /** What a server that reports only explicit transactions would report of the present one. */
  #explicit = NO_TRANSACTION;
  /** The transaction state that the client was shown last: it is not shown the same again. */
  #reported = NO_TRANSACTION;
  /** Whether the backend no longer knows that the transaction is explicit. */
  #isForgotten = false;
  #heldBack: ToldChange | undefined;
  /** The variables that the last statement has set for itself alone (SET STATEMENT … FOR). */
  #putBack: readonly string[] = [];
  /** Whether the backend may hold something back as well. */
  #mayBeLate = false;
  /** The changes in the present answer that an earlier statement has made. */
  #late: ToldChange | undefined;
  /** Whether the present answer should report the end of a transaction whose beginning the backend no longer knows. */
  #missesItsEnd = false;
  /** Whether other results follow the present one. */
  #goesOn = false;
  /** Whether a change could not be reported in the present answer, because of an EOF. */
  #isOwed = false;
  /** Whether the present answer is to a statement that sets session_track_transaction_info. */
  #beginsAnew = false;
  /** Whether the present answer is to a statement at which MariaDB looks up the state of the transaction. */
  #looks = false;

  constructor(first: Trackers, server: ServerKind) {
    this.#first = this.#now = first;
    this.#isMySql = server === 'mysql';
  }

  reset(): void {
    this.#now = this.#first;
    this.#areOwn = this.#isForgotten = this.#isExplicit = this.#mayBeLate = false;
    this.#heldBack = this.#late = undefined;
    this.#explicit = this.#reported = NO_TRANSACTION;
  }

  /** A text goes to the server. */
  sent(): void {
    this.#isOwed = false;
  }

  /** The statement that makes a backend report just what this client has asked for; undefined if it does so already. */
  get setUp(): string | undefined {
    return this.#areOwn ? undefined : settingTrackers(this.#now);
  }

  /** The backend has answered OK to `setUp`. */
  areOwn(): void {
    this.#areOwn = true;
  }

  /** The backend reports everything again, and takes an open transaction for one that no statement has begun. */
  areAll(): void {
    this.#areOwn = false;
    this.#isForgotten = this.#isMySql && this.#isExplicit;
  }

  /** The client has set trackers. @param values from a backend that reports what the client has asked for */
  read(values: ReadonlyMap<string, string>): void {
    const toldStates = this.tellsStates;
    this.#now = trackersIn(values);
    if (this.tellsStates && !toldStates) this.#begin();
  }

  /** Something may have changed that no OK has reported. */
  heldBack(): void {
    this.#mayBeLate = true;
  }

  /**
   * Takes what the backend reports in answer to a question that the client has not asked.
   * @param isSet whether the question was a SET, which changes something itself
   */
  asked({ status, change }: ToldOk, isSet = false): void {
    const missesEnd = this.#missesEnd(status, change);
    if (change !== undefined) {
      this.#mayBeLate = false;
      this.#hold(this.#wanted({ ...change, isStateChanged: change.isStateChanged && !isSet }));
    }
    if (missesEnd) this.#hold(this.#wanted(ENDED));
  }

  /** Whether a transaction has ended without a report, because the backend's trackers were set again since it began. */
  #missesEnd(status: number, change: ToldChange | undefined): boolean {
    const isOver = this.#isMySql && this.#isExplicit && (status & IN_TRANSACTION) === 0;
    return isOver && !this.tellsStates && !this.#areOwn && change?.transactionState === undefined;
  }

  /** Takes what the backend reports in answer to a text of the client's; called before `shows`. */
  hear(reading: Reading, { change, status }: ToldOk): void {
    this.#goesOn = (status & MORE_RESULTS) !== 0;
    this.#missesItsEnd = this.#missesEnd(status, change);
    // With a new list, MariaDB drops what it has held back of the variables in the old one.
    if (this.#heldBack !== undefined && !this.#isMySql && reading.variables?.includes(LIST) === true)
      this.#heldBack = someOf({ ...this.#heldBack, variables: {} });
    this.#beginsAnew = reading.variables?.includes(INFO) === true;
    this.#looks = !LOOKS_AT_NOTHING.has(reading.first);
    if (change === undefined) return;
    this.#late = this.#mayBeLate && !this.#isMySql ? lateIn(change, reading, this.#putBack) : undefined;
    this.#mayBeLate = false;
    this.#putBack = reading.isTemporary === true ? Object.keys(change.variables) : [];
  }

  /** Transaction states are reported from now on: MySQL drops what it has noted before. */
  #begin(): void {
    this.#reported = NO_TRANSACTION;
    if (this.#isMySql && this.#heldBack !== undefined)
      this.#heldBack = someOf({ ...this.#heldBack, transactionState: undefined });
  }

  /**
   * The part of a change that the client is shown; undefined for none.
   * @param isEof whether the answer ends with an EOF, which cannot report anything: the change then waits for a later
   * OK
   */
  shows(told: ToldChange | undefined, isEof = false): ToldChange | undefined {
    const late = this.#late;
    this.#late = undefined;
    if (late !== undefined) this.#hold(this.#wanted(late));
    if (this.#missesItsEnd && told?.transactionState === undefined) this.#hold(this.#wanted(ENDED));
    const wanted = told && this.#wanted(late === undefined ? told : without(told, late));
    if (this.#isSilent) {
      this.#hold(wanted);
      return undefined;
    }
    const isLooking = this.#looks && this.#heldBack?.transactionState !== undefined;
    this.#looks = false;
    if (wanted === undefined && !this.#isMySql && !this.#isOwed && !isLooking) return undefined;
    this.#hold(wanted);
    if (isEof) {
      this.#isOwed = this.#goesOn;
      return undefined;
    }
    const all = this.#heldBack;
    this.#heldBack = undefined;
    return all && this.#news(all);
  }

  /** Whether MySQL reports nothing at all, not even transactions, since every tracker is off. */
  get #isSilent(): boolean {
    const { session_track_system_variables: list, session_track_schema, session_track_state_change } = this.#now;
    if (!this.#isMySql || this.#areOwn || list !== '' || this.tellsStates) return false;
    return !isOn(session_track_schema) && !isOn(session_track_state_change);
  }

  /**
   * Drops a transaction state that the client already knows: a transaction that has begun and ended in between is not
   * reported. MariaDB, however, reports the state each time that its tracker is set.
   */
  #news(change: ToldChange): ToldChange | undefined {
    const { transactionState } = change;
    if (transactionState === undefined) return change;
    if (transactionState === this.#reported && (this.#isMySql || !this.#beginsAnew))
      return someOf({ ...change, transactionState: undefined });
    this.#reported = transactionState;
    return change;
  }

  /** Whether MariaDB still has to report a variable; it will report the value that the variable has then. */
  holdsBack(name: string): boolean {
    return !this.#isMySql && this.#heldBack !== undefined && Object.hasOwn(this.#heldBack.variables, name);
  }

  /** Updates what is held back. @param values the present values of all tracked variables */
  renew(values: ReadonlyMap<string, string>): void {
    if (this.#isMySql || this.#heldBack === undefined) return;
    const variables = Object.entries(this.#heldBack.variables).map(([name, value]) => [
      name,
      values.get(name) ?? value,
    ]);
    this.#heldBack = { ...this.#heldBack, variables: Object.fromEntries(variables) };
  }

  /** Whether the client is told each state of a transaction. */
  get tellsStates(): boolean {
    return this.#info !== 'OFF';
  }

  get #info(): string {
    return this.#now.session_track_transaction_info.toUpperCase();
  }

  #hold(change: ToldChange | undefined): void {
    if (change === undefined) return;
    const before = this.#heldBack;
    if (before === undefined) this.#heldBack = change;
    else this.#heldBack = together(before, change, this.#isMySql);
  }

  #wanted(change: ToldChange): ToldChange | undefined {
    if (this.#areOwn) return change;
    const list = this.#now.session_track_system_variables.toLowerCase().replaceAll(' ', '');
    const isWanted = (name: string): boolean => list === '*' || `,${list},`.includes(`,${name},`);
    const variables = Object.fromEntries(Object.entries(change.variables).filter(([name]) => isWanted(name)));
    const schema = isOn(this.#now.session_track_schema) ? change.schema : null;
    const isStateChanged = isOn(this.#now.session_track_state_change) && change.isStateChanged;
    const transactionState = this.#stateFor(change);
    const transactionText = this.#info === 'CHARACTERISTICS' ? change.transactionText : undefined;
    return someOf({ variables, schema, isStateChanged, transactionState, transactionText });
  }

  #stateFor({ transactionState: told, transactionText: text }: ToldChange): string | undefined {
    if (told !== undefined) {
      this.#isForgotten &&= told.startsWith('I');
      this.#isExplicit = this.#isForgotten || told.startsWith('T');
    }
    if (this.#info === 'OFF') return this.#isMySql ? this.#explicitOnly(text) : undefined;
    return told !== undefined && this.#isForgotten ? `T${told.slice(1)}` : told;
  }

  /** Even with the tracker off, MySQL reports where explicit transactions begin and end, and nothing in between. */
  #explicitOnly(text: string | undefined): string {
    if (!this.#isExplicit) this.#explicit = NO_TRANSACTION;
    else if (text?.includes(BEGINS) === true) this.#explicit = text.includes(SNAPSHOT) ? READ : BEGUN;
    else if (this.#explicit === NO_TRANSACTION) this.#explicit = BEGUN;
    return this.#explicit;
  }
}

const NO_TRANSACTION = '________';
const BEGUN = 'T_______';
/** The state after START TRANSACTION WITH CONSISTENT SNAPSHOT. */
const READ = 'T_R_____';
const BEGINS = 'START TRANSACTION';
const SNAPSHOT = ' WITH CONSISTENT SNAPSHOT';

/** Statements that neither read nor write a table, nor end a transaction. */
const LOOKS_AT_NOTHING: ReadonlySet<string> = new Set(
  'do set unlock savepoint release get handler prepare deallocate execute call signal'.split(' '),
);

const LIST = 'session_track_system_variables';
const INFO = 'session_track_transaction_info';

/** Returns the change itself; undefined when it is empty. */
function someOf(change: ToldChange): ToldChange | undefined {
  const { schema, isStateChanged, transactionState, transactionText, variables } = change;
  const isNothing =
    schema === null &&
    !isStateChanged &&
    transactionState === undefined &&
    transactionText === undefined &&
    Object.keys(variables).length === 0;
  return isNothing ? undefined : change;
}

function together(before: ToldChange, after: ToldChange, isSorted: boolean): ToldChange {
  const variables = Object.entries({ ...before.variables, ...after.variables });
  if (isSorted) variables.sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    variables: Object.fromEntries(variables),
    schema: after.schema ?? before.schema,
    isStateChanged: before.isStateChanged || after.isStateChanged,
    transactionState: after.transactionState ?? before.transactionState,
    transactionText: after.transactionText ?? before.transactionText,
  };
}

/**
 * The part of a change that earlier statements have made; undefined for none.
 * @param putBack the variables that the statement before has set for itself alone
 */
function lateIn(change: ToldChange, reading: Reading, putBack: readonly string[]): ToldChange | undefined {
  if (reading.isTemporary === true) return undefined;
  // What such statements do is not in their text.
  const isUnseen = reading.isSeveral === true || reading.pins.some((reason) => UNSEEN.has(reason));
  const isSet = (name: string): boolean =>
    isUnseen
      ? !putBack.includes(name)
      : reading.variables?.includes(name) === true ||
        ((reading.names !== undefined || reading.setsCharset === true) && CHARSET_VARIABLES.has(name));
  const late = Object.entries(change.variables).filter(([name]) => !isSet(name) && !OF_TRANSACTIONS.test(name));
  // DROP DATABASE may leave the session without a default database.
  const schema =
    isUnseen || reading.isElsewhere === true || reading.first === 'use' || reading.first === 'drop'
      ? null
      : change.schema;
  if (late.length === 0 && schema === null) return undefined;
  return { ...NO_CHANGE, variables: Object.fromEntries(late), schema };
}

function without(change: ToldChange, late: ToldChange): ToldChange {
  const variables = Object.entries(change.variables).filter(([name]) => !Object.hasOwn(late.variables, name));
  const schema = late.schema === null ? change.schema : null;
  return { ...change, variables: Object.fromEntries(variables), schema };
}

const UNSEEN: ReadonlySet<string> = new Set(['routine', 'text', 'prepared text']);
/** SET SESSION TRANSACTION sets these without naming them. */
const OF_TRANSACTIONS = /^(?:tx|transaction)_/;

export const NO_CHANGE: ToldChange = {
  schema: null,
  variables: {},
  isStateChanged: false,
  transactionState: undefined,
  transactionText: undefined,
};
const ENDED: ToldChange = { ...NO_CHANGE, transactionState: NO_TRANSACTION };
