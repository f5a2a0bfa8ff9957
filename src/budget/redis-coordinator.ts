import { checks, messageOf, PoolOptionError, printable, shown, warnOnce, within, type Timer } from '../pool/index.js';
import type { Coordination, Coordinator, FleetMember, AccountLimit } from './coordinator.js';
import { redisPort, type RedisPort } from './redis-client.js';
import { BEAT } from './redis-script.js';

// Time between two heartbeats (ms). One that is sent early, because something has changed, keeps a distance of SHORTEST
// from the one before; or of GIVEN, if this process has closed connections that others wait for, so that they hear of
// the room at once.
const HEARTBEAT = 1_000;
const SHORTEST = 100;
const GIVEN = 5;
// A process that has sent no heartbeat for so long (ms) no longer counts.
const LEASE = 3 * HEARTBEAT;
// How long (ms) to wait for a reply. A heartbeat without a reply keeps further ones back for up to FORGOTTEN (ms): a
// client that has lost its connection queues commands, and would send them all when it is back.
const TIMEOUT = 200;
const FORGOTTEN = 10_000;
// After an error that a retry will not cure, such as a missing right to run scripts, the next attempt is made after
// this (ms).
const HOPELESS = 30_000;
// The warning comes after so many late replies in a row: a single one may only mean that the event loop was busy.
const LATE = 3;

/**
 * Options of `redisCoordinator`.
 * @since 0.1.0
 */
export interface RedisCoordinatorOptions {
  /**
   * First part of the name of the key and of the channel, which is `mysqlpool:{name of the fleet}`.
   * @default 'mysqlpool'
   */
  readonly prefix?: string;
  /**
   * For how long, in ms, no process gives up connections after Redis is back from an outage: until then Redis may not
   * have heard from all processes again. @default 3 000
   */
  readonly learning?: number;
}

const CHECKS: checks.Checks<RedisCoordinatorOptions> = { prefix: checks.filledText, learning: checks.ms(0) };

/**
 * A coordinator that divides the fleet's limit fairly by way of Redis or Valkey: each process reports there what it
 * needs, and is told its share. A process with waiters gets its share, by its weight and less the floors of others, as
 * soon as other processes can give connections up; while nobody waits, all processes keep what they have open. The
 * limit is enforced by the MySQL server, not by Redis: when Redis fails, no connection is closed for it and no caller
 * gets an error.
 * @param client a client of `redis` (node-redis 4 or later) or `ioredis`, or an object with `eval(script, keys, args)`
 *   and optionally `subscribe(channel, listener)`: see `RedisPort`. It stays yours: connect it, handle its errors, and
 *   close it after the pools
 * @throws PoolOptionError for an unsupported client or an invalid option
 * @since 0.1.0
 */
export function redisCoordinator(client: unknown, options: RedisCoordinatorOptions = {}): Coordinator {
  const port = redisPort(client);
  const fault = checks.faultInOptions(options, CHECKS);
  if (fault !== undefined) throw new PoolOptionError('redisCoordinator', fault.option, fault.message);
  const { prefix = 'mysqlpool', learning = LEASE } = options;
  return new RedisCoordinator(port, prefix, learning);
}

/** All its state is in plain properties, so that `isDeepStrictEqual` finds two of the same client and options equal. */
class RedisCoordinator implements Coordinator {
  readonly kind = 'redis';
  readonly port: RedisPort;
  readonly prefix: string;
  readonly learning: number;

  constructor(port: RedisPort, prefix: string, learning: number) {
    this.port = port;
    this.prefix = prefix;
    this.learning = learning;
  }

  join(member: FleetMember): Coordination {
    return new Beats(member, this.port, `${this.prefix}:{${member.name}}`, this.learning);
  }
}

/** The reply of the script: see `BEAT`. */
interface Answer {
  /** How many connections this process may have; -1: as many as the server admits. */
  readonly most: number;
  readonly told: AccountLimit | undefined;
}

