import type { ErrorPacket, Password } from '../wire/index.js';

/** Logs in to the server. Resolves with its error, or undefined if it accepts. Rejects if it cannot be asked. */
export type Prove = (password: Password) => Promise<ErrorPacket | undefined>;

/** One check of a password at the server. */
interface Probe {
  readonly user: string;
  readonly key: string;
  readonly ask: () => Promise<ErrorPacket | undefined>;
  readonly outcome: Promise<ErrorPacket | undefined>;
  readonly settle: (outcome: Promise<ErrorPacket | undefined>) => void;
  /** How many callers wait for the outcome. */
  waiting: number;
}

/**
 * The queue of password checks at the server: for each user one at a time, in order of arrival, and for all users
 * together a bounded number at a time. Callers with the same user and key share one check.
 */
export class Probes {
  readonly #most: number;
  /** Checks of each user. The first of a list is running, or is in `#next`. */
  readonly #lists = new Map<string, Probe[]>();
  /** Checks that may run as soon as fewer than `#most` are running. */
  readonly #next: Probe[] = [];
  #running = 0;

  /** @param most how many checks may run at a time */
  constructor(most: number) {
    this.#most = most;
  }

  /** How many checks are queued or running. */
  get size(): number {
    let size = 0;
    for (const list of this.#lists.values()) size += list.length;
    return size;
  }

  /**
   * Runs `ask` in its turn, or waits for a check of the same user and key that is queued or running already.
   * @param key identifies the password
   * @param signal stops waiting, and rejects with its reason; a check that nobody waits for is not run
   */
  async ask(
    user: string,
    key: string,
    ask: () => Promise<ErrorPacket | undefined>,
    signal?: AbortSignal,
  ): Promise<ErrorPacket | undefined> {
    signal?.throwIfAborted();
    const probe = this.#lists.get(user)?.find((each) => each.key === key) ?? this.#add(user, key, ask);
    probe.waiting++;
    try {
      return await (signal === undefined ? probe.outcome : unlessAborted(probe.outcome, signal));
    } finally {
      if (--probe.waiting === 0) this.#abandon(probe);
    }
  }

  /** Removes a check that nobody waits for. One that is first in its list is running, or is skipped in its turn. */
  #abandon(probe: Probe): void {
    const list = this.#lists.get(probe.user);
    const at = list?.indexOf(probe) ?? -1;
    if (at > 0) list!.splice(at, 1);
  }

  #add(user: string, key: string, ask: () => Promise<ErrorPacket | undefined>): Probe {
    let settle!: Probe['settle'];
    const outcome = new Promise<ErrorPacket | undefined>((resolve) => (settle = resolve));
    // The rejection must not count as unhandled if nobody waits any more.
    outcome.catch(() => undefined);
    const probe: Probe = { user, key, ask, outcome, settle, waiting: 0 };
    const list = this.#lists.get(user);
    if (list !== undefined) list.push(probe);
    else {
      this.#lists.set(user, [probe]);
      this.#next.push(probe);
      queueMicrotask(() => this.#start());
    }
    return probe;
  }

  #start(): void {
    while (this.#running < this.#most) {
      const probe = this.#next.shift();
      if (probe === undefined) return;
      if (probe.waiting === 0) this.#leave(probe);
      else void this.#run(probe);
    }
  }

  async #run(probe: Probe): Promise<void> {
    this.#running++;
    try {
      const outcome = (async () => probe.ask())();
      probe.settle(outcome);
      await outcome.catch(() => undefined);
    } finally {
      this.#running--;
      this.#leave(probe);
      this.#start();
    }
  }

  /** A check is over: the next one of the same user queues behind those of other users. */
  #leave(probe: Probe): void {
    const list = this.#lists.get(probe.user)!;
    list.shift();
    const following = list[0];
    if (following === undefined) this.#lists.delete(probe.user);
    else this.#next.push(following);
  }
}

function unlessAborted<T>(outcome: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', abort);
    const done = (): void => signal.removeEventListener('abort', abort);
    outcome
      .then(resolve, reject)
      .finally(done)
      .catch(() => undefined);
  });
}
