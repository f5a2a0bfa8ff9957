import type { ErrorPacket, Password } from '../wire/index.js';

/** Logs in at the server: undefined when it lets in, else what it says. Rejects when it cannot be asked. */
export type Prove = (password: Password) => Promise<ErrorPacket | undefined>;

/** A password that the server is to be asked about, and who waits for the answer. */
interface Probe {
  readonly user: string;
  readonly key: string;
  readonly ask: () => Promise<ErrorPacket | undefined>;
  readonly outcome: Promise<ErrorPacket | undefined>;
  readonly settle: (outcome: Promise<ErrorPacket | undefined>) => void;
  waiting: number;
}

/**
 * Questions to the server whether it lets somebody in: one at a time for each user, in the order they came, and a bounded
 * number over all. The same question is asked once, however many wait for the answer.
 */
export class Probes {
  readonly #most: number;
  /** The first of each list is being asked, or is in `#next`. */
  readonly #lists = new Map<string, Probe[]>();
  readonly #next: Probe[] = [];
  #running = 0;

  /** @param most that run at a time */
  constructor(most: number) {
    this.#most = most;
  }

  /** How many wait or run. */
  get size(): number {
    let size = 0;
    for (const list of this.#lists.values()) size += list.length;
    return size;
  }

  /**
   * @param key of the question: with the same one for the same user, the same answer is awaited
   * @param signal rejects with its reason; what nobody waits for any more is not asked
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

  /** Nobody waits for it any more. What is first has its turn already, or passes when it comes. */
  #abandon(probe: Probe): void {
    const list = this.#lists.get(probe.user);
    const at = list?.indexOf(probe) ?? -1;
    if (at > 0) list!.splice(at, 1);
  }

  #add(user: string, key: string, ask: () => Promise<ErrorPacket | undefined>): Probe {
    let settle!: Probe['settle'];
    const outcome = new Promise<ErrorPacket | undefined>((resolve) => (settle = resolve));
    // Whoever waits for it is told; it may be that nobody does any more.
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

  /** The next one of the same user has its turn, behind other users. */
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
