import { startProxy, type Proxy } from '#support/proxy.js';
import type { OwnServer, RedisServer } from '#support/servers/index.js';
import type { Random } from '../random.js';
import type { Violations } from '../violations.js';
import { Census } from './census.js';
import { MemberProcess } from './crew.js';
import type { CoordinatorKind, MemberOrder } from './messages.js';
import { News } from './news.js';

/** The account's connection limit, or the number of slots. */
export const LIMIT = 10;
export const MEMBERS = 8;
export const LEASE = 2_000;
export const LONGEST_LOAN = 200;
export const IDLE_TIMEOUT = 1_000;
/** The maximum number of tasks per member. */
const MOST_TASKS = 6;
const MINUTE = 60_000;
/** The longest allowed wait in ms: the lease of a dead process, a turn for each other member, and a busy machine. */
const LONGEST_WAIT = LEASE + 8_000;
/** Additional wait in ms while Redis is gone or has lost its data: members give up no connections then. */
const REDIS_GONE = 5_000;
const ACQUIRE_TIMEOUT = LONGEST_WAIT + REDIS_GONE + 5_000;

export interface SceneOptions {
  readonly server: OwnServer;
  readonly redis: RedisServer;
  readonly coordinator: CoordinatorKind;
  readonly cap: 'account' | 'slots';
  readonly random: Random;
  readonly violations: Violations;
}

let accounts = 0;

/** One fleet: its account, its processes, and the checks on them. */
export class Scene {
  readonly options: SceneOptions;
  readonly user = `fleet${++accounts}`;
  readonly census: Census;
  readonly news: News;
  readonly violations: Violations;
  readonly members: MemberProcess[] = [];
  readonly longestWait: number;
  #proxy: Proxy | undefined;
  #joined = 0;

  constructor(options: SceneOptions) {
    const { cap, coordinator, violations } = options;
    this.options = options;
    this.violations = violations;
    // With slots, a session exists before it has its lock, and while it takes the lock again: up to two per member.
    const most = cap === 'slots' ? LIMIT + 2 * (MEMBERS + 1) : LIMIT;
    // Without a coordinator, excess sessions are closed only by their idle time-out.
    this.census = new Census(most, violations, coordinator === 'none' ? Infinity : undefined);
    this.longestWait = LONGEST_WAIT + (coordinator === 'redis' ? REDIS_GONE : 0);
    const wait = coordinator === 'none' ? undefined : this.longestWait;
    this.news = new News({ wait, lent: LIMIT }, violations);
  }

  async open(): Promise<void> {
    const { server, cap } = this.options;
    const limit = cap === 'account' ? `WITH MAX_USER_CONNECTIONS ${LIMIT}` : '';
    await server.admin(`CREATE USER '${this.user}'@'%' IDENTIFIED BY 'secret' ${limit}`);
    this.census.watch(server, this.user);
    this.#proxy = await startProxy({ target: { host: server.host, port: server.port } });
    this.join(true);
    for (let n = 1; n < MEMBERS; n++) this.join();
    await Promise.all(this.members.map(({ ready }) => ready));
  }

  get proxy(): Proxy {
    return this.#proxy!;
  }

  /** The member that connects through the proxy, and can therefore be cut off from the server. */
  get remote(): MemberProcess {
    return this.members.find(({ address }) => address === '127.0.0.1')!;
  }

  /** Starts another process of the fleet. */
  join(isRemote = false): MemberProcess {
    const { server, redis, coordinator, cap } = this.options;
    const number = ++this.#joined;
    const order: MemberOrder = {
      kind: server.kind,
      host: server.host,
      port: isRemote ? this.proxy.port : server.port,
      from: isRemote ? undefined : `127.0.${1 + Math.floor(number / 200)}.${1 + (number % 200)}`,
      user: this.user,
      password: 'secret',
      skew: (((number * 37) % 121) - 60) * MINUTE,
      maxSize: LIMIT,
      coordinator,
      redisPort: redis.port,
      slots: cap === 'slots' ? LIMIT : undefined,
      fleet: this.user,
      lease: LEASE,
      acquireTimeout: ACQUIRE_TIMEOUT,
      idleTimeout: IDLE_TIMEOUT,
      longestLoan: LONGEST_LOAN,
    };
    const member = new MemberProcess(number, order, this.news);
    this.members.push(member);
    member.tasks(this.#tasks());
    return member;
  }

  gone(member: MemberProcess): void {
    this.members.splice(this.members.indexOf(member), 1);
  }

  /** Gives every member a random number of tasks. */
  work(): void {
    for (const member of this.members) member.tasks(this.#tasks());
  }

  rest(): void {
    for (const member of this.members) member.tasks(0);
  }

  /** A random member that has connections, if there is one. */
  busy(): MemberProcess {
    const candidates = this.members.filter((each) => each !== this.remote && this.census.of(each.address) > 0);
    return this.options.random.pick(candidates.length > 0 ? candidates : this.members.slice(1));
  }

  /** The server's list of the sessions from an address. */
  async describe(address: string): Promise<string> {
    const rows = await this.options.server.admin(
      `SELECT ID AS id, COMMAND AS command, TIME AS time, STATE AS state, INFO AS info
       FROM information_schema.PROCESSLIST WHERE USER = '${this.user}' AND HOST LIKE '${address}:%'`,
    );
    return rows.map((row) => Object.values(row).join(' ')).join('; ');
  }

  async close(): Promise<void> {
    await Promise.all(this.members.map((member) => member.kill()));
    await this.census.stop();
    await this.#proxy?.close();
    await this.options.server.admin(`DROP USER IF EXISTS '${this.user}'@'%'`);
  }

  #tasks(): number {
    return this.options.random.int(1, MOST_TASKS);
  }
}
