import { setTimeout as sleep } from 'node:timers/promises';
import type { Violations } from '../violations.js';

/** How often (ms) the server is asked. */
const EVERY = 40;
/**
 * For how long (ms) the server may count more than the limit: a place is given up early only for the connection that has
 * the server end what is left running, so that this lasts as long as a login and a KILL.
 */
export const ALLOWED = 1_000;

/** Asks the server, past the proxy, how many sessions the pool's account has. */
export class SessionLimit {
  readonly #list: () => Promise<readonly string[]>;
  readonly #limit: number;
  readonly #violations: Violations;
  readonly #over = new AbortController();
  readonly #watching: Promise<void>;
  #since: number | undefined;
  #isBlind = 0;
  #told = false;
  /** The most that was counted, and for how long it was above the limit at most, in ms. */
  most = 0;
  longest = 0;
  looks = 0;

  /** @param list what each session does, for the report */
  constructor(list: () => Promise<readonly string[]>, limit: number, violations: Violations) {
    this.#list = list;
    this.#limit = limit;
    this.#violations = violations;
    this.#watching = this.#watch();
  }

  /** Nothing is held against the pool while the server, or the network, cannot tell it what has become of a session. */
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
      // While it is being restarted there is nobody to ask.
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
