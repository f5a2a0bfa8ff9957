import type { ToldChange } from './told.js';

/**
 * Why a client has to keep its backend: it holds something that no other backend can be given. Those that do not
 * explain themselves:
 * - `user variable`: one was set to an unknown value.
 * - `routine`: something ran whose actions cannot be seen.
 * - `next transaction`: SET TRANSACTION is about a transaction that has not begun.
 * - `savepoint`: one was set without autocommit before anything began the transaction, which the status does not show.
 * - `transaction state`: MySQL has noted a read before anything began the transaction, and the client is told of it.
 * - `variable`: a system variable was set that is not tracked.
 * - `change`: the server reported a change that nothing explains.
 * - `sequence`: NEXTVAL was used, whose value LASTVAL returns.
 * - `texts`: the server keeps the texts of statements (profiles, traces).
 * - `text`: it cannot be known what the text has done.
 */
export type PinReason =
  | 'user variable'
  | 'temporary table'
  | 'named lock'
  | 'table lock'
  | 'handler'
  | 'read lock'
  | 'xa'
  | 'role'
  | 'prepared text'
  | 'routine'
  | 'next transaction'
  | 'savepoint'
  | 'transaction state'
  | 'variable'
  | 'change'
  | 'resource group'
  | 'sequence'
  | 'texts'
  | 'text';

/** One thing that is held, or released. */
export interface Hold {
  readonly reason: PinReason;
  /** Undefined if it is not known which one, or how many; for a release: all of them. */
  readonly name?: string | undefined;
}

/** What a text takes and releases; see `Reading`. */
interface Taking {
  readonly pins: readonly PinReason[];
  readonly takes?: readonly Hold[];
  readonly letsGo?: readonly Hold[];
  readonly renames?: true;
  readonly releasesLocks?: true;
}

/** Adds the default database to a table that is named without one. */
const placed = (hold: Hold, schema: string): Hold =>
  hold.name?.startsWith('.') === true ? { ...hold, name: schema + hold.name } : hold;

// A statement that fails has not taken these.
const ALL_OR_NOTHING: ReadonlySet<PinReason> = new Set([
  'temporary table',
  'prepared text',
  'handler',
  'read lock',
  'role',
  'resource group',
]);

const PARSE_ERROR = 1064;

/** Everything that one client holds. */
export class Pins {
  /** Undefined until something is held: most sessions never hold anything. */
  #names: Map<PinReason, Set<string | undefined>> | undefined;
  #isNextSet = false;
  /** What the present statement has added. */
  #added: readonly Hold[] = NONE;

