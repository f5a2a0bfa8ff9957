import { LONGEST_TIMER } from '../pool/clock.js';
import { drop, isBusy, isClosing, onClosed } from './driver.js';
import { pingServer } from './own-commands.js';
import type { Session } from './session.js';

// The server ends a session after `wait_timeout` without a command; that is the session's lease. A session is pinged
// after a third of its lease, or up to a quarter of that period later, so that sessions that are due at about the same
// time are pinged together.
const SHARE = 3;
const SLACK = 4;

/** An unanswered ping, and when it was sent. */
interface Pending {
  readonly since: number;
}

/**
 * Keeps the sessions of a pool alive for as long as the process is: it pings those that have sent nothing for some
 * time, idle ones as well as those whose borrowers are busy computing. If the process dies or freezes, the server ends
 * its sessions by its own clock. A ping does not count as a use of the connection, and affects nothing but ROW_COUNT(),
 * which is 0 after it.
 *
 * One timer serves all sessions; it runs only while there are any, and does not keep the process alive.
 */
export class SessionLease {
  readonly #lease: number;
  readonly #sessions = new Map<Session, Pending | undefined>();
  #timer: NodeJS.Timeout | undefined;

  /** @param lease in ms */
  constructor(lease: number) {
    this.#lease = lease;
  }

  /** Pings the session until its connection is closed. */
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
    return setTimeout(() => this.#look(), Math.min(ms, LONGEST_TIMER)).unref();
  }

  #look(): void {
    const now = performance.now();
    let next = Infinity;
    for (const [session, pending] of this.#sessions) {
      const period = this.#periodOf(session);
      // By its own clock the server has ended the session by now, or the server itself is gone.
      if (pending !== undefined && now - pending.since > this.#lease) drop(session.connection);
      const due = session.sentAt + period - now;
      if (due <= 0 && isSilent(session)) this.#ping(session, now);
      next = Math.min(next, Math.max(due <= 0 ? period : due, period / SLACK));
    }
    this.#timer = this.#sessions.size > 0 ? this.#lookIn(next) : undefined;
  }

  /** The session's own `wait_timeout` may be shorter than the lease of the fleet. */
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
    // A failure is reported by the connection itself.
    session.judgeAfter(session.own(() => pingServer(session.connection)).then(over, over));
  }
}

/** Whether nothing is running or queued that a ping would delay. */
function isSilent({ connection, gate, unfinished }: Session): boolean {
  return !isBusy(connection) && !gate.isPaused && unfinished === undefined && !isClosing(connection);
}
