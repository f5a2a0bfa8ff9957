import type { Act } from './acts.js';
import type { BystanderWatch } from './bystander-watch.js';
import type { ClientFigures, PoolFigures } from './messages.js';
import type { ServerCounter } from './server-counter.js';
import type { Stage } from './stage.js';

/** What can be seen of an act while it is played. */
export class LiveAct {
  readonly act: Act;
  readonly seconds: number;
  readonly clientCount: number;
  readonly limit: number;
  readonly maxConnections: number;
  /** By client process. */
  readonly clients = new Map<number, ClientFigures>();
  pool: PoolFigures | undefined;
  #began = performance.now();
  readonly #counter: ServerCounter;
  readonly #watch: BystanderWatch;

  constructor(act: Act, { options, maxConnections }: Stage, counter: ServerCounter, watch: BystanderWatch) {
    this.act = act;
    this.seconds = options.seconds;
    this.clientCount = options.clients;
    this.limit = options.limit;
    this.maxConnections = maxConnections;
    this.#counter = counter;
    this.#watch = watch;
  }

  /** The clients start. */
  begin(): void {
    this.#began = performance.now();
  }

  /** Seconds since the act began. */
  get elapsed(): number {
    return (performance.now() - this.#began) / 1000;
  }

  get connections(): number {
    return this.#counter.now;
  }

  get peakConnections(): number {
    return this.#counter.peak;
  }

  get bystander(): BystanderWatch {
    return this.#watch;
  }

  sum(figure: 'sessionsServed' | 'operations' | 'failures' | 'active'): number {
    return [...this.clients.values()].reduce((total, each) => total + each[figure], 0);
  }

  get lastFailure(): string | undefined {
    return [...this.clients.values()].map((each) => each.lastFailure).find((each) => each !== undefined);
  }
}
