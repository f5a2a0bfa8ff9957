import { PoolError } from '../pool/index.js';

/** The scope that asked for a connection ended before it got one, or had ended before it asked. @since 0.1.0 */
export class ScopeEndedError extends PoolError {
  /** @param isLate the scope had already ended when it asked */
  constructor(pool: string, isLate = false) {
    const text = isLate
      ? 'this work was started by a scope that has ended, so that nobody would give its connection back; ' +
        'await everything a scope starts, or wrap what outlives it in autoCloseDb of its own'
      : 'the scope ended before it got its connection; await everything a scope starts';
    super('POOL_SCOPE_ENDED', pool, text);
  }
}

/** A scope waits for a connection while it holds all connections that a limit allows. @since 0.1.0 */
export class SelfDeadlockError extends PoolError {
  constructor(pool: string, held: number, takenAt: string, waitedAt: string, limit = 'maxSize') {
    const all = held === 1 ? 'the only one there is' : `all ${held} there are`;
    const text = `this scope waits for a connection while it holds ${all}; give one back first, or raise ${limit}`;
    super('POOL_SELF_DEADLOCK', pool, `${text}\ntaken at:\n${takenAt}\nwaited for at:\n${waitedAt}`);
  }
}

/** An AssertionPool was asked for a second connection while the first was on loan. @since 0.1.0 */
export class AlreadyTakenError extends PoolError {
  constructor(pool: string, takenAt: string) {
    super('POOL_ALREADY_TAKEN', pool, `the connection is already taken, here:\n${takenAt}`);
  }
}

/** The connection that everything in a scope with `oneConnection` shares was lost or closed. @since 0.1.0 */
export class ScopeConnectionLostError extends PoolError {
  constructor(pool: string) {
    const text =
      'the one connection of this scope was lost or closed, and with it what was set in its session; ' +
      'run the whole function again';
    super('POOL_SCOPE_CONNECTION_LOST', pool, text);
  }
}