  get reasons(): ReadonlySet<PinReason> {
    return new Set(this.#names?.keys());
  }

  get isEmpty(): boolean {
    return this.#names === undefined || this.#names.size === 0;
  }

  has(reason: PinReason): boolean {
    return this.#names?.has(reason) === true;
  }

  /** The query that asks which named locks are still held. */
  get askLocks(): string {
    const columns = this.#namedLocks?.map((name) => `IS_USED_LOCK(${name}) <=> CONNECTION_ID()`) ?? ['NULL'];
    return `SELECT ${columns.join(', ')}`;
  }

  /** Takes its answer. */
  toldLocks(row: readonly (string | null)[] = []): void {
    for (const [at, name] of (this.#namedLocks ?? []).entries())
      if (row[at] === '0') this.letGo({ reason: 'named lock', name });
  }

  /** The named locks that are or were held, as SQL; undefined if one is not known, or there are none. */
  get #namedLocks(): readonly string[] | undefined {
    const names = [...(this.#names?.get('named lock') ?? [])];
    return names.length === 0 || names.includes(undefined) ? undefined : names.map((name) => name!);
  }

  /** Whether a statement may have released named locks, or holds fewer than it asked for. */
  mayLetLocksGo({ releasesLocks, pins }: Taking): boolean {
    return (releasesLocks === true || pins.includes('named lock')) && this.#namedLocks !== undefined;
  }

  /**
   * A text goes to the server: from now on, what it may take counts as held.
   * @param schema the default database, where tables are whose database the text does not name
   */
  sent({ pins, takes, renames }: Taking, schema: string, trustsRoutines: boolean): void {
    this.#added = NONE;
    for (const reason of pins) {
      if (reason === 'routine' && trustsRoutines) continue;
      const named = takes?.filter((hold) => hold.reason === reason) ?? [];
      if (named.length === 0) this.take(reason);
      for (const hold of named) this.take(reason, placed(hold, schema).name);
    }
    if (renames === true && this.has('temporary table')) this.take('temporary table');
  }

  /** The text has succeeded as a whole. */
  done({ letsGo = [] }: Taking, schema: string): void {
    for (const hold of letsGo) this.letGo(placed(hold, schema));
  }

  /**
   * The statement, the only one in its text, has failed.
   * @param errno the server's error number: a text that it could not parse has done nothing
   */
  undo(errno: number): void {
    for (const { reason, name } of this.#added)
      if (ALL_OR_NOTHING.has(reason) || (errno === PARSE_ERROR && reason === 'text')) this.#remove(reason, name);
    this.#added = NONE;
  }

  take(reason: PinReason, name?: string): void {
    const all = (this.#names ??= new Map<PinReason, Set<string | undefined>>());
    let names = all.get(reason);
    if (names === undefined) all.set(reason, (names = new Set()));
    if (names.has(name)) return;
    names.add(name);
    this.#added = [...this.#added, { reason, name }];
  }

  letGo({ reason, name }: Hold): void {
    if (name === undefined) this.#names?.delete(reason);
    else this.#remove(reason, name);
  }

  set(reason: PinReason, isHeld: boolean, name?: string): void {
    if (isHeld) this.take(reason, name);
    else if (!this.isEmpty) this.letGo({ reason, name });
  }

  /** What a statement has done to the transaction. @param isUnseen whether the status does not tell if there is one */
  step(step: 'savepoint' | 'ends' | undefined, hasEnded: boolean, isUnseen: boolean): void {
    if (step === 'ends' || hasEnded) this.set('savepoint', false);
    if (step === 'savepoint' && isUnseen) this.take('savepoint');
  }

  /**
   * Takes what the trackers report about a transaction.
   * @param isShown whether the client is shown transaction states
   */
  told({ transactionState, transactionText }: ToldChange, inTransaction: boolean, isShown: boolean): void {
    if (transactionState !== undefined) {
      this.set('table lock', transactionState[7] === 'L');
      this.set('transaction state', isShown && !inTransaction && transactionState[0] !== '_');
    }
    this.toldText(transactionText, inTransaction);
  }

  /**
   * Takes the tracker's statements that would begin the same transaction. What was set for the next transaction stays
   * set if the present one ends without a COMMIT.
   */
  toldText(text: string | undefined, inTransaction: boolean): void {
    if (text !== undefined) this.#isNextSet = text !== '' && !text.includes('START TRANSACTION');
    this.set('next transaction', this.#isNextSet && !inTransaction);
  }

  /** Whether a change reported without details is one of what is held. @param first the first word of the statement */
  explains(first: string): boolean {
    return this.has('temporary table') && CHANGES_TABLES.has(first);
  }

  clear(): void {
    this.#names?.clear();
    this.#added = NONE;
    this.#isNextSet = false;
  }

  #remove(reason: PinReason, name: string | undefined): void {
    const names = this.#names?.get(reason);
    if (names?.delete(name) === true && names.size === 0) this.#names?.delete(reason);
  }
}

const NONE: readonly Hold[] = [];

/** A change of a temporary table is reported as one of the session. */
const CHANGES_TABLES: ReadonlySet<string> = new Set(['alter', 'create', 'drop', 'rename', 'truncate']);
