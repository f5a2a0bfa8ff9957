import { checks, messageOf, PoolOptionError, printable, shown, warnOnce, within, type Timer } from '../pool/index.js';
import type { Coordination, Coordinator, FleetMember, AccountLimit } from './coordinator.js';
import { redisPort, type RedisPort } from './redis-client.js';
import { BEAT } from './redis-script.js';

// Between two heartbeats (ms), and at least; and when something was given up that others wait for, who hear of it at once.
// A process of which nothing was heard for three of them is forgotten.
const HEARTBEAT = 1_000;
const SHORTEST = 100;
const GIVEN = 5;
const LEASE = 3 * HEARTBEAT;
// How long (ms) an answer is waited for, and after how long another beat is sent although the first was never answered: a
// client that has lost its connection keeps what it is given.
const TIMEOUT = 200;
const FORGOTTEN = 10_000;
// What a script may not do today it may not do in a second either: how long (ms) until the next attempt.
const HOPELESS = 30_000;
// So many beats in a row may be late before somebody is told: a loop that was busy for a moment is no news.
const LATE = 3;

/**
 * How processes speak to each other over Redis.
 * @since 0.1.0
 */
export interface RedisCoordinatorOptions {
  /** Begins the name of the key, and of the channel: `mysqlpool:{name of the fleet}`. @default 'mysqlpool' */
  readonly prefix?: string;
  /**
   * How long, in ms, nobody gives up a connection after Redis was lost and is back: until then it may not have heard of
   * everybody. @default 3 000
   */
  readonly learning?: number;
}

const CHECKS: checks.Checks<RedisCoordinatorOptions> = { prefix: checks.filledText, learning: checks.ms(0) };

/**
 * Sees to fairness over Redis or Valkey: each process tells there what it needs, and hears what its part is. A process
 * that waits gets its share, for its weight and beside the floors of the others, as soon as they can give it; while nobody
 * waits, everybody keeps what is open. Redis does not hold the limit, the MySQL server does: whatever becomes of Redis, no
 * connection is closed for it and no caller gets an error.
 * @param client one of `redis` (node-redis 4 or later), `ioredis`, or an object with `eval(script, keys, args)` and, if it
 *   can, `subscribe(channel, listener)`. It stays yours: connect it, hear its errors, close it after the pools
 * @throws PoolOptionError
 * @since 0.1.0
 */
export function redisCoordinator(client: unknown, options: RedisCoordinatorOptions = {}): Coordinator {
  const port = redisPort(client);
  const fault = checks.faultInOptions(options, CHECKS);
  if (fault !== undefined) throw new PoolOptionError('redisCoordinator', fault.option, fault.message);
  const { prefix = 'mysqlpool', learning = LEASE } = options;
  return new RedisCoordinator(port, prefix, learning);
}

/** Two of the same client and the same options are alike, also to those who compare options. */
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

/** The answer of the script. */
interface Answer {
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

/** Why Redis cannot be used, in a word: one warning for each. */
function kindOf(error: unknown): 'answer' | 'script' | 'late' | 'unreachable' {
  if (error instanceof WrongAnswer) return 'answer';
  if (error instanceof Late) return 'late';
  const isRefusal = /^(NOPERM|ERR|WRONGTYPE|NOAUTH|WRONGPASS|DENIED)\b/.test(messageOf(error));
  return isRefusal ? 'script' : 'unreachable';
}

class Late extends Error {}

/** One process's heartbeat. */
class Beats implements Coordination {
  readonly #member: FleetMember;
  readonly #port: RedisPort;
  readonly #key: string;
  readonly #learning: number;
  #timer: Timer | undefined;
  #due = 0;
  #sentAt = -Infinity;
  /** The script runs, or nobody knows whether it does. */
  #pending: Promise<unknown> | undefined;
  #beating: Promise<void> | undefined;
  /** Refusals that have been told. */
  #refusals = 0;
  #late = 0;
  /** How many connections it held as it told last, if others wait for some of them. */
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

  /** Whatever comes of it, within the time for an answer. */
  async #quietly(work: () => Promise<unknown>): Promise<void> {
    await within(this.#member.clock, TIMEOUT, work(), () => new Late()).catch(() => undefined);
  }

  async #run(args: string[]): Promise<unknown> {
    return this.#port.eval(BEAT, [this.#key], args);
  }

  // ---- When ----

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

  /** Now, but for the shortest time between two, and for Redis being away. */
  #beatSoon(): void {
    if (this.#isClosed || this.#isLost || this.#timer === undefined) return;
    const now = this.#member.clock.now();
    const hasGiven = this.#member.standing().held < this.#wanted;
    const soonest = Math.max(now, this.#sentAt + (hasGiven ? GIVEN : SHORTEST));
    if (this.#due > soonest) this.#beatIn(soonest - now);
  }

  // ---- A beat ----

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

  /** What others need is given up now, if it lies idle, or else as it comes back. */
  #obey({ most, told }: Answer): void {
    const member = this.#member;
    // The same once more is not passed on as if it were new.
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

  /** Everybody keeps what is open, and may have what the server admits, until Redis is back. */
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

  // ---- What others say ----

  #listen(): void {
    if (this.#port.subscribe === undefined || this.#end !== undefined) return;
    if (this.#member.clock.now() < this.#subscribeAt) return;
    this.#subscribeAt = Infinity;
    this.#subscribing = this.#subscribe();
  }

  /** Without it, others are heard of at the next beat. Never rejects. */
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
