import type { ServerKind } from './built-in-names.js';
import type { ToldChange } from './told.js';
import { trackersIn, type Trackers } from './tracked.js';

const PREFIX = 'session_track_';
const isOn = (value: string): boolean => value.toUpperCase() === 'ON' || value === '1';

/** Which changes a client has asked to be told of, whatever its backend tells. */
export class ClientTrackers {
  readonly #first: Trackers;
  readonly #server: ServerKind;
  #now: Trackers;
  /** Those that it has just set, by name. */
  readonly #set = new Set<string>();
  /** It was told last that a transaction was begun by a statement of its own. */
  #isExplicit = false;
  /** What was told to somebody else in its place. */
  #owed: ToldChange | undefined;

  constructor(first: Trackers, server: ServerKind) {
    this.#first = this.#now = first;
    this.#server = server;
  }

  reset(): void {
    this.#now = this.#first;
    this.#set.clear();
    this.#isExplicit = false;
    this.#owed = undefined;
  }

  /** The end of its transaction was told in answer to a question that it has not asked. */
  owe(change: ToldChange): void {
    const { transactionState } = change;
    if (transactionState === NO_TRANSACTION) this.#owed = { ...NOTHING, transactionState };
  }

  /** It has set some of these variables: what to has to be read. */
  set(names: readonly string[] = []): void {
    for (const name of names) if (name.startsWith(PREFIX)) this.#set.add(name);
  }

  /** @param values of its backend, where those that it has not set are the set-up's */
  read(values: ReadonlyMap<string, string>): void {
    const own = Object.entries(trackersIn(values)).filter(([name]) => this.#set.has(name));
    this.#now = { ...this.#now, ...Object.fromEntries(own) };
    this.#set.clear();
  }

  /** What of a change the client is told; undefined for nothing. */
  shows(told: ToldChange | undefined): ToldChange | undefined {
    const change = this.#withOwed(told);
    if (change === undefined) return undefined;
    const list = this.#now.session_track_system_variables.toLowerCase().replaceAll(' ', '');
    const isWanted = (name: string): boolean => list === '*' || `,${list},`.includes(`,${name},`);
    const variables = Object.fromEntries(Object.entries(change.variables).filter(([name]) => isWanted(name)));
    const schema = isOn(this.#now.session_track_schema) ? change.schema : null;
    const isStateChanged = isOn(this.#now.session_track_state_change) && change.isStateChanged;
    const info = this.#now.session_track_transaction_info.toUpperCase();
    const transactionState = this.#stateFor(info, change.transactionState);
    const transactionText = info === 'CHARACTERISTICS' || info === '2' ? change.transactionText : undefined;
    const isNothing =
      schema === null &&
      !isStateChanged &&
      transactionState === undefined &&
      transactionText === undefined &&
      Object.keys(variables).length === 0;
    return isNothing ? undefined : { ...change, variables, schema, isStateChanged, transactionState, transactionText };
  }

  #withOwed(told: ToldChange | undefined): ToldChange | undefined {
    const owed = this.#owed;
    if (owed === undefined) return told;
    this.#owed = undefined;
    if (told === undefined) return owed;
    return { ...told, transactionState: told.transactionState ?? owed.transactionState };
  }

  /** MySQL tells the beginning and the end of explicit transactions also when that is off, and nothing in between. */
  #stateFor(info: string, state: string | undefined): string | undefined {
    if (state === undefined) return undefined;
    const wasExplicit = this.#isExplicit;
    this.#isExplicit = state.startsWith('T');
    if (info !== 'OFF' && info !== '0') return state;
    if (this.#server !== 'mysql' || this.#isExplicit === wasExplicit) return undefined;
    return SNAPSHOT === state || !this.#isExplicit ? state : BEGUN;
  }
}

const NOTHING: ToldChange = {
  schema: null,
  variables: {},
  isStateChanged: false,
  transactionState: undefined,
  transactionText: undefined,
};
const NO_TRANSACTION = '________';
const BEGUN = 'T_______';
/** START TRANSACTION WITH CONSISTENT SNAPSHOT has read. */
const SNAPSHOT = 'T_R_____';
