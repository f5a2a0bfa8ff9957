import type { FakeClock } from './fake-clock.js';

/** How a fake server answers one call: at once or after `after` ms, with a failure, or never (`hang`). */
export interface Behaviour {
  readonly after?: number;
  readonly fail?: unknown;
  readonly hang?: boolean;
}

/** The behaviour of one kind of operation: as scripted for the next calls, afterwards `usual`. */
export class Script {
  usual: Behaviour = {};
  readonly #clock: FakeClock;
  readonly #next: Behaviour[] = [];

  constructor(clock: FakeClock) {
    this.#clock = clock;
  }

  /** Scripts the next calls, one behaviour each. */
  next(...behaviours: Behaviour[]): void {
    this.#next.push(...behaviours);
  }

  /** Makes the next `count` calls fail. */
  failNext(count: number, fail: unknown): void {
    for (let i = 0; i < count; i++) this.#next.push({ fail });
  }

  take(): Behaviour {
    return this.#next.shift() ?? this.usual;
  }

  /** Plays a behaviour; if `signal` is aborted, rejects with its reason. */
  play(behaviour: Behaviour, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason));
      if (behaviour.hang === true) return;
      const answer = (): void => (behaviour.fail === undefined ? resolve() : reject(behaviour.fail));
      if (behaviour.after === undefined) answer();
      else this.#clock.arrive(behaviour.after, answer);
    });
  }
}