class WrongAnswer extends Error {}

function answerOf(reply: unknown): Answer {
  const numbers = Array.isArray(reply) ? reply.map(Number) : [];
  if (numbers.length !== 6 || !numbers.every(Number.isSafeInteger))
    throw new WrongAnswer(`expected six whole numbers from the script, got ${shown(reply)}`);
  const [, most, , , limit, ago] = numbers;
  return { most: most!, told: ago! < 0 ? undefined : { limit: limit!, ago: ago! } };
}

/** The kind of a failure. Each kind is warned of once. */
function kindOf(error: unknown): 'answer' | 'script' | 'late' | 'unreachable' {
  if (error instanceof WrongAnswer) return 'answer';
  if (error instanceof Late) return 'late';
  const isRefusal = /^(NOPERM|ERR|WRONGTYPE|NOAUTH|WRONGPASS|DENIED)\b/.test(messageOf(error));
  return isRefusal ? 'script' : 'unreachable';
}

class Late extends Error {}

/** The heartbeats of one process. */
class Beats implements Coordination {
  readonly #member: FleetMember;
  readonly #port: RedisPort;
  readonly #key: string;
  readonly #learning: number;
  #timer: Timer | undefined;
  #due = 0;
  #sentAt = -Infinity;
  /** The latest call of the script, until it has a reply. */
  #pending: Promise<unknown> | undefined;
  #beating: Promise<void> | undefined;
  /** How many refused logins have been reported. */
  #refusals = 0;
  /** Late replies in a row. */
  #late = 0;
  /** Connections of this process at the latest heartbeat, if others wait for some of them; otherwise 0. */
  #wanted = 0;
  #isLost = false;
  #isKnown = false;
  #learnsUntil = -Infinity;
  #subscribing: Promise<void> | undefined;
  #end: (() => unknown) | undefined;
  #subscribeAt = -Infinity;
  #isClosed = false;

  constructor(member: FleetMember, port: RedisPort, key: string, learning: number) {
    this.#member = member;
    this.#port = port;
    this.#key = key;
    this.#learning = learning;
    this.#beatIn(0);
  }

  changed(): void {
    this.#beatSoon();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#stop();
    await this.#beating;
    await this.#quietly(async () => (this.#end === undefined ? this.#subscribing : this.#end()));
    if (this.#isKnown) await this.#quietly(() => this.#run([this.#member.id, this.#key]));
  }

  /** Waits for `work` no longer than for a reply, and ignores how it ends. */
  async #quietly(work: () => Promise<unknown>): Promise<void> {
    await within(this.#member.clock, TIMEOUT, work(), () => new Late()).catch(() => undefined);
  }

  async #run(args: string[]): Promise<unknown> {
    return this.#port.eval(BEAT, [this.#key], args);
  }

  // ---- When the next heartbeat is sent ----

