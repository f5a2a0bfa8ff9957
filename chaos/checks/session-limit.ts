import { setTimeout as sleep } from 'node:timers/promises';
import type { Violations } from '../violations.js';

/** The interval (ms) at which the server is asked. */
const EVERY = 40;
/**
 * How long (ms) the server may count more sessions than the limit. The pool goes above it only for the connection that
 * sends KILL for a statement left running, so that this lasts as long as a login and a KILL.
 */
export const ALLOWED = 1_000;

/** Counts the sessions of the pool's account on the server, which it asks directly, not through the proxy. */
export class SessionLimit {
  readonly #list: () => Promise<readonly string[]>;
  readonly #limit: number;
  readonly #violations: Violations;
  readonly #over = new AbortController();
  readonly #watching: Promise<void>;
  #since: number | undefined;
  #isBlind = 0;
  #told = false;
  /** The highest count, and the longest time above the limit, in ms. */
  most = 0;
  longest = 0;
  looks = 0;

  /** @param list lists the sessions, each with what it does, for the report */
  constructor(list: () => Promise<readonly string[]>, limit: number, violations: Violations) {
    this.#list = list;
    this.#limit = limit;
    this.#violations = violations;
    this.#watching = this.#watch();
  }

  /**
   * Suspends the check during a fault in which the pool and the server cannot learn that the other has ended a session.
   */
  async blind<T>(work: () => Promise<T>): Promise<T> {
    this.#isBlind++;
    try {
      return await work();
    } finally {
      this.#isBlind--;
      this.#since = undefined;
    }
  }

  async stop(): Promise<void> {
    this.#over.abort();
    await this.#watching;
  }

  async #watch(): Promise<void> {
    const { signal } = this.#over;
    while (!signal.aborted) {
      await sleep(EVERY, undefined, { signal }).catch(() => undefined);
      if (this.#isBlind > 0 || signal.aborted) continue;
      // Fails while the server is being restarted.
      const sessions = await this.#list().catch(() => undefined);
      if (this.#isBlind === 0) this.#look(sessions);
    }
  }

  #look(sessions: readonly string[] | undefined): void {
    this.looks++;
    const count = sessions?.length ?? 0;
    this.most = Math.max(this.most, count);
    if (sessions === undefined || count <= this.#limit) {
      this.#since = undefined;
      this.#told = false;
      return;
    }
    const now = performance.now();
    this.#since ??= now;
    const lasted = Math.round(now - this.#since);
    this.longest = Math.max(this.longest, lasted);
    if (lasted <= ALLOWED || this.#told) return;
    this.#told = true;
    const what = `the server counts ${count} of ${this.#limit} sessions for ${lasted} ms`;
    this.#violations.report('limit', `${what}: ${sessions.join('; ')}`);
  }
}
