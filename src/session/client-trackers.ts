import type { ServerKind } from './built-in-names.js';
import type { Reading } from './reading.js';
import { IN_TRANSACTION, MORE_RESULTS } from './session-status.js';
import type { ToldChange, ToldOk } from './told.js';
import { CHARSET_VARIABLES, settingTrackers, trackersIn, type Trackers } from './tracked.js';

const isOn = (value: string): boolean => value.toUpperCase() === 'ON' || value === '1';

/**
 * Which changes a client has asked to be told of, whatever its backend tells, and when a server would tell them.
 *
 * A change that came up without an OK to tell it in (a statement that failed, rows that end with an EOF, what is put back
 * after the OK) is held back: MySQL tells it in the next OK, MariaDB in the next of the same answer, or that has another change to
 * tell of; what a transaction has become it looks for whenever something is read or written. A client's backend tells of more
 * than its client has asked for, and may be asked meanwhile: so what is held back for the client is kept here.
 */
export class ClientTrackers {
  readonly #first: Trackers;
  readonly #isMySql: boolean;
  #now: Trackers;
  /** The backend tells what the client has asked for, and nothing else. */
  #areOwn = false;
  /** It was told last that a transaction was begun by a statement of its own. */
  #isExplicit = false;
  /** What a server that tells only of explicit transactions would tell of the present one. */
  #explicit = NO_TRANSACTION;
  /** What it was told of transactions last: it is not told the same again. */
  #reported = NO_TRANSACTION;
  /** The backend does not know that any more. */
  #isForgotten = false;
  #heldBack: ToldChange | undefined;
  /** What the last statement has set for itself alone. */
  #putBack: readonly string[] = [];
  /** The backend may hold something back as well. */
  #mayBeLate = false;
  /** Of the present answer: what its statement has not changed, but one before it. */
  #late: ToldChange | undefined;
  /** The present answer tells of the end of a transaction whose beginning the backend does not know any more. */
  #missesItsEnd = false;
  /** Other results follow the present one. */
  #goesOn = false;
  /** An EOF of the present answer could not tell something. */
  #isOwed = false;
  /** The present answer is to a statement that sets which states are told. */
  #beginsAnew = false;
  /** The present answer is to a statement with which MariaDB looks what the transaction has become. */
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

  /** Has a backend tell what this client is to be told, and nothing else: undefined when it does. */
  get setUp(): string | undefined {
    return this.#areOwn ? undefined : settingTrackers(this.#now);
  }

  /** The backend has said OK to that. */
  areOwn(): void {
    this.#areOwn = true;
  }

  /** The backend tells everything again, and takes a transaction that is open for one that no statement has begun. */
  areAll(): void {
    this.#areOwn = false;
    this.#isForgotten = this.#isMySql && this.#isExplicit;
  }

  /** It has set some of them. @param values of a backend that tells what the client has asked for */
  read(values: ReadonlyMap<string, string>): void {
    const toldStates = this.tellsStates;
    this.#now = trackersIn(values);
    if (this.tellsStates && !toldStates) this.#begin();
  }

  /** Something may have changed that no OK has told of. */
  heldBack(): void {
    this.#mayBeLate = true;
  }

  /**
   * What its backend told in answer to a question of somebody else's.
   * @param isSet the question was a SET, which changes something itself
   */
  asked({ status, change }: ToldOk, isSet = false): void {
    const missesEnd = this.#missesEnd(status, change);
    if (change !== undefined) {
      this.#mayBeLate = false;
      this.#hold(this.#wanted({ ...change, isStateChanged: change.isStateChanged && !isSet }));
    }
    if (missesEnd) this.#hold(this.#wanted(ENDED));
  }

