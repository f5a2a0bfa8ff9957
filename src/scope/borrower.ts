import { AsyncLocalStorage } from 'node:async_hooks';

/** Something that a borrower holds and can give back: a lease. */
export interface Held {
  release(): void;
}

/**
 * The borrower in an async context: a scope, or a call of `use` inside a scope (a frame). What a frame borrows is held
 * by its scope.
 * @since 0.1.0
 */
export class Borrower {
  readonly parent: Borrower | undefined;
  /** Its name in reports. */
  readonly label: string | undefined;
  /** What the scope and its frames hold. All frames of a scope have the same set, which thus identifies the scope. */
  readonly held: Set<Held>;
  readonly #scope: Borrower;
  readonly #oneConnection: Borrower | undefined;
  readonly #whenEnded = new Set<() => void>();
  #ended = false;

  constructor(parent?: Borrower, frame = false, label?: string, oneConnection = false) {
    this.parent = parent;
    // Inherited by inner scopes. An inner scope with the same option uses the connection of the outermost one.
    this.#oneConnection = parent?.oneConnection ?? (oneConnection ? this : undefined);
    this.label = label ?? parent?.label;
    this.#scope = frame && parent !== undefined ? parent.#scope : this;
    this.held = this.#scope === this ? new Set<Held>() : this.#scope.held;
  }

  /** Whether the scope has ended, so that nothing may be lent to it any more. */
  get ended(): boolean {
    return this.#scope.#ended;
  }

  /** The enclosing scope, or itself, whose `oneConnection` is in force; undefined when there is none. */
  get oneConnection(): Borrower | undefined {
    return this.#oneConnection?.ended === false ? this.#oneConnection : undefined;
  }

  end(): void {
    this.#ended = true;
    for (const tell of this.#whenEnded) tell();
    this.#whenEnded.clear();
  }

  /** Calls `tell` when the scope ends; returns a function that cancels this. */
  onEnd(tell: () => void): () => void {
    const listeners = this.#scope.#whenEnded;
    listeners.add(tell);
    return () => void listeners.delete(tell);
  }

  /** This borrower and those that enclose it, innermost first. */
  *lineage(): Generator<Borrower> {
    yield this;
    if (this.parent !== undefined) yield* this.parent.lineage();
  }
}

// One storage per process, shared by all copies of this file (from a hot reload or a second copy of the package).
const key = Symbol.for('node-mysqlpool.borrower');
const holder = globalThis as { [key]?: AsyncLocalStorage<Borrower | undefined> };
const storage = (holder[key] ??= new AsyncLocalStorage<Borrower | undefined>());

/** The innermost enclosing scope that has not ended; undefined outside of any. */
export function currentBorrower(): Borrower | undefined {
  const borrower = borrowerHere();
  return borrower?.ended === true ? undefined : borrower;
}

/** Like `currentBorrower`, but returns the innermost scope when all have ended: such a caller has to be rejected. */
export function borrowerHere(): Borrower | undefined {
  const innermost = storage.getStore();
  let borrower = innermost;
  while (borrower?.ended) borrower = borrower.parent;
  return borrower ?? innermost;
}

/**
 * The label of a loan through something such as an ORM: `upload (typeorm)` in a scope with a name, else just `typeorm`.
 */
export function labelThrough(via: string): string {
  const label = currentBorrower()?.label;
  return label === undefined ? via : `${label} (${via})`;
}

/** Runs `fn`, and everything it starts, with `borrower` as the current borrower. */
export function runAs<T>(borrower: Borrower, fn: () => T): T {
  return storage.run(borrower, fn);
}

/**
 * Runs `fn`, and everything it starts, outside of all scopes: a pool's own work may be triggered from within any scope.
 */
export function outsideOfScopes<A extends unknown[], T>(fn: (...args: A) => T, ...args: A): T {
  return storage.getStore() === undefined ? fn(...args) : storage.run(undefined, fn, ...args);
}

/** Runs a function with another current borrower. */
export type RunAs = <A extends unknown[], T>(fn: (...args: A) => T, ...args: A) => T;

/**
 * Captures the current borrower, to run its callbacks in its name from socket events; undefined outside of any scope.
 */
export function callerHere(): RunAs | undefined {
  const caller = storage.getStore();
  return caller === undefined ? undefined : (fn, ...args) => storage.run(caller, fn, ...args);
}
