import { shown } from '../pool/index.js';
import { Borrower, currentBorrower, runAs, type Held } from './borrower.js';

/**
 * One run of a function. Everything that is acquired in it, from any pool, and still on loan at its end is given back.
 */
export class Scope {
  readonly #borrower: Borrower;

  /**
   * @param label its name in reports; by default that of the enclosing scope
   * @param oneConnection whether everything in it gets the same connection of a pool
   */
  constructor(label?: string, oneConnection = false) {
    // A scope inside another one holds its own connections: it never gives back what the outer one took.
    this.#borrower = new Borrower(currentBorrower(), false, label, oneConnection);
  }

  /** Runs `fn` inside the scope: what `fn`, or anything it starts, acquires belongs to the scope. */
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
   * Gives back what is still on loan, the last taken first; from now on nothing is lent to the scope. Never throws,
   * since the work is done by then or has failed with an error of its own: failures become one process warning.
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

/** All failures of a scope to give back its connections. Seen by `process.on('warning')`. */
class ScopeWarning extends AggregateError {
  override readonly name = 'ScopeWarning';
  readonly code = 'POOL_SCOPE_CLOSE';

  constructor(errors: readonly unknown[]) {
    const texts = errors.map((error) => (error instanceof Error ? error.message : shown(error)));
    super(errors, `at the end of a scope ${errors.length} connections could not be given back: ${texts.join('; ')}`);
  }
}