  /** Whether a transaction is over of whose end the backend has not told, as it was told anew what to tell of since it began. */
  #missesEnd(status: number, change: ToldChange | undefined): boolean {
    const isOver = this.#isMySql && this.#isExplicit && (status & IN_TRANSACTION) === 0;
    return isOver && !this.tellsStates && !this.#areOwn && change?.transactionState === undefined;
  }

  /** The backend tells this in answer to a text of the client's, before it is asked what the client is told. */
  hear(reading: Reading, { change, status }: ToldOk): void {
    this.#goesOn = (status & MORE_RESULTS) !== 0;
    this.#missesItsEnd = this.#missesEnd(status, change);
    // MariaDB forgets with the old list what was to be told of it.
    if (this.#heldBack !== undefined && !this.#isMySql && reading.variables?.includes(LIST) === true)
      this.#heldBack = someOf({ ...this.#heldBack, variables: {} });
    this.#beginsAnew = reading.variables?.includes(INFO) === true;
    this.#looks = !LOOKS_AT_NOTHING.has(reading.first);
    if (change === undefined) return;
    this.#late = this.#mayBeLate && !this.#isMySql ? lateIn(change, reading, this.#putBack) : undefined;
    this.#mayBeLate = false;
    this.#putBack = reading.isTemporary === true ? Object.keys(change.variables) : [];
  }

  /** States are told that were not: MySQL forgets what it has noted until then. */
  #begin(): void {
    this.#reported = NO_TRANSACTION;
    if (this.#isMySql && this.#heldBack !== undefined)
      this.#heldBack = someOf({ ...this.#heldBack, transactionState: undefined });
  }

  /**
   * What of a change the client is told; undefined for nothing.
   * @param isEof it cannot be told anything: that is for a later OK
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

  /** MySQL tells nothing at all, not even of transactions, where nothing is to be told of. */
  get #isSilent(): boolean {
    const { session_track_system_variables: list, session_track_schema, session_track_state_change } = this.#now;
    if (!this.#isMySql || this.#areOwn || list !== '' || this.tellsStates) return false;
    return !isOn(session_track_schema) && !isOn(session_track_state_change);
  }

  /** A transaction that has come and gone since is none to tell of, but MariaDB tells what it is each time that is set. */
  #news(change: ToldChange): ToldChange | undefined {
    const { transactionState } = change;
    if (transactionState === undefined) return change;
    if (transactionState === this.#reported && (this.#isMySql || !this.#beginsAnew))
      return someOf({ ...change, transactionState: undefined });
    this.#reported = transactionState;
    return change;
  }

  /** Whether MariaDB has to tell of a variable yet: what it is when it tells. */
  holdsBack(name: string): boolean {
    return !this.#isMySql && this.#heldBack !== undefined && Object.hasOwn(this.#heldBack.variables, name);
  }

  /** What the variables are now. @param values of all that are tracked */
  renew(values: ReadonlyMap<string, string>): void {
    if (this.#isMySql || this.#heldBack === undefined) return;
    const variables = Object.entries(this.#heldBack.variables).map(([name, value]) => [
      name,
      values.get(name) ?? value,
    ]);
    this.#heldBack = { ...this.#heldBack, variables: Object.fromEntries(variables) };
  }

  /** Whether it is told what becomes of each transaction. */
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

  /** MySQL tells the beginning and the end of explicit transactions also when that is off, and nothing in between. */
  #explicitOnly(text: string | undefined): string {
    if (!this.#isExplicit) this.#explicit = NO_TRANSACTION;
    else if (text?.includes(BEGINS) === true) this.#explicit = text.includes(SNAPSHOT) ? READ : BEGUN;
    else if (this.#explicit === NO_TRANSACTION) this.#explicit = BEGUN;
    return this.#explicit;
  }
}

const NO_TRANSACTION = '________';
const BEGUN = 'T_______';
/** What START TRANSACTION WITH CONSISTENT SNAPSHOT has done. */
const READ = 'T_R_____';
const BEGINS = 'START TRANSACTION';
const SNAPSHOT = ' WITH CONSISTENT SNAPSHOT';

/** Statements that neither read nor write a table, nor end a transaction. */
const LOOKS_AT_NOTHING: ReadonlySet<string> = new Set(
  'do set unlock savepoint release get handler prepare deallocate execute call signal'.split(' '),
);

const LIST = 'session_track_system_variables';
const INFO = 'session_track_transaction_info';

/** The same; undefined when it tells nothing. */
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
 * What of a change is of statements before this one; undefined for nothing.
 * @param putBack what one before has set for itself alone
 */
function lateIn(change: ToldChange, reading: Reading, putBack: readonly string[]): ToldChange | undefined {
  if (reading.isTemporary === true) return undefined;
  // What these do is not in their text.
  const isUnseen = reading.isSeveral === true || reading.pins.some((reason) => UNSEEN.has(reason));
  const isSet = (name: string): boolean =>
    isUnseen
      ? !putBack.includes(name)
      : reading.variables?.includes(name) === true ||
        ((reading.names !== undefined || reading.setsCharset === true) && CHARSET_VARIABLES.has(name));
  const late = Object.entries(change.variables).filter(([name]) => !isSet(name) && !OF_TRANSACTIONS.test(name));
  // None, once it was dropped.
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
/** SET SESSION TRANSACTION sets them without a name. */
const OF_TRANSACTIONS = /^(?:tx|transaction)_/;

export const NO_CHANGE: ToldChange = {
  schema: null,
  variables: {},
  isStateChanged: false,
  transactionState: undefined,
  transactionText: undefined,
};
const ENDED: ToldChange = { ...NO_CHANGE, transactionState: NO_TRANSACTION };
