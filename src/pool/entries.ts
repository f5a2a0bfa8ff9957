/** The state of an entry. `checking`: off the idle stack, being pinged or cleaned for the first waiter in the queue. */
const State = { connecting: 0, idle: 1, checking: 2, inUse: 3, closing: 4, gone: 5 } as const;
type State = (typeof State)[keyof typeof State];
// Exported apart from its declaration: every loan would look it up among the exports otherwise.
export { State };

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

  /** Whether it is open, and nobody has it. */
  get isFree(): boolean {
    return this.state === State.idle || this.state === State.checking;
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
  /** How many are in each of the other states. Those on loan are the rest, so that a loan need not be counted. */
  readonly #counts: number[] = [0, 0, 0, 0, 0, 0];

  get connecting(): number {
    return this.#counts[State.connecting]!;
  }

  get checking(): number {
    return this.#counts[State.checking]!;
  }

  get inUse(): number {
    return this.size - this.idle.length - this.connecting - this.checking - this.closing;
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

  /** Marks an entry as on loan. */
  lend(entry: Entry<C>): void {
    if (entry.state === State.inUse) return;
    this.#leave(entry);
    entry.state = State.inUse;
  }

  /**
   * Puts an entry on the idle stack, unless it is there. The stack is kept in the order of use: an entry that was only
   * looked at goes back to where it was.
   */
  park(entry: Entry<C>): void {
    if (entry.state === State.idle) return;
    this.#leave(entry);
    entry.state = State.idle;
    const { idle } = this;
    let at = idle.push(entry) - 1;
    for (; at > 0 && idle[at - 1]!.turn > entry.turn; at--) idle[at] = idle[at - 1]!;
    idle[at] = entry;
  }

  move(entry: Entry<C>, to: typeof State.checking | typeof State.closing | typeof State.gone): void {
    this.#leave(entry);
    entry.state = to;
    this.#counts[to]!++;
    if (to >= State.closing) this.ageing.delete(entry);
    if (to === State.gone && this.all.delete(entry)) this.size--;
  }

  #leave(entry: Entry<C>): void {
    const { idle } = this;
    if (entry.state === State.idle) {
      if (idle[idle.length - 1] === entry) idle.pop();
      else idle.splice(idle.indexOf(entry), 1);
    } else if (entry.state !== State.inUse) this.#counts[entry.state]!--;
  }
}
