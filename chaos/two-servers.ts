import { setTimeout as sleep } from 'node:timers/promises';
import { createConnection } from 'mysql2/promise';
import { createPool, type MysqlLease, type MysqlPool } from 'node-mysqlpool';
import { startProxy } from '#support/proxy.js';
import type { Proxy } from '#support/proxy.js';
import { startOwnServer } from '#support/servers/index.js';
import type { OwnServer } from '#support/servers/index.js';
import { Strangers } from './checks/strangers.js';
import type { Plan } from './plan.js';
import { Random } from './random.js';

/** Connections of the pool, some to each server. */
const SIZE = 6;
/** Strangers more on one of the servers. */
const LATER = 12;
/** How long (ms) a round of work goes on. */
const ROUND = 1_200;

/** What came of it. */
export interface TwoServersOutcome {
  readonly rounds: number;
  /** Statements of the pool that were stopped or cut off. */
  readonly stopped: number;
  /** Statements of strangers that went undisturbed. */
  readonly undisturbed: number;
}

/**
 * Two servers behind one address, as behind a balancer or before and after a failover. Numbers of sessions are each
 * server's own: for every session of the pool there is a stranger's of the same number on the other server, whom a KILL
 * that went to the wrong one would hit.
 */
export class TwoServers implements AsyncDisposable {
  readonly #plan: Plan;
  readonly #servers: readonly [OwnServer, OwnServer];
  readonly #proxy: Proxy;
  readonly #random: Random;
  readonly #strangers: Strangers;
  #rounds = 0;
  #stopped = 0;

  private constructor(plan: Plan, servers: readonly [OwnServer, OwnServer], proxy: Proxy) {
    this.#plan = plan;
    this.#servers = servers;
    this.#proxy = proxy;
    this.#random = new Random(plan.seed);
    this.#strangers = new Strangers(plan.violations);
  }

  static async run(plan: Plan): Promise<TwoServersOutcome> {
    const servers = await Promise.all([startOwnServer(plan.kind), startOwnServer(plan.kind)]);
    await using site = new TwoServers(plan, servers, await startProxy({ target: servers[0] }));
    const end = performance.now() + plan.seconds * 1_000;
    do await site.round();
    while (performance.now() < end && !plan.signal.aborted);
    return { rounds: site.#rounds, stopped: site.#stopped, undisturbed: site.#strangers.done };
  }

  /** A new pool with sessions on both servers, a stranger for each, and one thing that goes wrong in the middle of it. */
  async round(): Promise<void> {
    const random = this.#random;
    const fault = random.pick(['balanced', 'failover', 'cut', 'half-close', 'evict', 'closing'] as const);
    this.#plan.onFault(`two servers, ${fault}`);
    this.#plan.violations.fault(`two servers, ${fault}`);
    const { user, password } = this.#servers[0];
    const { host, port } = this.#proxy;
    const name = `two ${this.#plan.kind}`;
    const pool = createPool({ name, host, port, user, password, maxSize: SIZE, connectTimeout: 1_500 });
    try {
      await this.#mirror(pool);
      const over = performance.now() + ROUND;
      const work = Array.from({ length: SIZE * 2 }, () => this.#work(pool, over));
      await sleep(random.int(50, ROUND / 2));
      await this.#goWrong(fault, pool);
      await Promise.all(work);
    } finally {
      await pool.close({ timeout: 200 });
      await this.#strangers.leave();
    }
    this.#rounds++;
  }

  /** Opens all sessions of the pool, and for each a stranger with its number on the other server. */
  async #mirror(pool: MysqlPool): Promise<void> {
    await this.#level();
    const leases: MysqlLease[] = [];
    for (let n = 0; n < SIZE; n++) {
      const at = n % 2;
      this.#proxy.leadTo(this.#servers[at]!);
      const lease = await pool.acquire();
      leases.push(lease);
      const number = lease.connection.threadId!;
      while ((await this.#strangers.enter(this.#servers[1 - at]!)) < number);
    }
    // Those that will be opened later on one of the servers have theirs as well.
    const ahead = this.#random.pick(this.#servers);
    for (let n = 0; n < LATER; n++) await this.#strangers.enter(ahead);
    this.#proxy.leadTo(this.#random.pick(this.#servers));
    for (const lease of leases) lease.release();
  }

  /** Has both servers go on from about the same number: the one that is behind catches up. */
  async #level(): Promise<void> {
    const numbers = await Promise.all(this.#servers.map((server) => nextNumber(server)));
    const behind = numbers[0]! < numbers[1]! ? 0 : 1;
    while ((await nextNumber(this.#servers[behind]!)) < numbers[1 - behind]!);
  }

  async #goWrong(fault: string, pool: MysqlPool): Promise<void> {
    if (fault === 'failover') {
      this.#proxy.leadTo(this.#random.pick(this.#servers));
      this.#proxy.cut();
    } else if (fault === 'cut') this.#proxy.cut();
    else if (fault === 'half-close') this.#proxy.halfClose();
    else if (fault === 'evict') pool.evict();
    else if (fault === 'closing') await pool.close({ timeout: 50 });
  }

  /** Statements that are stopped, or that their borrower leaves behind, while the address leads now here, now there. */
  async #work(pool: MysqlPool, until: number): Promise<void> {
    const random = this.#random;
    while (performance.now() < until) {
      if (random.oneIn(3)) this.#proxy.leadTo(random.pick(this.#servers));
      try {
        await this.#once(pool);
      } catch (error) {
        if ((error as { code?: unknown }).code === 'POOL_CLOSED') return;
        await sleep(10);
      }
    }
  }

  async #once(pool: MysqlPool): Promise<void> {
    const isLeft = this.#random.oneIn(3);
    const timeout = this.#random.int(5, 60);
    const lease = await pool.acquire({ timeout: 1_000 });
    try {
      if (isLeft) lease.query('SELECT SLEEP(5)').catch(() => this.#stopped++);
      else await lease.query('SELECT SLEEP(5)', undefined, { timeout });
      await sleep(timeout);
    } catch {
      this.#stopped++;
    } finally {
      lease.release();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#strangers.leave();
    await this.#proxy.close();
    await Promise.all(this.#servers.map((server) => server[Symbol.asyncDispose]()));
  }
}

/** The number that a server gives to the next who comes. */
async function nextNumber({ host, port, user, password }: OwnServer): Promise<number> {
  const connection = await createConnection({ host, port, user, password });
  const { threadId } = connection;
  await connection.end();
  return threadId;
}
