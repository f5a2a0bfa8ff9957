import type { FleetOptions } from '#internal/budget/index.js';
import { MysqlCoordinator } from '#internal/budget/high-water.js';
import type { PoolOptions } from 'node-mysqlpool/pool';
import { FakeAccount, type FleetLease, type FleetProcess } from './fake-account.js';

const coordinator = new MysqlCoordinator();

/**
 * A process of a fleet with workers, each of which repeatedly acquires a connection, keeps it for a while and releases
 * it.
 */
export class WorkingProcess {
  readonly #account: FakeAccount;
  readonly process: FleetProcess;
  busy = 0;
  /** The fewest connections since this was last set, and the longest wait of a worker (ms). */
  fewest = Infinity;
  longestWait = 0;
  /** The number of loans that workers have got, and of those that failed. */
  served = 0;
  failed = 0;
  #isCutOff = false;
  #workers = 0;
  #running = 0;
  #loan = 0;
  readonly #since = new Set<number>();

  constructor(account: FakeAccount, fleet: FleetOptions, options: PoolOptions) {
    this.#account = account;
    this.process = account.process({ fleet, coordinator }, options);
  }

  get held(): number {
    return this.#account.of(this.process);
  }

  get closes(): number {
    return this.process.fleet.stats().sheds;
  }

  /** Sets the number of workers, and for how long (ms, plus or minus a half) each keeps a connection. */
  work(workers: number, loan: number): void {
    this.#workers = workers;
    this.#loan = loan;
    while (this.#running < workers) void this.#worker();
  }

  /** No worker holds a connection or waits for one. */
  get isDone(): boolean {
    return this.#running === 0;
  }

  /** The process's host goes down. The server still counts its sessions until the lease (ms) is over. */
  vanish(lease: number): void {
    this.#isCutOff = true;
    this.#account.cutOff(this.process, lease);
  }

  /** Updates `fewest` and `longestWait`. To be called after each step of the clock. */
  look(): void {
    if (this.#isCutOff) return;
    this.fewest = Math.min(this.fewest, this.held);
    for (const since of this.#since) this.longestWait = Math.max(this.longestWait, this.#account.clock.now() - since);
  }

  async #worker(): Promise<void> {
    const { clock, random } = this.#account;
    this.#running++;
    while (this.#running <= this.#workers) {
      const since = clock.now() + this.#since.size / 1e6;
      this.#since.add(since);
      const lease = await this.process.pool.acquire().catch(() => undefined);
      this.#since.delete(since);
      if (lease === undefined) {
        this.failed++;
        break;
      }
      this.served++;
      this.longestWait = Math.max(this.longestWait, clock.now() - since);
      this.busy++;
      await new Promise<void>((resolve) => void clock.setTimeout(resolve, this.#loan * (0.5 + random())));
      this.busy--;
      lease.release();
    }
    this.#running--;
  }
}

/** The processes that share one account. */
export class WorkingFleet {
  readonly account: FakeAccount;
  readonly processes: WorkingProcess[] = [];

  constructor(limit: number, seed = 1) {
    this.account = new FakeAccount(limit, dice(seed));
    this.account.loginTakes = 3;
    this.account.closedAfter = 2;
  }

  add(fleet: FleetOptions = {}, options: PoolOptions = {}): WorkingProcess {
    const made = new WorkingProcess(this.account, fleet, { maxSize: this.account.limit, ...options });
    this.processes.push(made);
    return made;
  }

  /** Adds processes that open all connections the account may have, in turns, and then leave them idle. */
  async hoard(processes: number): Promise<void> {
    const made = Array.from({ length: processes }, () => this.add());
    const leases: FleetLease[] = [];
    for (let place = 0; place < this.account.limit; place++) {
      const lent = made[place % processes]!.process.pool.acquire();
      await this.account.clock.advance(2 * this.account.loginTakes);
      leases.push(await lent);
    }
    for (const lease of leases) lease.release();
  }

  /** Lets time pass until `isSo`; resolves with how long (ms) it took. @throws Error if it takes more than `most` ms */
  async until(most: number, isSo: () => boolean): Promise<number> {
    for (let ms = 0; ms < most; ms += 10) {
      if (isSo()) return ms;
      await this.pass(10);
    }
    throw new Error(`not within ${most} ms`);
  }

  async pass(time: number): Promise<void> {
    for (let ms = 0; ms < time; ms += 10) {
      await this.account.clock.advance(10);
      for (const each of this.processes) each.look();
    }
  }

  async close(): Promise<void> {
    for (const each of this.processes) each.work(0, 0);
    const closed = Promise.all(this.processes.map(({ process }) => process.pool.close({ timeout: 0 })));
    await this.pass(2_000);
    await closed;
  }
}

/** Seeded pseudo-random numbers from 0 up to 1, the same in every run. */
function dice(seed: number): () => number {
  let state = (seed * 7_919) >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
