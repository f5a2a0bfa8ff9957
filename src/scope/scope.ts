import { shown } from '../pool/index.js';
import { Borrower, currentBorrower, runAs, type Held } from './borrower.js';

/** One run of a function: everything that is acquired in it, over all pools, and is still out at its end, goes back. */
export class Scope {
  readonly #borrower: Borrower;

  /**
   * @param label what it is called in reports; otherwise as the scope around it
   * @param oneConnection whether everything in it gets the same connection of a pool
   */
  constructor(label?: string, oneConnection = false) {
    // Made inside another scope, it holds on its own: an inner scope never gives back what the outer one took.
    this.#borrower = new Borrower(currentBorrower(), false, label, oneConnection);
  }

  /** Runs `fn` inside the scope; what it acquires, and what it starts acquires, belongs to the scope. */
  run<T>(fn: () => T): T {
    return runAs(this.#borrower, fn);
  }

  /** Runs a part of the work inside the scope; when it throws, the scope ends. */
  attempt<T>(fn: () => T): T {
    try {
      return this.run(fn);
    } catch (error) {
      this.end();
      throw error;
    }
  }

  /**
   * Gives back what is still out, the last taken first, and has nothing more lent to the scope. Never throws, as the
   * work is done by then, or has failed with an error of its own: failures become one process warning.
   */
  end(): void {
    if (this.#borrower.ended) return;
    this.#borrower.end();
    const errors: unknown[] = [];
    for (const held of [...this.#borrower.held].toReversed()) giveBack(held, errors);
    if (errors.length > 0) process.emitWarning(new ScopeWarning(errors));
  }
}

function giveBack(held: Held, errors: unknown[]): void {
  try {
    held.release();
  } catch (error) {
    errors.push(error);
  }
}

/** What a scope could not give back, all failures together. Seen by `process.on('warning')`. */
class ScopeWarning extends AggregateError {
  override readonly name = 'ScopeWarning';
  readonly code = 'POOL_SCOPE_CLOSE';

  constructor(errors: readonly unknown[]) {
    const texts = errors.map((error) => (error instanceof Error ? error.message : shown(error)));
    super(errors, `at the end of a scope ${errors.length} connections could not be given back: ${texts.join('; ')}`);
  }
}
