import type { ToldChange } from './told.js';

/**
 * Why a client has to keep its backend: it holds what no other can be given.
 * `user variable`: one was set to what is not known. `routine`: something ran that cannot be seen through. `next transaction`:
 * SET TRANSACTION is about a transaction that has not begun. `variable`: a system variable was set that is not tracked.
 * `savepoint`: one is set without autocommit before anything has begun the transaction, which the status does not tell.
 * `transaction state`: MySQL has noted what was read before anything has begun the transaction, and the client is told of it.
 * `change`: the server told of a change that nothing explains. `sequence`: NEXTVAL, whose value LASTVAL answers. `texts`: the
 * server keeps the texts of statements (profiles, traces). `text`: it cannot be known what was said.
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

/** One thing that is held, or let go. */
export interface Hold {
  readonly reason: PinReason;
  /** Undefined: which, or how many, is not known; of what is let go, all. */
  readonly name?: string | undefined;
}

/** What a text takes and lets go; see `Reading`. */
interface Taking {
  readonly pins: readonly PinReason[];
  readonly takes?: readonly Hold[];
  readonly letsGo?: readonly Hold[];
  readonly renames?: true;
  readonly releasesLocks?: true;
}

/** A table without a database is in the default one. */
const placed = (hold: Hold, schema: string): Hold =>
  hold.name?.startsWith('.') === true ? { ...hold, name: schema + hold.name } : hold;

// A statement of these that fails has not taken what it asked for.
const ALL_OR_NOTHING: ReadonlySet<PinReason> = new Set([
  'temporary table',
  'prepared text',
  'handler',
  'read lock',
  'role',
  'resource group',
]);

const PARSE_ERROR = 1064;

/** All that one client holds. */
export class Pins {
  /** Undefined until something is held: most sessions never hold anything. */
  #names: Map<PinReason, Set<string | undefined>> | undefined;
  #isNextSet = false;
  /** What the statement under way has added. */
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

  /** Asks which named locks are still held. */
  get askLocks(): string {
    const columns = this.#namedLocks?.map((name) => `IS_USED_LOCK(${name}) <=> CONNECTION_ID()`) ?? ['NULL'];
    return `SELECT ${columns.join(', ')}`;
  }

  /** The answer. */
  toldLocks(row: readonly (string | null)[] = []): void {
    for (const [at, name] of (this.#namedLocks ?? []).entries())
      if (row[at] === '0') this.letGo({ reason: 'named lock', name });
  }

  /** Those that are held, or were, as SQL; undefined where one is not known, or there is none. */
  get #namedLocks(): readonly string[] | undefined {
    const names = [...(this.#names?.get('named lock') ?? [])];
    return names.length === 0 || names.includes(undefined) ? undefined : names.map((name) => name!);
  }

  /** Whether a statement may have released some of them, or fewer are held than it asked for. */
  mayLetLocksGo({ releasesLocks, pins }: Taking): boolean {
    return (releasesLocks === true || pins.includes('named lock')) && this.#namedLocks !== undefined;
  }

  /**
   * A text goes to the server: what it may take is held from then on.
   * @param schema where tables are whose database it does not say
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

  /** It was done, as a whole. */
  done({ letsGo = [] }: Taking, schema: string): void {
    for (const hold of letsGo) this.letGo(placed(hold, schema));
  }

  /**
   * The statement, which was the only one in its text, has failed.
   * @param errno the server's; what it could not parse was no statement at all
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

  /**
   * What a statement has done to the transaction.
   * @param isUnseen the status does not tell whether there is one
   */
  step(step: 'savepoint' | 'ends' | undefined, hasEnded: boolean, isUnseen: boolean): void {
    if (step === 'ends' || hasEnded) this.set('savepoint', false);
    if (step === 'savepoint' && isUnseen) this.take('savepoint');
  }

  /**
   * What the trackers tell of a transaction.
   * @param isShown the client is told its states
   */
  told({ transactionState, transactionText }: ToldChange, inTransaction: boolean, isShown: boolean): void {
    if (transactionState !== undefined) {
      this.set('table lock', transactionState[7] === 'L');
      this.set('transaction state', isShown && !inTransaction && transactionState[0] !== '_');
    }
    this.toldText(transactionText, inTransaction);
  }

  /** The statements that would begin the same transaction: what is set of the next one stays so where the present one ends without a COMMIT. */
  toldText(text: string | undefined, inTransaction: boolean): void {
    if (text !== undefined) this.#isNextSet = text !== '' && !text.includes('START TRANSACTION');
    this.set('next transaction', this.#isNextSet && !inTransaction);
  }

  /** Whether a change that tells nothing more is one of what is held. @param first the first word of the statement */
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

/** A change of a temporary table is told as one of the session. */
const CHANGES_TABLES: ReadonlySet<string> = new Set(['alter', 'create', 'drop', 'rename', 'truncate']);
