import { AsyncLocalStorage } from 'node:async_hooks';

/** Something that can be given back: a lease, as its borrower sees it. */
export interface Held {
  release(): void;
}

/**
 * Whoever borrows within one async context: a scope, or a call of `use` inside one (a frame). Frames hold in the name of
 * their scope.
 * @since 0.1.0
 */
export class Borrower {
  readonly parent: Borrower | undefined;
  /** What it is called in reports. */
  readonly label: string | undefined;
  /** What the scope holds, its frames included; also the identity of the scope. */
  readonly held: Set<Held>;
  readonly #scope: Borrower;
  readonly #oneConnection: Borrower | undefined;
  readonly #whenEnded = new Set<() => void>();
  #ended = false;

  constructor(parent?: Borrower, frame = false, label?: string, oneConnection = false) {
    this.parent = parent;
    // Also for scopes inside of it, and for a further one of the kind: what the outermost has set counts for all of them.
    this.#oneConnection = parent?.oneConnection ?? (oneConnection ? this : undefined);
    this.label = label ?? parent?.label;
    this.#scope = frame && parent !== undefined ? parent.#scope : this;
    this.held = this.#scope === this ? new Set<Held>() : this.#scope.held;
  }

  /** Whether the scope is over, so that nothing may be lent to it any more. */
  get ended(): boolean {
    return this.#scope.#ended;
  }

  /** The scope around it, or itself, in which all share one connection of each pool; undefined outside of any. */
  get oneConnection(): Borrower | undefined {
    return this.#oneConnection?.ended === false ? this.#oneConnection : undefined;
  }

  end(): void {
    this.#ended = true;
    for (const tell of this.#whenEnded) tell();
    this.#whenEnded.clear();
  }

  /** Has `tell` called when the scope ends; returns a function that takes it back. */
  onEnd(tell: () => void): () => void {
    const listeners = this.#scope.#whenEnded;
    listeners.add(tell);
    return () => void listeners.delete(tell);
  }

  /** This borrower and those it runs inside of, innermost first. */
  *lineage(): Generator<Borrower> {
    yield this;
    if (this.parent !== undefined) yield* this.parent.lineage();
  }
}

// One storage per process, also when a hot reload or a second copy of the package loads this file again.
const key = Symbol.for('node-mysqlpool.borrower');
const holder = globalThis as { [key]?: AsyncLocalStorage<Borrower | undefined> };
const storage = (holder[key] ??= new AsyncLocalStorage<Borrower | undefined>());

/** The innermost scope around the caller that has not ended; undefined outside of any. */
export function currentBorrower(): Borrower | undefined {
  const borrower = borrowerHere();
  return borrower?.ended === true ? undefined : borrower;
}

/** The same, but the innermost one when all of them have ended: such a caller is to be told so. */
export function borrowerHere(): Borrower | undefined {
  const innermost = storage.getStore();
  let borrower = innermost;
  while (borrower?.ended) borrower = borrower.parent;
  return borrower ?? innermost;
}

/**
 * What a loan is called that is taken through something, such as an ORM: `upload (typeorm)` in a scope that has a name,
 * and otherwise just `typeorm`.
 */
export function labelThrough(via: string): string {
  const label = currentBorrower()?.label;
  return label === undefined ? via : `${label} (${via})`;
}

/** Runs `fn` so that `borrower` is the current one in it and in everything it starts. */
export function runAs<T>(borrower: Borrower, fn: () => T): T {
  return storage.run(borrower, fn);
}

/** Runs `fn`, and everything it starts, in nobody's name: what a pool does for itself may be begun within any scope. */
export function outsideOfScopes<A extends unknown[], T>(fn: (...args: A) => T, ...args: A): T {
  return storage.getStore() === undefined ? fn(...args) : storage.run(undefined, fn, ...args);
}

/** Runs a function as somebody else, with arguments. */
export type RunAs = <A extends unknown[], T>(fn: (...args: A) => T, ...args: A) => T;

/** Who calls here, to call them back later from a socket, which is nobody's; undefined outside of any scope. */
export function callerHere(): RunAs | undefined {
  const caller = storage.getStore();
  return caller === undefined ? undefined : (fn, ...args) => storage.run(caller, fn, ...args);
}
