import type {
  Coordination,
  Coordinator,
  CoordinatorState,
  FleetMember,
  Standing,
} from '#internal/budget/coordinator.js';
import type { Clock } from 'node-mysqlpool/pool';

// In ms: to log in, for the server to forget a session that was closed, and between attempts after a refusal.
const LOGIN = 3;
const LOGOUT = 2;
const SHORTEST_TRY = 5;
const LONGEST_TRY = 150;

/** A server's account: all it does is count and refuse. */
export class SimulatedAccount {
  limit: number;
  sessions = 0;
  /** Sessions counted in vain would show here. */
  most = 0;
  refusals = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  login(): boolean {
    if (this.sessions >= this.limit) {
      this.refusals++;
      return false;
    }
    this.sessions++;
    this.most = Math.max(this.most, this.sessions);
    return true;
  }

  logout(): void {
    this.sessions--;
  }
}

export interface ProcessOptions {
  readonly id: string;
  readonly coordinator: Coordinator;
  readonly random: () => number;
  readonly floor?: number;
  readonly weight?: number;
}

/**
 * A process of a fleet in few words: workers who take a connection, keep it for a while and give it back, for ever; the
 * connections are opened when they wait, and closed when the coordinator says so.
 */
export class SimulatedProcess implements FleetMember {
  readonly id: string;
  readonly name = 'fleet';
  readonly clock: Clock;
  readonly random: () => number;
  readonly account: SimulatedAccount;
  state: CoordinatorState | undefined;
  held = 0;
  idle = 0;
  waiters = 0;
  counts = 0;
  closes = 0;
  fewest = Infinity;
  share: number | undefined;
  readonly #floor: number;
  readonly #weight: number;
  readonly #coordination: Coordination;
  #workers = 0;
  #loan = 0;
  #opening = 0;
  #refusals = 0;
  #isPaused = false;
  #isClosed = false;
  #toClose = 0;
  #pause = 0;
  #heldBackUntil = -Infinity;

  constructor(account: SimulatedAccount, clock: Clock, options: ProcessOptions) {
    this.account = account;
    this.clock = clock;
    this.id = options.id;
    this.random = options.random;
    this.#floor = options.floor ?? 0;
    this.#weight = options.weight ?? 1;
    this.#coordination = options.coordinator.join(this);
  }

  get limit(): number {
    return this.account.limit;
  }

  get busy(): number {
    return this.held - this.idle - this.#opening;
  }

  /** From now on so many workers want a connection, each for so many ms at a time, give or take a half. */
  work(workers: number, loan: number): void {
    const more = workers - this.#workers;
    this.#workers = workers;
    this.#loan = loan;
    for (let worker = 0; worker < more; worker++) this.#acquire();
    if (workers === 0) this.waiters = 0;
  }

  standing(): Standing {
    const { held, idle, waiters } = this;
    const demand = this.busy + waiters;
    return { held, idle, waiters, demand, floor: this.#floor, weight: this.#weight, refusals: this.#refusals };
  }

  count(): Promise<number | undefined> {
    this.counts++;
    return Promise.resolve(this.held > this.#opening ? this.account.sessions : undefined);
  }

  shed(count: number): number {
    const shed = Math.max(0, Math.min(count, this.idle, this.held - this.#floor));
    for (let i = 0; i < shed; i++) {
      this.idle--;
      this.#close();
    }
    return shed;
  }

  closeOnReturn(count: number, pause: number): void {
    this.#toClose = count;
    this.#pause = pause;
  }

  setShare(share: number | undefined): void {
    this.share = share;
    this.#fill();
  }

  retry(): void {
    this.#isPaused = false;
    this.#fill();
  }

  tell(state: CoordinatorState): void {
    this.state = state;
  }

  close(): Promise<void> {
    this.#isClosed = true;
    this.work(0, 0);
    for (; this.idle > 0; this.idle--) this.#close();
    return this.#coordination.close();
  }

  #acquire(): void {
    if (this.idle > 0) {
      this.idle--;
      this.#lend();
      return;
    }
    this.waiters++;
    this.#fill();
  }

  #lend(): void {
    const time = this.#loan * (0.5 + this.random());
    this.clock.setTimeout(() => this.#release(), time);
  }

  #release(): void {
    const goesOn = this.busy <= this.#workers;
    if (goesOn) this.waiters++;
    if (this.#isClosed) return this.#close();
    const isBeyond = this.share !== undefined && this.held > Math.max(this.share, this.#floor);
    if ((this.#toClose > 0 && this.held > this.#floor) || isBeyond) {
      if (this.#toClose > 0) {
        this.#toClose--;
        this.#heldBackUntil = this.clock.now() + this.#pause;
        this.clock.setTimeout(() => this.#fill(), this.#pause);
      }
      this.#close();
    } else this.#give();
  }

  #give(): void {
    if (this.#isClosed) return this.#close();
    if (this.waiters > 0) {
      this.waiters--;
      this.#lend();
    } else this.idle++;
  }

  #close(): void {
    this.closes++;
    this.held--;
    this.fewest = Math.min(this.fewest, this.held);
    this.clock.setTimeout(() => {
      this.account.logout();
      if (this.share !== undefined) this.#coordination.changed();
      this.#fill();
    }, LOGOUT);
  }

  #mayOpen(): boolean {
    if (this.waiters <= this.#opening || this.#isPaused) return false;
    if (this.held < this.#floor) return true;
    return this.clock.now() >= this.#heldBackUntil && this.held < (this.share ?? Infinity);
  }

  #fill(): void {
    while (this.#mayOpen()) {
      if (!this.account.login()) {
        this.#refusals++;
        this.#isPaused = true;
        this.clock.setTimeout(() => this.retry(), SHORTEST_TRY + this.random() * (LONGEST_TRY - SHORTEST_TRY));
        this.#coordination.changed();
        return;
      }
      this.held++;
      this.#opening++;
      this.clock.setTimeout(() => {
        this.#opening--;
        this.#give();
        this.#fill();
      }, LOGIN);
    }
  }
}

/** Numbers from 0 up to 1 that are the same in each run. */
export function dice(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
