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

/** The pool's maxSize; half of its connections are to each server. */
const SIZE = 6;
/** How many additional strangers one of the servers gets. */
const LATER = 12;
/** The duration of a round of work, in ms. */
const ROUND = 1_200;

/** The results with two servers. */
export interface TwoServersOutcome {
  readonly rounds: number;
  /** How many statements of the pool were stopped or cut off. */
  readonly stopped: number;
  /** How many statements of strangers were completed undisturbed. */
  readonly undisturbed: number;
}

/**
 * Two servers behind one address, as behind a load balancer or after a failover. Each server has its own session ids:
 * for every session of the pool, a stranger has the same id on the other server, which a KILL sent to the wrong server
 * would hit.
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

  /** Runs a new pool with sessions on both servers and a stranger for each session, and causes one fault meanwhile. */
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

  /** Opens all sessions of the pool, and for each a stranger with the same session id on the other server. */
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
    // Strangers for sessions that the pool opens later on the other server.
    const ahead = this.#random.pick(this.#servers);
    for (let n = 0; n < LATER; n++) await this.#strangers.enter(ahead);
    this.#proxy.leadTo(this.#random.pick(this.#servers));
    for (const lease of leases) lease.release();
  }

  /** Brings both servers to about the same next session id, by connecting to the one that is behind. */
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

  /** Runs statements that are stopped, or left running at release, while the proxy switches between the servers. */
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

/** The session id that a server gives to a new connection. */
async function nextNumber({ host, port, user, password }: OwnServer): Promise<number> {
  const connection = await createConnection({ host, port, user, password });
  const { threadId } = connection;
  await connection.end();
  return threadId;
}
