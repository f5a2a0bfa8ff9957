/** The state of an entry. `checking`: off the idle stack, being pinged or cleaned for the first waiter in the queue. */
export const State = { connecting: 0, idle: 1, checking: 2, inUse: 3, closing: 4, gone: 5 } as const;
export type State = (typeof State)[keyof typeof State];

/** One physical connection and its dates (monotonic ms). Only the engine sees it; borrowers see a lease. */
export class Entry<C> {
  readonly id: number;
  /** The pool's generation when the dial began. An entry is evicted when the pool has a newer one. */
  readonly generation: number;
  /** Set once the dial has succeeded: missing only in the state `connecting`. */
  connection!: C;
  state: State = State.connecting;
  /** When the entry should be replaced (`retireAt`), and from when on it must not be lent any more (`expiresAt`). */
  retireAt: number = Infinity;
  expiresAt: number = Infinity;
  /**
   * Until when it may be lent without a ping; 0 when a ping or cleaning comes first. The only check on the hot path.
   */
  readyUntil = 0;
  /** When its last loan ended, and the position of that event among all ends of loans in the pool. */
  usedAt = 0;
  turn = 0;
  /** When the server last gave a sign of life, as far as the engine knows. */
  aliveAt = 0;
  /** A ping or a cleaning is under way. */
  pending = false;
  /** To be closed when it is returned. */
  evicted = false;
  lost = false;
  /**
   * The end of its lifetime has been handled: it stays until its replacement is open, or is closed when it is returned.
   */
  replaced = false;
  /**
   * The number of its current loan; 0 without one. A lease is valid only while its entry carries the lease's number.
   */
  loan = 0;
  /** Its current loan does not count as use: the borrower only looks at the server. */
  isLookedAt = false;
  /** How many leases share the loan. */
  sharers = 0;
  takenAt = 0;
  /** The label of its borrower. */
  label: string | undefined;
  /** Where in the code it was borrowed; recorded only while call sites are. */
  takenFrom: Error | undefined;
  leakReported = false;
  /** The number of the loan that was ended by the closing of the pool. */
  cutOff = 0;
  info: Map<unknown, unknown> | undefined;
  /** The borrower's hooks for the return of the connection, run last first. */
  undo: ((connection: C) => unknown)[] | undefined;

  constructor(id: number, generation: number) {
    this.id = id;
    this.generation = generation;
  }

  /** Ends the loan, as the `turn`-th to end in the pool. A borrower that only looked at the server has not used it. */
  endLoan(now: number, turn: number): void {
    this.loan = 0;
    this.label = this.takenFrom = undefined;
    this.leakReported = false;
    if (!this.isLookedAt) {
      this.usedAt = now;
      this.turn = turn;
    }
    this.isLookedAt = false;
  }
}

/**
 * All entries of a pool by state, so that `idle + checking + inUse + connecting + closing === size` at any time. It
 * knows neither time nor rules: the pool alone decides which entry changes its state.
 */
export class Entries<C> {
  readonly all: Set<Entry<C>> = new Set<Entry<C>>();
  /** Least recently used first. */
  readonly idle: Entry<C>[] = [];
  /** Entries near the end of their lifetime, kept until a replacement has been opened. */
  readonly ageing: Set<Entry<C>> = new Set<Entry<C>>();
  /** The number of entries in all states together. */
  size = 0;
  readonly #counts: number[] = [0, 0, 0, 0, 0, 0];

  get connecting(): number {
    return this.#counts[State.connecting]!;
  }

  get checking(): number {
    return this.#counts[State.checking]!;
  }

  get inUse(): number {
    return this.#counts[State.inUse]!;
  }

  get closing(): number {
    return this.#counts[State.closing]!;
  }

  /** Connections that can serve now or soon: neither being opened nor being closed. */
  get alive(): number {
    return this.idle.length + this.checking + this.inUse;
  }

  /** The most recently used idle entry that suits and can be lent without a ping. */
  ready(now: number, suits: (connection: C) => boolean): Entry<C> | undefined {
    return this.idle.findLast(({ connection, readyUntil }) => now < readyUntil && suits(connection));
  }

  /** Adds an entry whose dial begins. */
  add(entry: Entry<C>): void {
    this.all.add(entry);
    this.#counts[entry.state]!++;
    this.size++;
  }

  move(entry: Entry<C>, to: State): void {
    if (entry.state === State.idle) this.#unpark(entry);
    this.#counts[entry.state]!--;
    this.#counts[to]!++;
    entry.state = to;
    if (to === State.idle) this.#park(entry);
    else if (to >= State.closing) this.#end(entry);
  }

  #end(entry: Entry<C>): void {
    this.ageing.delete(entry);
    if (entry.state === State.gone && this.all.delete(entry)) this.size--;
  }

  /** Keeps the idle entries in the order of their use: one that was only looked at goes back to where it was. */
  #park(entry: Entry<C>): void {
    const { idle } = this;
    const last = idle[idle.length - 1];
    if (last === undefined || last.turn <= entry.turn) idle.push(entry);
    else this.#insert(entry);
  }

  // A function of its own, so that `#park`, which every return calls, is small enough to be inlined.
  #insert(entry: Entry<C>): void {
    const at = this.idle.findIndex(({ turn }) => turn > entry.turn);
    this.idle.splice(at, 0, entry);
  }

  #unpark(entry: Entry<C>): void {
    const { idle } = this;
    if (idle[idle.length - 1] === entry) idle.pop();
    else idle.splice(idle.indexOf(entry), 1);
  }
}
