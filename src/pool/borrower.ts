import { AsyncLocalStorage } from 'node:async_hooks';

/** Something that can be given back: a lease, as its borrower sees it. */
export interface Held {
  release(): void;
}

/**
 * Whoever acquires within one async context: a scope, or a call of `use` inside one. The engine writes down what it
 * holds; the scope gives it back.
 * @since 0.1.0
 */
export class Borrower {
  /** What the scope holds, its frames included; also the identity of the scope. */
  readonly held: Set<Held>;
  readonly parent: Borrower | undefined;
  readonly #frame: boolean;
  #ended = false;

  constructor(parent?: Borrower, frame = false) {
    this.parent = parent;
    this.#frame = frame;
    this.held = frame && parent !== undefined ? parent.held : new Set<Held>();
  }

  /** Whether the scope is over, so that nothing may be lent to it any more. */
  get ended(): boolean {
    return this.#ended || (this.#frame && this.parent !== undefined && this.parent.ended);
  }

  end(): void {
    this.#ended = true;
  }

  /** Whether `other` is this borrower or one that it runs inside of. */
  runsInside(other: Borrower | undefined): boolean {
    return other === this || (this.parent !== undefined && this.parent.runsInside(other));
  }
}

// One storage per process, also when a hot reload or a second copy of the package loads this file again.
const key = Symbol.for('node-mysqlpool.borrower');
const holder = globalThis as { [key]?: AsyncLocalStorage<Borrower> };
const storage = (holder[key] ??= new AsyncLocalStorage<Borrower>());

/** The innermost scope around the caller that has not ended; undefined outside of any. */
export function currentBorrower(): Borrower | undefined {
  let borrower = storage.getStore();
  while (borrower?.ended) borrower = borrower.parent;
  return borrower;
}

/** Runs `fn` so that `borrower` is the current one in it and in everything it starts. */
export function runAs<T>(borrower: Borrower, fn: () => T): T {
  return storage.run(borrower, fn);
}
