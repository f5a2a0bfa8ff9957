import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PoolOptionError } from 'node-mysqlpool/pool';
import { redisCoordinator } from '#internal/budget/redis-coordinator.js';
import type { RedisPort } from '#internal/budget/redis-client.js';
import type { Coordination } from '#internal/budget/coordinator.js';
import { FakeClock } from '../pool/support/fake-clock.js';
import { FakeMember } from './support/fake-member.js';

/** Redis as a port: answers what it is told to, after as long as it is told to. */
class FakeRedis implements RedisPort {
  readonly clock: FakeClock;
  readonly beats: { readonly at: number; readonly key: string; readonly args: string[] }[] = [];
  answer: () => unknown = () => [8, -1, 1, 0, 8, 0];
  takes = 1;
  unanswered = 0;
  listener: ((message: string) => void) | undefined;
  subscribes = 0;
  subscribeFails = false;

  constructor(clock: FakeClock) {
    this.clock = clock;
  }

  eval(_script: string, keys: string[], args: string[]): Promise<unknown> {
    this.beats.push({ at: this.clock.now(), key: keys.join(), args });
    this.unanswered++;
    return new Promise((resolve, reject) => {
      if (this.takes === Infinity) return;
      this.clock.arrive(this.takes, () => {
        this.unanswered--;
        try {
          resolve(this.answer());
        } catch (error) {
          reject(error as Error);
        }
      });
    });
  }

  subscribe(channel: string, listener: (message: string) => void): () => void {
    this.subscribes++;
    if (this.subscribeFails) throw new Error('no');
    assert.equal(channel, 'mysqlpool:{fleet}');
    this.listener = listener;
    return () => (this.listener = undefined);
  }
}

interface Scene {
  readonly clock: FakeClock;
  readonly redis: FakeRedis;
  readonly member: FakeMember;
  readonly coordination: Coordination;
  /** When beats were sent since the last call, in ms from then on. */
  readonly beats: () => number[];
  /** It ends in time, and no timer runs any more. */
  readonly leave: () => Promise<void>;
}

function scene(options?: { learning?: number }): Scene {
  const clock = new FakeClock();
  const redis = new FakeRedis(clock);
  const member = new FakeMember(clock);
  const coordination = redisCoordinator(redis, options).join(member);
  let seen = 0;
  let from = clock.now();
  const beats = (): number[] => {
    const times = redis.beats.slice(seen).map(({ at }) => at - from);
    seen = redis.beats.length;
    from = clock.now();
    return times;
  };
  const leave = async (): Promise<void> => {
    const left = coordination.close();
    await clock.advance(1_000);
    await left;
    assert.deepEqual(clock.timers(), []);
  };
  return { clock, redis, member, coordination, beats, leave };
}

const fail = (message: string) => (): never => {
  throw new Error(message);
};

