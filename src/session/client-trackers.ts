import type { ServerKind } from './built-in-names.js';
import type { Reading } from './reading.js';
import type { ToldChange } from './told.js';
import { CHARSET_VARIABLES, settingTrackers, trackersIn, type Trackers } from './tracked.js';

const isOn = (value: string): boolean => value.toUpperCase() === 'ON' || value === '1';

/**
 * Which changes a client has asked to be told of, whatever its backend tells, and when a server would tell them.
 *
 * A change that came up without an OK to tell it in (a statement that failed, rows that end with an EOF, what is put back
 * after the OK) is held back: MySQL tells it in the next OK, MariaDB in the next that has another change to tell of. A
 * client's backend tells of more than its client has asked for, and may be asked meanwhile: so what is held back for the
 * client is kept here.
 */
export class ClientTrackers {
  readonly #first: Trackers;
  readonly #isMySql: boolean;
  #now: Trackers;
  /** The backend tells what the client has asked for, and nothing else. */
  #areOwn = false;
  /** It was told last that a transaction was begun by a statement of its own. */
  #isExplicit = false;
  /** The backend does not know that any more. */
  #isForgotten = false;
  #heldBack: ToldChange | undefined;
  /** The backend may hold something back as well. */
  #mayBeLate = false;
  /** Of the present answer: what its statement has not changed, but one before it. */
  #late: ToldChange | undefined;
  /** The present answer tells of the end of a transaction whose beginning the backend does not know any more. */
  #hasEnded = false;

  constructor(first: Trackers, server: ServerKind) {
    this.#first = this.#now = first;
    this.#isMySql = server === 'mysql';
  }

  reset(): void {
    this.#now = this.#first;
    this.#areOwn = this.#isForgotten = this.#isExplicit = this.#mayBeLate = false;
    this.#heldBack = this.#late = undefined;
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
    this.#now = trackersIn(values);
  }

  /** Something may have changed that no OK has told of. */
  heldBack(): void {
    this.#mayBeLate = true;
  }

  /**
   * What its backend told in answer to a question of somebody else's.
   * @param isSet the question was a SET, which changes something itself
   */
  owe(change: ToldChange, isSet = false): void {
    this.#mayBeLate = false;
    this.#hold(this.#wanted({ ...change, isStateChanged: change.isStateChanged && !isSet }));
  }

  /** The backend tells this in answer to a text of the client's, before it is asked what the client is told. */
  hear(reading: Reading, change: ToldChange | undefined, isInTransaction: boolean): void {
    this.#hasEnded = this.#isMySql && this.#isExplicit && !isInTransaction && this.#info === 'OFF';
    // MariaDB forgets with the old list what was to be told of it.
    if (this.#heldBack !== undefined && !this.#isMySql && reading.variables?.includes(LIST) === true)
      this.#heldBack = someOf({ ...this.#heldBack, variables: {} });
    if (change === undefined) return;
    this.#late = this.#mayBeLate && !this.#isMySql ? lateIn(change, reading) : undefined;
    this.#mayBeLate = false;
  }

  /**
   * What of a change the client is told; undefined for nothing.
   * @param isEof it cannot be told anything: that is for a later OK
   */
  shows(told: ToldChange | undefined, isEof = false): ToldChange | undefined {
    const late = this.#late;
    this.#late = undefined;
    if (late !== undefined) this.#hold(this.#wanted(late));
    if (this.#hasEnded && told?.transactionState === undefined && !this.#areOwn) this.#hold(this.#wanted(ENDED));
    const wanted = told && this.#wanted(late === undefined ? told : without(told, late));
    if (wanted === undefined && !this.#isMySql) return undefined;
    this.#hold(wanted);
    if (isEof) return undefined;
    const all = this.#heldBack;
    this.#heldBack = undefined;
    return all;
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
    const transactionState = this.#stateFor(change.transactionState);
    const transactionText = this.#info === 'CHARACTERISTICS' ? change.transactionText : undefined;
    return someOf({ variables, schema, isStateChanged, transactionState, transactionText });
  }

  /** MySQL tells the beginning and the end of explicit transactions also when that is off, and nothing in between. */
  #stateFor(told: string | undefined): string | undefined {
    if (told === undefined) return undefined;
    this.#isForgotten &&= told.startsWith('I');
    const state = this.#isForgotten ? `T${told.slice(1)}` : told;
    const wasExplicit = this.#isExplicit;
    this.#isExplicit = state.startsWith('T');
    if (this.#info !== 'OFF') return state;
    if (!this.#isMySql || this.#isExplicit === wasExplicit) return undefined;
    return SNAPSHOT === state || !this.#isExplicit ? state : BEGUN;
  }
}

const BEGUN = 'T_______';
/** START TRANSACTION WITH CONSISTENT SNAPSHOT has read. */
const SNAPSHOT = 'T_R_____';

const LIST = 'session_track_system_variables';

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

/** What of a change is of statements before this one; undefined for nothing. */
function lateIn(change: ToldChange, reading: Reading): ToldChange | undefined {
  // What these do is not in their text.
  if (reading.isSeveral === true || reading.isTemporary === true || reading.pins.some((reason) => UNSEEN.has(reason)))
    return undefined;
  const isSet = (name: string): boolean =>
    reading.variables?.includes(name) === true ||
    ((reading.names !== undefined || reading.setsCharset === true) && CHARSET_VARIABLES.has(name));
  const late = Object.entries(change.variables).filter(([name]) => !isSet(name) && !OF_TRANSACTIONS.test(name));
  // None, once it was dropped.
  const schema = reading.first === 'use' || reading.first === 'drop' ? null : change.schema;
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
const ENDED: ToldChange = { ...NO_CHANGE, transactionState: '________' };
