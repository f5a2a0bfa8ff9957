import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { until } from '#support/until.js';
import { EXCESS_WITHIN } from './census.js';
import { checkFailStatic, checkPlaces, checkRaised, checkServes } from './checks.js';
import type { MemberProcess } from './crew.js';
import { LEASE, LIMIT, LONGEST_LOAN, MEMBERS, type Scene } from './scene.js';

export interface FleetFault {
  readonly name: string;
  /** @returns after how many ms the connections of a process were free again, for faults that free some */
  run(scene: Scene): Promise<number | void>;
}

/** Tolerance in ms: the server's time-outs count whole seconds, and the machine is busy. */
const SLACK = 1_500;
/** For how long (ms) a process that has lost its sessions may still report errors because of that. */
const AFTERMATH = 3_000;
/** How long (ms) until every member has noticed that Redis is gone: a heartbeat, and the time-out of its answer. */
const NOTICED = 1_800;
const GONE_FOR = 2_000;

const places = (scene: Scene, name: string, { address }: MemberProcess): Promise<number> =>
  checkPlaces(
    {
      name,
      sessions: () => scene.census.of(address),
      bound: LONGEST_LOAN + LEASE + SLACK,
      describe: () => scene.describe(address),
    },
    scene.violations,
  );

async function servesAgain(scene: Scene, member: MemberProcess): Promise<void> {
  await member.ready;
  await checkServes(
    {
      name: `member ${member.number}`,
      served: () => member.served,
      bound: scene.longestWait,
      describe: () => member.state,
    },
    // Without a coordinator no member gives up connections for others, so that a member may starve.
    scene.options.coordinator === 'none' ? undefined : scene.violations,
  );
}

const killed: FleetFault = {
  name: 'killed',
  async run(scene) {
    const member = scene.busy();
    scene.gone(member);
    await member.kill();
    const took = await places(scene, 'a process that was killed', member);
    scene.join();
    return took;
  },
};

const frozen: FleetFault = {
  name: 'frozen',
  async run(scene) {
    const member = scene.busy();
    const over = scene.news.disturb(member.number);
    await member.freeze();
    const took = await places(scene, 'a process that was frozen', member);
    member.thaw();
    await servesAgain(scene, member);
    over(AFTERMATH);
    return took;
  },
};

/** A member's host is lost: its packets no longer arrive, not even the ends of its connections. */
const hostLost: FleetFault = {
  name: 'host lost',
  async run(scene) {
    const { proxy, remote } = scene;
    scene.gone(remote);
    proxy.blackhole();
    await remote.kill();
    const took = await places(scene, 'a host that was lost', remote);
    proxy.heal();
    proxy.cut();
    scene.join(true);
    return took;
  },
};

const restarted: FleetFault = {
  name: 'server restarted',
  async run(scene) {
    const over = scene.news.disturb();
    await scene.options.server.kill();
    await sleep(scene.options.random.int(0, 500));
    await scene.options.server.start();
    await Promise.all(scene.members.map((member) => servesAgain(scene, member)));
    over(AFTERMATH);
  },
};

const altered: FleetFault = {
  name: 'limit altered',
  async run({ census, options: { server, random }, user, violations }) {
    const limit = random.int(4, 7);
    census.limitIs(limit);
    await server.admin(`ALTER USER '${user}'@'%' WITH MAX_USER_CONNECTIONS ${limit}`);
    await until(() => census.total <= limit, EXCESS_WITHIN + 1_000).catch(() => undefined);
    await sleep(1_000);
    census.limitIs(LIMIT);
    await server.admin(`ALTER USER '${user}'@'%' WITH MAX_USER_CONNECTIONS ${LIMIT}`);
    const sessions = (): number => census.total;
    await checkRaised({ sessions, from: limit, to: LIMIT, bound: EXCESS_WITHIN }, violations);
  },
};

const joinLeave: FleetFault = {
  name: 'joins and leaves',
  async run(scene) {
    const old = scene.busy();
    await servesAgain(scene, scene.join());
    scene.gone(old);
    await old.leave();
  },
};

/** Replaces every process; the new one starts before the old one ends. */
const rolling: FleetFault = {
  name: 'rolling deployment',
  async run(scene) {
    for (const old of scene.members.slice(0, MEMBERS)) {
      scene.join(old === scene.remote);
      await sleep(150);
      scene.gone(old);
      await old.leave();
    }
    await Promise.all(scene.members.map((member) => servesAgain(scene, member)));
  },
};

const sheds = (scene: Scene) => (): number => scene.news.sheds;

const redisKilled: FleetFault = {
  name: 'redis killed',
  async run(scene) {
    const { redis } = scene.options;
    await redis.kill();
    await sleep(NOTICED);
    await checkFailStatic(sheds(scene), GONE_FOR, scene.violations);
    await redis.start();
  },
};

const redisFrozen: FleetFault = {
  name: 'redis frozen',
  async run(scene) {
    const { redis } = scene.options;
    await redis.freeze();
    await sleep(NOTICED);
    await checkFailStatic(sheds(scene), GONE_FOR, scene.violations);
    await redis.thaw();
  },
};

const redisFlushed: FleetFault = {
  name: 'redis flushed',
  async run({ options: { redis } }) {
    const client = new Redis(redis.port, '127.0.0.1');
    for (let n = 0; n < 3; n++) {
      await client.flushall();
      await client.script('FLUSH');
      await sleep(200);
    }
    client.disconnect();
  },
};

/** Redis answers too late for a heartbeat's time-out. */
const redisSlow: FleetFault = {
  name: 'redis slow',
  async run({ options: { redis } }) {
    const client = new Redis(redis.port, '127.0.0.1');
    const busy =
      "local t = redis.call('TIME') repeat local n = redis.call('TIME') until (n[1] - t[1]) * 1000000 + n[2] - t[2] > 300000";
    for (let n = 0; n < 4; n++) await client.eval(busy, 0);
    client.disconnect();
  },
};

const BASE: readonly FleetFault[] = [killed, frozen, hostLost, restarted, joinLeave, rolling];

/** The faults that apply to a fleet with this coordinator and limit. */
export function faultsOf({ options: { coordinator, cap } }: Scene): FleetFault[] {
  const ofRedis = coordinator === 'redis' ? [redisKilled, redisFlushed, redisSlow, redisFrozen] : [];
  return [...BASE, ...(cap === 'account' ? [altered] : []), ...ofRedis];
}