describe('a heartbeat over Redis', () => {
  it('tells how the process stands, once a second', async () => {
    const { clock, redis, member, beats, leave } = scene();
    member.stands({ held: 3, demand: 5, floor: 1, weight: 2, waiters: 2, refusals: 4 });
    await clock.advance(10);
    assert.deepEqual(redis.beats[0], {
      at: clock.now() - 10,
      key: 'mysqlpool:{fleet}',
      args: ['me', '5', '1', '2', '3', '1', '8', '0', '3000', 'mysqlpool:{fleet}'],
    });
    redis.answer = () => [8, -1, 1, 0, -1, -1];
    member.limit = member.accountLimit = undefined;
    beats();
    await clock.advance(10_000);
    assert.equal(beats().length, 10);
    const { args } = redis.beats.at(-1)!;
    assert.deepEqual(args.slice(5, 8), ['0', '-1', '-1'], 'no new refusal, no limit known');
    member.limit = 6;
    await clock.advance(1_000);
    assert.deepEqual(redis.beats.at(-1)!.args.slice(6, 8), ['6', '-1'], 'a limit that is not the account’s');
    assert.deepEqual(member.told_, []);
    assert.deepEqual(clock.timers(true), [], 'it keeps no process alive');
    await leave();
  });

  it('comes sooner when the standing has changed, but no more than ten times a second', async () => {
    const { clock, coordination, beats, leave } = scene();
    await clock.advance(500);
    beats();
    coordination.changed();
    await clock.advance(0);
    assert.deepEqual(beats(), [0]);
    for (let i = 0; i < 100; i++) {
      coordination.changed();
      await clock.advance(10);
    }
    assert.ok(beats().length <= 10);
    await leave();
  });

  it('gives up nothing while nobody starves, and what it has above its part when somebody does', async () => {
    const { clock, redis, member, leave } = scene();
    member.stands({ held: 6, idle: 6 });
    redis.answer = () => [0, -1, 3, 0, 8, 0];
    await clock.advance(2_000);
    assert.deepEqual([member.share, member.shed_], [undefined, []]);
    redis.answer = () => ['0', '4', '3', '2', 8, 0];
    await clock.advance(1_000);
    assert.deepEqual([member.share, member.shed_[0]], [4, 2]);
    redis.answer = () => [0n, -1n, 3n, 0n];
    await clock.advance(1_000);
    assert.equal(member.share, undefined);
    await leave();
  });

  it('tells at once of what it has given up, a few at a time, and of nothing else', async () => {
    const { clock, redis, member, coordination, beats, leave } = scene();
    member.stands({ held: 6, idle: 1, waiters: 1 });
    redis.answer = () => [3, 4, 3, 2, 8, 0];
    await clock.advance(500);
    redis.listener!('starved');
    await clock.advance(2);
    beats();
    coordination.changed();
    await clock.advance(20);
    assert.deepEqual(beats(), [], 'it holds as many as before');
    member.stands({ held: 5 });
    coordination.changed();
    await clock.advance(2);
    member.stands({ held: 4 });
    redis.answer = () => [3, -1, 3, 0, 8, 0];
    coordination.changed();
    await clock.advance(50);
    assert.deepEqual(beats(), [0, 5]);
    member.stands({ held: 3 });
    coordination.changed();
    await clock.advance(20);
    assert.deepEqual(beats(), [], 'nobody waits any more');
    await leave();
  });

  it('hears what the server has told others of the limit, and passes on what it was told itself', async () => {
    const { clock, redis, member, leave } = scene();
    await clock.advance(500);
    assert.deepEqual(member.told_, [], 'the same as it knows is no news');
    redis.answer = () => [5, -1, 3, 0, 5, 700];
    member.accountLimit = { limit: 8, ago: 4_000.4 };
    await clock.advance(1_000);
    assert.deepEqual(redis.beats.at(-1)!.args.slice(6, 8), ['8', '4000']);
    await clock.advance(3_000);
    assert.deepEqual(member.told_, [{ limit: 5, ago: 700 }], 'once');
    await leave();
  });

  it('hears of those who starve if it has something to give, and of room if somebody waits', async () => {
    const { clock, redis, member, beats, leave } = scene();
    await clock.advance(500);
    beats();
    redis.listener!('starved');
    redis.listener!('room');
    await clock.advance(0);
    assert.deepEqual([beats(), member.retries], [[], 0]);
    member.stands({ held: 1, waiters: 1 });
    redis.listener!('starved');
    redis.listener!('room');
    redis.listener!('whatever');
    await clock.advance(0);
    assert.deepEqual([beats(), member.retries], [[0], 1]);
    await leave();
  });

  it('does without a channel that cannot be had, and tries again later', async () => {
    const { clock, redis, member, leave } = scene();
    redis.subscribeFails = true;
    await clock.advance(25_000);
    assert.deepEqual([redis.subscribes, member.state], [1, { state: 'ok' }]);
    redis.subscribeFails = false;
    await clock.advance(10_000);
    await clock.advance(60_000);
    assert.equal(redis.subscribes, 2);
    await leave();
  });

  it('takes itself off and leaves nothing behind', async () => {
    const { clock, redis, coordination, leave } = scene();
    await clock.advance(1_500);
    const closed = coordination.close();
    await clock.advance(1);
    await closed;
    assert.deepEqual(redis.beats.at(-1)!.args, ['me', 'mysqlpool:{fleet}']);
    assert.deepEqual([redis.listener, clock.timers()], [undefined, []]);
    coordination.changed();
    await clock.advance(5_000);
    assert.deepEqual(clock.timers(), []);
    await leave();
  });

  it('ends in time although Redis never answers', async () => {
    const { clock, redis, coordination } = scene();
    await clock.advance(1_500);
    redis.takes = Infinity;
    await clock.advance(500);
    const closed = coordination.close();
    await clock.advance(400);
    await closed;
    assert.deepEqual(clock.timers(), []);
  });
});

