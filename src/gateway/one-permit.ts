import type { Denial, PermitAccount, PermitHolder, Permits } from '../pool/index.js';

/** A permit for a single connection outside a pool, under the pool's limits: for the login that checks a password. */
export class OnePermit implements PermitHolder {
  readonly name: string;
  readonly size = 0;
  readonly closing = 0;
  readonly idle = 0;
  readonly waiters = 1;
  readonly demand = 1;
  readonly floor = 0;
  readonly #account: PermitAccount;
  #retried: (() => void) | undefined;
  #isTaken = false;
  #denial: Denial | undefined;

  constructor(permits: Permits, name: string) {
    this.name = name;
    this.#account = permits.join(this);
  }

  /** Why there was no permit; undefined if it does not wait for one. */
  get denial(): Denial | undefined {
    return this.#denial;
  }

  /** Waits for the permit. Rejects with the signal's reason. */
  async taken(signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      const answer = this.#account.take();
      if (answer === true) break;
      this.#denial = answer;
      await this.#change(answer.retryIn, signal);
    }
    this.#denial = undefined;
    this.#isTaken = true;
  }

  retry(): void {
    this.#retried?.();
  }

  shed(): number {
    return 0;
  }

  /** The server has refused the login, as the limit was reached. The permit goes back; `taken` waits for another. */
  refused(): void {
    this.#isTaken = false;
    this.#account.giveBack('full');
  }

  /** The connection is closed, or is no longer wanted. */
  end(): void {
    if (this.#isTaken) this.#account.giveBack('closed');
    else this.#account.withdraw();
    this.#account.close();
  }

  #change(after: number | undefined, signal: AbortSignal): Promise<void> {
    return new Promise<void>((resolve) => {
      const go = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', go);
        resolve();
      };
      const timer = after === undefined ? undefined : setTimeout(go, after);
      signal.addEventListener('abort', go);
      this.#retried = go;
    });
  }
}
