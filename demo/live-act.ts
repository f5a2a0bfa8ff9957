import type { Act } from './acts.js';
import type { BystanderWatch } from './bystander-watch.js';
import type { ClientFigures, PoolFigures } from './messages.js';
import type { ServerCounter } from './server-counter.js';
import type { Stage } from './stage.js';

/** The state of an act while it runs, for display. */
export class LiveAct {
  readonly act: Act;
  readonly seconds: number;
  readonly clientCount: number;
  readonly limit: number;
  readonly maxConnections: number;
  /** The figures of each client process. */
  readonly clients = new Map<number, ClientFigures>();
  /** The pool's figures of each FTP server. */
  readonly pools = new Map<number, PoolFigures>();
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

  /** To be called when the clients start. */
  begin(): void {
    this.#began = performance.now();
  }

  /** Seconds since the act began. */
  get elapsed(): number {
    return (performance.now() - this.#began) / 1000;
  }

  /** The sums over all pools. */
  get pool(): PoolFigures | undefined {
    const pools = [...this.pools.values()];
    if (pools.length === 0) return undefined;
    const sum = (figure: keyof PoolFigures): number => pools.reduce((total, each) => total + each[figure], 0);
    return {
      size: sum('size'),
      inUse: sum('inUse'),
      waiters: sum('waiters'),
      peak: Math.max(...pools.map(({ peak }) => peak)),
      opened: sum('opened'),
    };
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
