import { FullSpell } from '../log/index.js';
import type { AnyPool, Borrowers, Clock, Loan, PoolEventName, PoolEvents } from '../pool/index.js';
import { CountedTimes } from './counted-times.js';
import { textOf, TOLD_EVENTS } from './event-text.js';
import { fleetReport } from './fleet-report.js';
import { History } from './history.js';
import { Leaks } from './leaks.js';
import { clipped, orNull, rounded } from './numbers.js';
import { RecentEvents } from './recent-events.js';
import type { PoolAction, PoolOptionsReport, PoolReport, PoolStatsReport, ServerReport } from './report.js';
import { isMysqlPool, MONITOR_LABEL, ServerWatch } from './server-watch.js';

const MOST_BORROWERS = 100;
const LONGEST_STATEMENT = 1_000;

// Upper bounds in ms. Most callers do not wait at all: without a count of their own they would hide the others.
const HOLD_BOUNDS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000, 300_000];
const WAIT_BOUNDS = [0, ...HOLD_BOUNDS.slice(0, -1)];

/** Everything that a monitor knows about one pool. The loans of the monitor itself are left out of all figures. */
export class WatchedPool {
  readonly id: number;
  readonly #pool: AnyPool;
  readonly #clock: Clock;
  readonly #date: () => number;
  readonly #history: History;
  readonly #waits = new CountedTimes(WAIT_BOUNDS);
  readonly #holds = new CountedTimes(HOLD_BOUNDS);
  readonly #events = new RecentEvents();
  readonly #full = new FullSpell();
  readonly #leaks = new Leaks();
  readonly #server: ServerWatch | undefined;
  readonly #stops: (() => void)[] = [];
  readonly #own = { out: 0, acquired: 0, waited: 0, failed: 0 };

  constructor(id: number, pool: AnyPool, clock: Clock, date: () => number) {
    this.id = id;
    this.#pool = pool;
    this.#clock = clock;
    this.#date = date;
    this.#server = isMysqlPool(pool) ? new ServerWatch(pool, clock, date) : undefined;
    this.#history = new History(this.#stats(), clock.now());
    this.#listen();
    this.#stops.push(pool.traceCallSites());
  }

  stop(): void {
    for (const stop of this.#stops.splice(0)) stop();
  }

  /** Takes a sample of the pool; called once a second. */
  sample(): void {
    this.#history.add(this.#stats(), this.#date(), this.#clock.now());
    this.#events.endSecond(this.#date());
  }

  /** Whether the pool's server has not answered yet. */
  get isUnasked(): boolean {
    return this.#server?.isAnswered === false;
  }

  /** Asks the pool's server, if that is due. */
  askServer(): Promise<void> {
    return this.#server?.refresh() ?? Promise.resolve();
  }

  act(action: PoolAction): void {
    this.#pool[action]();
  }

  report(): PoolReport {
    const { leakThreshold } = this.#pool.options;
    const { loans, waiters } = this.#borrowers();
    const stats = this.#stats();
    return {
      id: this.id,
      options: this.#options(),
      stats,
      history: this.#history.report(),
      waits: this.#waits.report(),
      holds: this.#holds.report(),
      loans,
      waiting: waiters.map((caller) => ({
        ...caller,
        waitedFor: rounded(caller.waitedFor),
        leftFor: orNull(rounded(caller.leftFor)),
      })),
      leaks: this.#leaks.report(loans, leakThreshold),
      events: this.#events.report(),
      refusals: this.#full.at(this.#date()),
      server: this.#serverReport(stats),
      fleet: fleetReport(this.#pool),
    };
  }

  #listen(): void {
    const pool = this.#pool;
    const told = TOLD_EVENTS.map((name) =>
      pool.on(name, (event) => {
        if (!isOwn(event)) this.#told(name, event);
      }),
    );
    this.#stops.push(
      ...told,
      pool.on('acquired', ({ waited, label }) => {
        if (label !== MONITOR_LABEL) return this.#waits.add(waited);
        this.#own.out++;
        this.#own.acquired++;
        if (waited > 0) this.#own.waited++;
      }),
      pool.on('released', ({ held, label }) => {
        if (label === MONITOR_LABEL) this.#own.out--;
        else this.#holds.add(held);
      }),
      pool.on('acquireFailed', ({ label }) => {
        if (label === MONITOR_LABEL) this.#own.failed++;
      }),
      pool.on('leakSuspected', (event) => this.#leaks.suspected(event)),
      pool.on('leakEnded', (event) => this.#leaks.ended(event)),
    );
  }

  #told<K extends PoolEventName>(name: K, event: PoolEvents[K]): void {
    const now = this.#date();
    const kind = name === 'openFailed' ? (event as PoolEvents['openFailed']).kind : undefined;
    if (kind !== undefined && !this.#full.isNews(kind, now)) return;
    this.#events.add(now, kind === 'full' ? 'noRoom' : name, () => textOf(name, event));
  }

  #borrowers(): Borrowers {
    // One more than is shown, since the monitor itself may be among them.
    const { loans, waiters } = this.#pool.borrowers(MOST_BORROWERS + 1);
    return {
      loans: loans
        .filter((loan) => !isOwn(loan))
        .slice(0, MOST_BORROWERS)
        .map(shortened),
      waiters: waiters.filter((caller) => !isOwn(caller)).slice(0, MOST_BORROWERS),
    };
  }

  #stats(): PoolStatsReport {
    const { maxSize, idle, inUse, waiters, longestWait, oldestLoan, total, ...others } = this.#pool.stats();
    const { out, acquired, waited, failed } = this.#own;
    const isWaiting = out === 0 && this.#server?.isWaiting === true;
    return {
      ...others,
      maxSize: orNull(maxSize),
      idle: idle + out,
      inUse: inUse - out,
      waiters: isWaiting ? Math.max(0, waiters - 1) : waiters,
      longestWait: rounded(longestWait),
      oldestLoan: inUse > out ? rounded(oldestLoan) : 0,
      total: {
        ...total,
        acquired: total.acquired - acquired,
        waited: total.waited - waited,
        failed: total.failed - failed,
      },
    };
  }

  #options(): PoolOptionsReport {
    const { maxSize, maxIdle, minIdle, acquireTimeout, maxWaiters, maxLifetime, idleTimeout, leakThreshold } =
      this.#pool.options;
    return {
      maxSize: orNull(maxSize),
      maxIdle: orNull(maxIdle),
      minIdle,
      acquireTimeout: orNull(acquireTimeout),
      maxWaiters: orNull(maxWaiters),
      maxLifetime,
      idleTimeout,
      leakThreshold,
    };
  }

  #serverReport({ size, connecting }: PoolStatsReport): ServerReport | undefined {
    const facts = this.#server?.facts;
    return facts === undefined ? undefined : { ...facts, ours: size - connecting };
  }
}

const isOwn = (event: object): boolean => (event as { readonly label?: unknown }).label === MONITOR_LABEL;

/** Cuts long statements, so that reports stay small. */
const shortened = (loan: Loan): Loan => ({
  ...loan,
  heldFor: rounded(loan.heldFor),
  recent: loan.recent.map((statement) => clipped(statement, LONGEST_STATEMENT)),
});
