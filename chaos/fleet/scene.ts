import { startProxy, type Proxy } from '#support/proxy.js';
import type { OwnServer, RedisServer } from '#support/servers/index.js';
import type { Random } from '../random.js';
import type { Violations } from '../violations.js';
import { Census } from './census.js';
import { MemberProcess } from './crew.js';
import type { CoordinatorKind, MemberOrder } from './messages.js';
import { News } from './news.js';

/** The account's limit, or the number of places. */
export const LIMIT = 10;
export const MEMBERS = 8;
export const LEASE = 2_000;
export const LONGEST_LOAN = 200;
export const IDLE_TIMEOUT = 1_000;
/** Most tasks of a member. */
const MOST_TASKS = 6;
const MINUTE = 60_000;
/** A caller waits no longer than this, in ms: a turn of all the others, what a dead process holds, and a busy machine. */
const LONGEST_WAIT = LEASE + 8_000;
/** Nobody gives way while Redis is gone, nor until what was lost is known again. */
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

/** One fleet at its work: its account, its processes, and those who watch. */
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
    // A session exists before it has its lock, and while it takes it again: two a member.
    const most = cap === 'slots' ? LIMIT + 2 * (MEMBERS + 1) : LIMIT;
    // Where nobody gives way what is too many stays until it lies idle for too long.
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

  /** The one that can be cut off from the server. */
  get remote(): MemberProcess {
    return this.members.find(({ address }) => address === '127.0.0.1')!;
  }

  /** Another process joins. */
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

  /** Everybody works, each as much as it happens to have to do. */
  work(): void {
    for (const member of this.members) member.tasks(this.#tasks());
  }

  rest(): void {
    for (const member of this.members) member.tasks(0);
  }

  /** One that has connections, if there is one. */
  busy(): MemberProcess {
    const candidates = this.members.filter((each) => each !== this.remote && this.census.of(each.address) > 0);
    return this.options.random.pick(candidates.length > 0 ? candidates : this.members.slice(1));
  }

  /** What the server says of the sessions from an address. */
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