  #stop(): void {
    if (this.#timer !== undefined) this.#member.clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #beatIn(ms: number): void {
    const { clock } = this.#member;
    this.#stop();
    if (this.#isClosed) return;
    this.#due = clock.now() + ms;
    this.#timer = clock.setTimeout(() => {
      this.#timer = undefined;
      this.#beating = this.#beat();
    }, ms);
    this.#timer.unref();
  }

  /** Sends the next heartbeat as early as the shortest time between two allows, except while Redis is lost. */
  #beatSoon(): void {
    if (this.#isClosed || this.#isLost || this.#timer === undefined) return;
    const now = this.#member.clock.now();
    const hasGiven = this.#member.standing().held < this.#wanted;
    const soonest = Math.max(now, this.#sentAt + (hasGiven ? GIVEN : SHORTEST));
    if (this.#due > soonest) this.#beatIn(soonest - now);
  }

  // ---- A heartbeat ----

  /** Never rejects. */
  async #beat(): Promise<void> {
    const { clock, random } = this.#member;
    let next = HEARTBEAT * (0.9 + random() / 10);
    try {
      if (this.#pending !== undefined && clock.now() - this.#sentAt < FORGOTTEN) throw new Late();
      const answer = answerOf(await this.#ask());
      if (this.#isClosed) return;
      this.#found();
      this.#obey(answer);
    } catch (error) {
      if (this.#isClosed) return;
      const kind = kindOf(error);
      if (kind === 'answer' || kind === 'script') next = HOPELESS;
      this.#lost(kind, error);
    }
    this.#beatIn(next);
  }

  async #ask(): Promise<unknown> {
    const { clock, id, accountLimit } = this.#member;
    const { limit, ago } = accountLimit ?? { limit: this.#member.limit ?? -1, ago: -1 };
    const { demand, floor, weight, held, refusals } = this.#member.standing();
    const isRefused = refusals > this.#refusals;
    const line = [demand, floor, weight, held, isRefused ? 1 : 0, limit, Math.round(ago), LEASE];
    this.#sentAt = clock.now();
    const pending = this.#run([id, ...line.map(String), this.#key]);
    this.#pending = pending;
    const settled = (): void => {
      if (this.#pending === pending) this.#pending = undefined;
    };
    pending.then(settled, settled);
    const reply = await within(clock, TIMEOUT, pending, () => new Late());
    this.#refusals = refusals;
    return reply;
  }

  /** Gives up the connections that others need: idle ones now, the rest when they are released. */
  #obey({ most, told }: Answer): void {
    const member = this.#member;
    // A limit that is known already must not count as just told by the server.
    if (told !== undefined && told.limit !== member.accountLimit?.limit) member.told(told.limit, told.ago);
    const isAsked = most >= 0 && member.clock.now() >= this.#learnsUntil;
    const { held } = member.standing();
    const over = isAsked ? held - most : 0;
    this.#wanted = over > 0 ? held : 0;
    member.setShare(isAsked ? most : undefined);
    if (over > 0) member.shed(over);
  }

  #found(): void {
    if (this.#isLost) this.#learnsUntil = this.#member.clock.now() + this.#learning;
    this.#isLost = false;
    this.#isKnown = true;
    this.#late = 0;
    this.#member.tell({ state: 'ok' });
    this.#listen();
  }

  /** Until Redis is back, this process keeps its connections, and may open as many as the server admits. */
  #lost(kind: ReturnType<typeof kindOf>, error: unknown): void {
    const why = kind === 'late' ? `no answer within ${TIMEOUT} ms` : printable(messageOf(error));
    this.#isLost = true;
    this.#member.setShare(undefined);
    this.#member.tell({ state: 'lost', why });
    if (kind === 'late' && ++this.#late < LATE) return;
    warnOnce(
      'MYSQLPOOL_FLEET_REDIS',
      `fleet "${this.#member.name}": Redis cannot be used (${why}): until it can, processes do not give way to each other; ` +
        'the limit holds without it',
      kind,
    );
  }

  // ---- Messages of other processes ----

  #listen(): void {
    if (this.#port.subscribe === undefined || this.#end !== undefined) return;
    if (this.#member.clock.now() < this.#subscribeAt) return;
    this.#subscribeAt = Infinity;
    this.#subscribing = this.#subscribe();
  }

  /** Never rejects: without the subscription, news of others comes with the next heartbeat. */
  async #subscribe(): Promise<void> {
    try {
      const end: unknown = await this.#port.subscribe?.(this.#key, (message) => this.#hear(message));
      this.#end = typeof end === 'function' ? (end as () => unknown) : () => undefined;
      if (this.#isClosed) await this.#end();
    } catch {
      this.#subscribeAt = this.#member.clock.now() + HOPELESS;
    }
  }

  #hear(message: string): void {
    if (this.#isClosed) return;
    const { held, waiters } = this.#member.standing();
    if (message === 'starved' && held > 0) this.#beatSoon();
    if (message === 'room' && waiters > 0) this.#member.retry();
  }
}
