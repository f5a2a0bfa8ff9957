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
  usedAt = 0;
  aliveAt = 0;
  /** A ping or a cleaning is under way. */
  pending = false;
  /** To be closed when it comes back. */
  evicted = false;
  lost = false;
  /** A replacement has been asked for. */
  replaced = false;
  /** The number of the loan it is out on; 0 when it is not. A lease is valid while it carries this number. */
  loan = 0;
  /** How many leases share the loan. */
  sharers = 0;
  takenAt = 0;
  /** What its borrower is called. */
  label: string | undefined;
  /** Where it was taken; only kept while somebody wants to know. */
  takenFrom: Error | undefined;
  leakReported = false;
  info: Map<unknown, unknown> | undefined;
  /** What the borrower wants undone when it comes back, run last first. */
  undo: ((connection: C) => unknown)[] | undefined;

  constructor(id: number, generation: number) {
    this.id = id;
    this.generation = generation;
  }
}

/**
 * Every entry of a pool, and the only place where one changes its state, so that at any time
 * `idle + checking + inUse + connecting + closing === size`.
 */
export class Roster<C> {
  readonly entries: Set<Entry<C>> = new Set<Entry<C>>();
  /** Least recently used first. */
  readonly idle: Entry<C>[] = [];
  size = 0;
  readonly #count: number[] = [0, 0, 0, 0, 0, 0];

  count(state: State): number {
    return this.#count[state]!;
  }

  /** Connections that can serve now or soon: not being opened, not being closed. */
  get alive(): number {
    return this.#count[State.idle]! + this.#count[State.checking]! + this.#count[State.inUse]!;
  }

  add(entry: Entry<C>): void {
    this.entries.add(entry);
    this.#count[entry.state]!++;
    this.size++;
  }

  move(entry: Entry<C>, to: State): void {
    if (entry.state === State.idle) this.#unpark(entry);
    this.#count[entry.state]!--;
    this.#count[to]!++;
    entry.state = to;
    if (to === State.idle) this.idle.push(entry);
    else if (to === State.gone && this.entries.delete(entry)) this.size--;
  }

  #unpark(entry: Entry<C>): void {
    if (this.idle[this.idle.length - 1] === entry) this.idle.pop();
    else this.idle.splice(this.idle.indexOf(entry), 1);
  }
}
