/** Where an entry is. `checking`: off the idle stack, being pinged or cleaned for the caller at the head of the line. */
export const State = { connecting: 0, idle: 1, checking: 2, inUse: 3, closing: 4, gone: 5 } as const;
export type State = (typeof State)[keyof typeof State];

/** One physical connection and its dates (monotonic ms). Only the engine sees it; borrowers see a lease. */
export class Entry<C> {
  readonly id: number;
  /** The pool's generation when the dial began; an older one than the pool's is evicted. */
  readonly generation: number;
  /** Set once the dial has succeeded; in no state but `connecting` is it missing. */
  connection!: C;
  state: State = State.connecting;
  /** When it should be replaced, and when it must not be lent any more. */
  retireAt: number = Infinity;
  expiresAt: number = Infinity;
  /** Until when it may be lent without a ping; 0 when it must be pinged. The one test on the hot path. */
  readyUntil = 0;
  /** When a loan of it ended last, and which of all ends of loans in the pool that was. */
  usedAt = 0;
  turn = 0;
  /** When the server last gave a sign of life, as far as the engine knows. */
  aliveAt = 0;
  /** A ping or a cleaning is under way. */
  pending = false;
  /** To be closed when it comes back. */
  evicted = false;
  lost = false;
  /** Its end of life has been dealt with: it is to be replaced, or goes when it comes back. */
  replaced = false;
  /** The number of the loan it is out on; 0 when it is not. A lease is valid while it carries this number. */
  loan = 0;
  /** Its loan is no use of it: somebody only looks at the server. */
  isLookedAt = false;
  /** How many leases share the loan. */
  sharers = 0;
  takenAt = 0;
  /** What its borrower is called. */
  label: string | undefined;
  /** Where it was taken; only kept while somebody wants to know. */
  takenFrom: Error | undefined;
  leakReported = false;
  /** The number of the loan that was out when the pool was closed, and ended by that. */
  cutOff = 0;
  info: Map<unknown, unknown> | undefined;
  /** What the borrower wants undone when it comes back, run last first. */
  undo: ((connection: C) => unknown)[] | undefined;

  constructor(id: number, generation: number) {
    this.id = id;
    this.generation = generation;
  }

  /** Its loan is over, the `turn`-th of all. Who only looked at the server has not used it. */
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
 * Every entry of a pool by its state, so that at any time `idle + checking + inUse + connecting + closing === size`. It
 * knows nothing of time or rules: the pool alone says what moves where.
 */
export class Entries<C> {
  readonly all: Set<Entry<C>> = new Set<Entry<C>>();
  /** Least recently used first. */
  readonly idle: Entry<C>[] = [];
  /** Those near the end of their lifetime, which stay until another has been opened in their place. */
  readonly ageing: Set<Entry<C>> = new Set<Entry<C>>();
  /** How many there are, in every state. */
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

  /** Connections that can serve now or soon: not being opened, not being closed. */
  get alive(): number {
    return this.idle.length + this.checking + this.inUse;
  }

  /** The last returned of those that can be lent as they lie, and suit. */
  ready(now: number, suits: (connection: C) => boolean): Entry<C> | undefined {
    return this.idle.findLast(({ connection, readyUntil }) => now < readyUntil && suits(connection));
  }

  /** Takes in an entry whose dial begins. */
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

  /** In the order of use: one that was only looked at comes back to where it was. */
  #park(entry: Entry<C>): void {
    const { idle } = this;
    let at = idle.length;
    while (at > 0 && idle[at - 1]!.turn > entry.turn) at--;
    if (at === idle.length) idle.push(entry);
    else idle.splice(at, 0, entry);
  }

  #unpark(entry: Entry<C>): void {
    const { idle } = this;
    if (idle[idle.length - 1] === entry) idle.pop();
    else idle.splice(idle.indexOf(entry), 1);
  }
}
