import { drop, isBusy, isClosing, onClosed } from './driver.js';
import { pingServer } from './own-commands.js';
import type { Session } from './session.js';

// The server ends a session that was silent for its `wait_timeout`, which is its lease. It is pinged when a third is
// over, or a quarter of that later, so that those that are due soon are pinged together.
const SHARE = 3;
const SLACK = 4;

/** A ping that has not been answered yet, and when it was sent. */
interface Pending {
  readonly since: number;
}

/**
 * Has a server know that the process is alive, by all sessions of a pool that were silent for long: those that lie idle,
 * and those of borrowers who compute. Whatever becomes of the process, the server's clock alone decides then. A ping is
 * no use of a connection, and leaves everything as it is but ROW_COUNT(), which is 0 after it.
 *
 * One timer, which neither runs without sessions nor keeps the process alive.
 */
export class SessionLease {
  readonly #lease: number;
  readonly #sessions = new Map<Session, Pending | undefined>();
  #timer: NodeJS.Timeout | undefined;

  /** @param lease in ms */
  constructor(lease: number) {
    this.#lease = lease;
  }

  /** Looks after it until it is closed. */
  add(session: Session): void {
    if (!onClosed(session.connection, () => this.#remove(session))) return;
    this.#sessions.set(session, undefined);
    this.#timer ??= this.#lookIn(this.#periodOf(session));
  }

  #remove(session: Session): void {
    this.#sessions.delete(session);
    if (this.#sessions.size > 0) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #lookIn(ms: number): NodeJS.Timeout {
    return setTimeout(() => this.#look(), Math.min(ms, 2 ** 31 - 1)).unref();
  }

  #look(): void {
    const now = performance.now();
    let next = Infinity;
    for (const [session, pending] of this.#sessions) {
      const period = this.#periodOf(session);
      // By the server's own clock it is gone, or the server is.
      if (pending !== undefined && now - pending.since > this.#lease) drop(session.connection);
      const due = session.sentAt + period - now;
      if (due <= 0 && isSilent(session)) this.#ping(session, now);
      next = Math.min(next, Math.max(due <= 0 ? period : due, period / SLACK));
    }
    this.#timer = this.#sessions.size > 0 ? this.#lookIn(next) : undefined;
  }

  /** The server may give it less than the lease. */
  #periodOf({ state }: Session): number {
    const own = Number(state.variables.first.get('wait_timeout') ?? Infinity) * 1000;
    return Math.min(this.#lease, own) / SHARE;
  }

  #ping(session: Session, since: number): void {
    const pending: Pending = { since };
    this.#sessions.set(session, pending);
    const over = (): void => {
      if (this.#sessions.get(session) === pending) this.#sessions.set(session, undefined);
    };
    // What goes wrong is told by the connection itself.
    session.judgeAfter(session.own(() => pingServer(session.connection)).then(over, over));
  }
}

/** Whether nothing runs or waits on it that a ping would be in the way of. */
function isSilent({ connection, gate, unfinished }: Session): boolean {
  return !isBusy(connection) && !gate.isPaused && unfinished === undefined && !isClosing(connection);
}
