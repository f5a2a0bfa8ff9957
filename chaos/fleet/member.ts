/**
 * A process of the tested fleet: a pool, and tasks that borrow from it. The parent process sets the number of tasks.
 */
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { createPool, type MysqlPool } from 'node-mysqlpool';
import { fleetOf, redisCoordinator, type FleetOptions } from 'node-mysqlpool/fleet';
import { now, type Failure, type FromMember, type MemberOrder, type Span, type ToMember } from './messages.js';

const TELL_EVERY = 200;
/** How long (ms) after Redis is back it is still treated as lost. */
const LEARNING = 2_000;

class Member {
  readonly #order: MemberOrder;
  readonly #pool: MysqlPool;
  readonly #waits = new Set<number>();
  #tasks = 0;
  #running = 0;
  #served = 0;
  #longest: Span = [0, 0];
  #loans: Span[] = [];
  #failures: Failure[] = [];

  constructor(order: MemberOrder) {
    this.#order = order;
    const { host, port, from, user, password, maxSize, acquireTimeout, idleTimeout } = order;
    const stream = from === undefined ? {} : { stream: () => connect({ host, port, localAddress: from }) };
    this.#pool = createPool(
      { host, port, user, password, ...stream } as never,
      { maxSize, acquireTimeout, idleTimeout, connectTimeout: 5_000, fleet: fleetOptions(order) } as never,
    );
    setInterval(() => this.#tell(), TELL_EVERY);
  }

  tasks(count: number): void {
    this.#tasks = count;
    while (this.#running < this.#tasks) void this.#task();
  }

  /** Acquires `count` connections at once, and reports how long that took. */
  async take(count: number): Promise<void> {
    const began = now();
    const leases = await Promise.all(Array.from({ length: count }, () => this.#pool.acquire()));
    send({ took: now() - began });
    for (const lease of leases) lease.release();
  }

  async leave(): Promise<void> {
    this.#tasks = 0;
    await this.#pool.drain({ timeout: this.#order.acquireTimeout });
    this.#tell();
    process.disconnect();
    process.exit();
  }

  async #task(): Promise<void> {
    this.#running++;
    while (this.#running <= this.#tasks) {
      await this.#work();
      await sleep(Math.random() * 20);
    }
    this.#running--;
  }

  async #work(): Promise<void> {
    const asked = now();
    this.#waits.add(asked);
    let taken: number | undefined;
    let last = 0;
    try {
      await this.#pool.use(async (lease) => {
        taken = now();
        this.#waited(asked, taken);
        const statements = 1 + Math.floor(Math.random() * 3);
        const each = (Math.random() * this.#order.longestLoan) / 1_000 / statements;
        for (let n = 0; n < statements; n++) {
          const sent = now();
          await lease.query('SELECT SLEEP(?)', [each]);
          last = sent;
        }
        // Sometimes leaves a user variable, which only a full reset of the session clears.
        if (Math.random() < 0.1) await lease.query('SET @mark = 1');
      });
      this.#served++;
    } catch (error) {
      this.#waited(asked, now());
      const { code, message } = error as Error & { code?: string };
      this.#failures.push({ span: [asked, now()], code: code ?? '', message });
    }
    this.#waits.delete(asked);
    if (taken !== undefined && last > taken) this.#loans.push([taken, last]);
  }

  #waited(from: number, to: number): void {
    this.#waits.delete(from);
    if (to - from > this.#longest[1] - this.#longest[0]) this.#longest = [from, to];
  }

  #tell(): void {
    for (const from of this.#waits) {
      if (now() - from > this.#longest[1] - this.#longest[0]) this.#longest = [from, now()];
    }
    const fleet = fleetOf(this.#pool)!.stats();
    const { size, inUse, idle, waiters } = this.#pool.stats();
    const { share, isFull, coordinator, refusals, counted } = fleet;
    const state = JSON.stringify({
      size,
      inUse,
      idle,
      waiters,
      tasks: this.#tasks,
      share,
      isFull,
      refusals,
      sheds: fleet.sheds,
      counted,
      ...coordinator,
    });
    send({
      news: {
        served: this.#served,
        wait: this.#longest,
        loans: this.#loans,
        failures: this.#failures,
        sheds: fleet.sheds,
        state,
      },
    });
    this.#longest = [0, 0];
    this.#loans = [];
    this.#failures = [];
    this.#served = 0;
  }
}

function fleetOptions({ coordinator, redisPort, slots, fleet, lease }: MemberOrder): FleetOptions {
  const places = slots === undefined ? {} : { cap: 'slots' as const, limit: slots };
  return { name: fleet, lease, ...places, coordinator: coordinator === 'redis' ? overRedis(redisPort) : coordinator };
}

function overRedis(port: number): ReturnType<typeof redisCoordinator> {
  const client = new Redis({ port, host: '127.0.0.1', retryStrategy: () => 50, maxRetriesPerRequest: null });
  client.on('error', () => undefined);
  return redisCoordinator(client as never, { learning: LEARNING });
}

/** Sets the wall clock wrong, since nothing should depend on it. */
function skewClock(skew: number): void {
  const right = Date.now;
  Date.now = () => right() + skew;
  globalThis.Date = new Proxy(Date, {
    construct: (original, given) => (given.length > 0 ? Reflect.construct(original, given) : new original(Date.now())),
  });
}

const send = (message: FromMember): void => {
  if (process.connected) process.send!(message, undefined, undefined, () => undefined);
};

const order = JSON.parse(process.argv[2]!) as MemberOrder;
skewClock(order.skew);
const member = new Member(order);
// Exits with its parent process; Ctrl-C in the terminal is left to the parent.
process.once('disconnect', () => process.exit());
process.on('SIGINT', () => undefined);
process.on('message', (message: ToMember) => {
  if ('tasks' in message) member.tasks(message.tasks);
  else if ('take' in message) void member.take(message.take);
  else void member.leave();
});
