import Redis from 'ioredis';
import { BEAT } from '#internal/budget/redis-script.js';

/** The cost of one heartbeat of a fleet's member, in ms of CPU time. */
export interface HeartbeatCost {
  /** In the Redis server, including reading the request and writing the answer. */
  readonly server: number;
  /** In the process that sends it, including its Redis client. */
  readonly process: number;
}

/** How many connections the members want. `starving` makes the script do the most work. */
export type HeartbeatScene = 'idle' | 'enough' | 'starving';

const LIMIT = 400;
const LEASE = 60_000;
const AGO = 1_000;

function told(scene: HeartbeatScene, id: number): number[] {
  const held = Math.floor(LIMIT / 54);
  // want, floor, weight, held, refused, the limit, and how long ago (ms) the server stated the limit
  if (scene === 'idle') return [0, 0, 1, held, 0, LIMIT, AGO];
  if (scene === 'enough') return [held, id % 3, 1, held, 0, LIMIT, AGO];
  return [id % 7 === 0 ? 2 : 20 + (id % 11), id % 3, 1 + (id % 2), held, 0, LIMIT, AGO];
}

async function cpuOf(client: Redis): Promise<number> {
  const info = await client.info('cpu');
  const seconds = (name: string): number => Number(new RegExp(`${name}:([\\d.]+)`).exec(info)?.[1]);
  return 1_000 * (seconds('used_cpu_user') + seconds('used_cpu_sys'));
}

/** Sends `beats` heartbeats of `members` members in turn, one at a time. */
export async function heartbeatCost(
  port: number,
  { members = 54, beats = 5_000, scene = 'starving' as HeartbeatScene } = {},
): Promise<HeartbeatCost> {
  const client = new Redis(port, '127.0.0.1');
  const key = `bench:{${scene}}`;
  const hash = String(await client.script('LOAD', BEAT));
  const beat = (i: number): Promise<unknown> => {
    const id = i % members;
    return client.evalsha(hash, 1, key, `host-${id}:1234:0:ab12cd34`, ...told(scene, id), LEASE, key);
  };
  try {
    for (let i = 0; i < 2 * members; i++) await beat(i);
    const [server, own] = [await cpuOf(client), process.cpuUsage()];
    for (let i = 0; i < beats; i++) await beat(i);
    const { user, system } = process.cpuUsage(own);
    return { server: ((await cpuOf(client)) - server) / beats, process: (user + system) / 1_000 / beats };
  } finally {
    client.disconnect();
  }
}