describe('a heartbeat that gets no answer', () => {
  const failures: [string, (redis: FakeRedis) => void, RegExp][] = [
    ['it fails', (redis) => (redis.answer = fail('connect ECONNREFUSED')), /^connect ECONNREFUSED$/],
    ['it is late', (redis) => (redis.takes = 300), /^no answer within 200 ms$/],
    ['it never comes', (redis) => (redis.takes = Infinity), /^no answer within 200 ms$/],
    ['the script may not be run', (redis) => (redis.answer = fail('NOPERM no permissions')), /^NOPERM/],
    ['it is of another shape', (redis) => (redis.answer = () => 'OK'), /six whole numbers.*got "OK"/],
    ['it has other values', (redis) => (redis.answer = () => [1, 2, 3, 'x']), /got a list/],
    ['it is nothing', (redis) => (redis.answer = () => undefined), /got undefined/],
  ];
  for (const [name, breaks, why] of failures) {
    it(`takes nothing away from the process: ${name}`, async () => {
      const { clock, redis, member, leave } = scene();
      member.stands({ held: 6, idle: 6 });
      redis.answer = () => [0, 4, 3, 2, 8, 0];
      await clock.advance(10);
      assert.equal(member.share, 4);
      const { length } = member.shed_;
      breaks(redis);
      await clock.advance(1_500);
      assert.equal(member.share, undefined);
      assert.equal(member.shed_.length, length);
      assert.equal(member.state?.state, 'lost');
      assert.match(member.state?.state === 'lost' ? member.state.why : '', why);
      await leave();
    });
  }

  it('is one at a time, whatever changes, until the first is forgotten', async () => {
    const { clock, redis, coordination, leave } = scene();
    redis.takes = Infinity;
    for (let i = 0; i < 95; i++) {
      coordination.changed();
      await clock.advance(100);
    }
    assert.equal(redis.beats.length, 1);
    await clock.advance(2_000);
    assert.equal(redis.beats.length, 2);
    await leave();
  });

  it('is repeated every second, and every half a minute where it is hopeless', async () => {
    const { clock, redis, beats, leave } = scene();
    redis.answer = fail('connect ECONNREFUSED');
    await clock.advance(10_000);
    assert.equal(beats().length, 11);
    redis.answer = fail("ERR unknown command 'EVAL'");
    await clock.advance(2_000);
    beats();
    await clock.advance(60_000);
    assert.equal(beats().length, 2);
    await leave();
  });

  it('is followed by a time of learning in which nobody gives up anything', async () => {
    for (const learning of [undefined, 10_000]) {
      const { clock, redis, member, leave } = scene(learning === undefined ? {} : { learning });
      member.stands({ held: 6, idle: 6 });
      redis.answer = fail('gone');
      await clock.advance(5_000);
      redis.answer = () => [0, 4, 3, 2, 8, 0];
      await clock.advance(1_000);
      assert.deepEqual([member.state, member.share], [{ state: 'ok' }, undefined]);
      await clock.advance((learning ?? 3_000) - 1_000);
      assert.deepEqual([member.share, member.shed_], [undefined, []]);
      await clock.advance(2_000);
      assert.deepEqual([member.share, member.shed_[0]], [4, 2]);
      await leave();
    }
  });

  it('tells a refusal that was not heard once more', async () => {
    const { clock, redis, member, leave } = scene();
    await clock.advance(500);
    member.stands({ refusals: 1 });
    redis.answer = fail('gone');
    await clock.advance(1_000);
    redis.answer = () => [8, -1, 1, 0, 8, 0];
    await clock.advance(2_000);
    assert.deepEqual(
      redis.beats.map(({ args }) => args[5]),
      ['0', '1', '1', '0'],
    );
    await leave();
  });
});

it('two coordinators of the same client and options are alike', () => {
  const client = { eval: () => 1, evalSha: () => 1, duplicate: () => client, unref: () => undefined };
  assert.deepEqual(redisCoordinator(client), redisCoordinator(client, { prefix: 'mysqlpool' }));
  assert.notDeepEqual(redisCoordinator(client), redisCoordinator(client, { prefix: 'shop' }));
  assert.notDeepEqual(redisCoordinator(client), redisCoordinator({ ...client }));
});

describe('what is no client of Redis, or no option', () => {
  const rows: [unknown, unknown, RegExp][] = [
    [undefined, {}, /option "client": expected a client of redis .*, got undefined/],
    ['redis://127.0.0.1', {}, /expected a client .*, got "redis:/],
    [{}, {}, /got an object/],
    [{ eval: () => 1, evalsha: () => 1, send_command: () => 1 }, {}, /node-redis 4 or later/],
    [new FakeRedis(new FakeClock()), { prefix: '' }, /option "prefix": expected a text that is not empty/],
    [new FakeRedis(new FakeClock()), { learning: -1 }, /option "learning": expected milliseconds from 0 up/],
    [new FakeRedis(new FakeClock()), { learningg: 1 }, /unknown option "learningg" \(did you mean "learning"\?\)/],
    [new FakeRedis(new FakeClock()), [], /expected an object of options \(prefix, learning\), got a list/],
  ];
  for (const [i, [client, options, message]] of rows.entries()) {
    it(`is refused: ${i + 1}`, () => {
      assert.throws(
        () => redisCoordinator(client, options as object),
        (error) => error instanceof PoolOptionError && message.test(error.message),
      );
    });
  }
});
