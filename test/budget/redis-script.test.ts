import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import Redis from 'ioredis';
import { BEAT } from '#internal/budget/redis-script.js';
import { RedisServer } from '#support/servers/index.js';
import { fairShares, type Claim } from './support/fair-shares.js';

interface Line extends Claim {
  readonly held: number;
  readonly isRefused?: boolean;
  /** How long ago (ms) the server told it the limit; -1: it is the process's own. */
  readonly ago?: number;
}
interface Answer {
  readonly share: number;
  readonly most: number;
  readonly members: number;
  readonly starving: number;
}

describe('the script of a heartbeat', () => {
  let server: RedisServer;
  let client: Redis;
  let keys = 0;
  before(async () => {
    server = await RedisServer.start();
    client = new Redis(server.port, '127.0.0.1');
  });
  after(async () => {
    client?.disconnect();
    await server?.[Symbol.asyncDispose]();
  });

  const freshKey = (): string => `fleet:{${keys++}}`;
  async function numbers(key: string, limit: number, line: Line): Promise<number[]> {
    const { id, want, floor, weight, held, isRefused = false, ago = -1 } = line;
    const told = [id, want, floor, weight, held, isRefused ? 1 : 0, limit, ago, 3_000, key];
    return (await client.eval(BEAT, 1, key, ...told)) as number[];
  }
  async function beat(key: string, limit: number, line: Line): Promise<Answer> {
    const [share, most, members, starving] = await numbers(key, limit, line);
    return { share: share!, most: most!, members: members!, starving: starving! };
  }
  /** Every process beats, and then each of them once more, knowing of all others. */
  async function answers(limit: number, lines: readonly Line[], key = freshKey()): Promise<Map<string, Answer>> {
    await Promise.all(lines.map((line) => beat(key, limit, line)));
    const all = lines.map(async (line) => [line.id, await beat(key, limit, line)] as const);
    return new Map(await Promise.all(all));
  }
  const line = (id: string, want: number, held: number, more: Partial<Line> = {}): Line => ({
    id,
    want,
    held,
    floor: 0,
    weight: 1,
    ...more,
  });
  const most = async (limit: number, ...lines: Line[]): Promise<number[]> => {
    const all = await answers(limit, lines);
    return lines.map(({ id }) => all.get(id)!.most);
  };

  it('divides a limit as the reference does, whatever the fleet', async () => {
    const id = fc.stringMatching(/^[a-z0-9]{1,4}$/);
    const fleets = fc.uniqueArray(id, { minLength: 1, maxLength: 14 }).chain((ids) =>
      fc.tuple(
        fc.integer({ min: 1, max: 150 }),
        fc.tuple(
          ...ids.map((each) =>
            fc.record({
              id: fc.constant(each),
              want: fc.nat(30),
              floor: fc.nat(4),
              weight: fc.constantFrom(1, 1, 2, 3, 0.5, 1 / 3, 7),
            }),
          ),
        ),
      ),
    ) as fc.Arbitrary<[number, Claim[]]>;
    await fc.assert(
      fc.asyncProperty(fleets, async ([limit, claims]) => {
        const found = await answers(
          limit,
          claims.map((claim) => ({ ...claim, held: 0 })),
        );
        const expected = fairShares(limit, claims);
        for (const { id: each } of claims) {
          assert.equal(found.get(each)!.share, expected.get(each), each);
          assert.equal(found.get(each)!.members, claims.length);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('divides large limits among many, in few steps', async () => {
    const claims = Array.from({ length: 54 }, (_, i) =>
      line(`p${i}`, 40 + i, 0, { floor: i % 5, weight: 1 + (i % 3) }),
    );
    const expected = fairShares(1_000, claims);
    const found = await answers(1_000, claims);
    for (const { id } of claims) assert.equal(found.get(id)!.share, expected.get(id));
  });

  const NOBODY = -1;
  const rows: [string, number, Line[], number[]][] = [
    ['nobody waits: nothing is said', 8, [line('a', 0, 8), line('b', 0, 0)], [NOBODY, NOBODY]],
    ['there is room for who waits', 8, [line('a', 0, 5), line('b', 3, 0)], [NOBODY, NOBODY]],
    ['idle ones are given up, as many as are missing', 8, [line('a', 0, 8), line('b', 3, 0)], [5, 3]],
    ['what is missing is taken in proportion', 8, [line('a', 0, 4), line('b', 0, 4), line('c', 2, 0)], [3, 3, 2]],
    ['only what exceeds the room', 8, [line('a', 0, 7), line('b', 3, 0)], [5, 3]],
    ['those in use are given up down to the share', 8, [line('a', 12, 8), line('b', 12, 0)], [4, 4]],
    ['whoever has its share waits in vain', 8, [line('a', 12, 4), line('b', 12, 4)], [NOBODY, NOBODY]],
    ['a floor is not given up', 8, [line('a', 0, 8, { floor: 6 }), line('b', 9, 0)], [6, 2]],
    ['a weight counts', 9, [line('a', 20, 9), line('b', 20, 0, { weight: 2 })], [3, 6]],
    ['beyond a limit that was lowered', 4, [line('a', 8, 4), line('b', 8, 4)], [2, 2]],
    ['beyond it, although nobody uses them', 4, [line('a', 0, 3), line('b', 0, 3), line('c', 0, 0)], [2, 2, 0]],
    ['beyond it, but for a floor', 4, [line('a', 9, 5, { floor: 3 }), line('b', 9, 2)], [3, 1]],
    ['beyond it, and somebody waits', 6, [line('a', 8, 5), line('b', 8, 3), line('c', 2, 0)], [2, 2, 2]],
    ['beyond no limit at all', 0, [line('a', 1, 2)], [0]],
    ['a limit that nobody knows', -1, [line('a', 8, 8), line('b', 8, 0)], [NOBODY, NOBODY]],
  ];
  for (const [name, limit, lines, expected] of rows) {
    it(name, async () => assert.deepEqual(await most(limit, ...lines), expected));
  }

  describe('passes on what the server has told last of the limit', () => {
    /** The limit and about how long ago it was told, in seconds. */
    async function heard(key: string, limit: number, more: Line): Promise<number[]> {
      const [, , , , its, ago] = await numbers(key, limit, more);
      return [its!, Math.floor(ago! / 1_000)];
    }

    it('to whoever was told something else before, or nothing', async () => {
      const key = freshKey();
      await beat(key, 10, line('a', 8, 8, { ago: 60_000 }));
      assert.deepEqual(await heard(key, 5, line('b', 8, 2, { ago: 2_000 })), [5, 2]);
      assert.deepEqual(await heard(key, 10, line('a', 8, 8, { ago: 60_000 })), [5, 2]);
      assert.deepEqual(await heard(key, -1, line('c', 1, 0)), [5, 2]);
      assert.deepEqual(await heard(key, 9, line('d', 1, 0, { ago: 1_000 })), [9, 1]);
      assert.deepEqual(await heard(key, 5, line('b', 8, 2, { ago: 2_000 })), [9, 1]);
    });

    it('also when the one that was told has gone', async () => {
      const key = freshKey();
      await beat(key, 5, line('b', 8, 2, { ago: 0 }));
      await beat(key, 10, line('a', 8, 8, { ago: 60_000 }));
      await client.eval(BEAT, 1, key, 'b', key);
      assert.deepEqual(await heard(key, -1, line('c', 1, 0)), [5, 0]);
    });

    it('and divides by it', async () => {
      const key = freshKey();
      await beat(key, 4, line('b', 8, 2, { ago: 0 }));
      assert.deepEqual(await beat(key, 10, line('a', 8, 6, { ago: 9_000 })), {
        share: 2,
        most: 2,
        members: 2,
        starving: 4,
      });
    });

    it('but not to whoever has a limit of its own, nor from there', async () => {
      const key = freshKey();
      await beat(key, 4, line('a', 8, 2, { ago: 0 }));
      assert.deepEqual(await numbers(key, 10, line('own', 8, 2)), [5, -1, 2, 0, -1, -1]);
      assert.deepEqual(await heard(key, -1, line('c', 1, 0)), [4, 0]);
    });
  });

  it('a refusal while the lines leave room tells of sessions that nobody speaks for: they are not divided', async () => {
    const key = freshKey();
    const [a, b] = [line('a', 8, 4), line('b', 8, 1)];
    await beat(key, 10, a);
    assert.equal((await beat(key, 10, b)).starving, 0, 'five places seem to be left');
    // Five sessions of a process that has crashed: of ten places, five are there.
    assert.deepEqual(await beat(key, 10, { ...b, isRefused: true }), { share: 2, most: 2, members: 2, starving: 1 });
    assert.deepEqual(await beat(key, 10, a), { share: 3, most: 3, members: 2, starving: 1 });
    // Nothing that is given up meanwhile counts as unseen.
    assert.equal((await beat(key, 10, { ...a, held: 3 })).most, -1);
    assert.equal((await beat(key, 10, b)).share, 2, 'it is remembered while the process waits');
    // Once it gets one, nobody knows of any.
    assert.equal((await beat(key, 10, { ...b, held: 2 })).share, 5);
  });

  it('forgets a process of which nothing is heard, and lines of a clock that was ahead or of another kind', async () => {
    const key = freshKey();
    const put = (id: string, weight: number, expiry: number): Promise<unknown> =>
      client.eval(
        "local now = redis.call('TIME')[1] * 1000 " +
          "return redis.call('HSET', KEYS[1], ARGV[1], cmsgpack.pack(8, 0, tonumber(ARGV[2]), now + ARGV[3], 8, 0, 0, 8, 0))",
        1,
        key,
        id,
        weight,
        expiry,
      );
    await put('old', 1, -1);
    await put('ahead', 1, 3_600_000);
    await put('weightless', 0, 2_000);
    await put('alive', 1, 2_900);
    await client.hset(key, { strange: 'what is this', text: '8:0:1:9:8:0:0', empty: '', list: Buffer.from([0x93, 1]) });
    assert.deepEqual(await beat(key, 8, line('me', 8, 0)), { share: 4, most: 4, members: 2, starving: 4 });
    assert.deepEqual((await client.hkeys(key)).toSorted(), ['alive', 'me']);
    const left = await client.pttl(key);
    assert.ok(left > 3_000 && left <= 30_000, 'and the whole fleet when all are gone');
  });

  it('wakes the others when a process begins to starve, when one has made room, and when one leaves', async () => {
    const key = freshKey();
    const heard: string[] = [];
    const ear = client.duplicate();
    ear.on('message', (_channel, message) => heard.push(message));
    await ear.subscribe(key);
    await beat(key, 4, line('a', 4, 4));
    await beat(key, 4, line('b', 4, 0));
    await beat(key, 4, line('b', 4, 0));
    await beat(key, 4, line('a', 4, 3));
    await beat(key, 4, line('b', 4, 1));
    await client.eval(BEAT, 1, key, 'a', key);
    await ear.ping();
    ear.disconnect();
    assert.deepEqual(heard, ['starved', 'room', 'room']);
    assert.deepEqual(await client.hkeys(key), ['b']);
  });

  it('works for who may not publish', async () => {
    await client.call('ACL', 'SETUSER', 'mute', 'on', 'nopass', '~fleet:*', '+@all', 'resetchannels');
    const mute = new Redis(server.port, '127.0.0.1', { username: 'mute', password: 'x' });
    const key = freshKey();
    await beat(key, 4, line('a', 4, 4));
    const told = ['b', 4, 0, 1, 0, 0, 4, -1, 3_000, key];
    assert.deepEqual(await mute.eval(BEAT, 1, key, ...told), [2, 2, 2, 2, -1, -1]);
    mute.disconnect();
  });
});
