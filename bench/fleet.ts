import { createPool, type MysqlPool } from 'node-mysqlpool';
import { fleetOf, redisCoordinator, type FleetOptions } from 'node-mysqlpool/fleet';
import Redis from 'ioredis';
import { setTimeout as sleep } from 'node:timers/promises';
import { createConnection } from 'mysql2/promise';
import { RedisServer } from '#support/servers/index.js';
import { ACCOUNTS } from '#support/servers/server-arguments.js';
import { Absent, cpuMs, repeat, type Bench, type Effort, type Figure } from './bench.js';
import { heartbeatCost } from './heartbeat.js';
import { median } from './results.js';
import { OURS } from './subjects/index.js';
import { figure } from './wanted.js';

const LIMIT = 8;
const MEMBERS = 4;
const STARVED_AFTER = 3_000;
const IDLE_FOR = 4_000;
const SLICES = 15;

/**
 * Spellings of the same address, one for each member: within a process, pools of a fleet that spell the server's
 * address in the same way count as one member.
 */
const SPELLINGS = ['127.0.0.1', '127.0.1', '127.1', '0177.0.0.1'];

/** An account with its own connection limit, and the members of its fleet: pools that do not know of each other. */
class Hoard {
  readonly #url: string;
  readonly #user = `bench${process.pid}`;
  readonly #pools: MysqlPool[] = [];

  constructor(url: string) {
    this.#url = url;
  }

  async open(): Promise<void> {
    await this.#asAdmin(`CREATE USER '${this.#user}'@'%' IDENTIFIED BY 'secret' WITH MAX_USER_CONNECTIONS ${LIMIT}`);
  }

  member(coordinator: FleetOptions['coordinator']): MysqlPool {
    const { port } = new URL(this.#url);
    const host = SPELLINGS[this.#pools.length]!;
    const fleet = coordinator === undefined ? false : { name: 'bench', coordinator };
    const pool = createPool(`mysql://${this.#user}:secret@${host}:${port}`, { maxSize: LIMIT, fleet });
    this.#pools.push(pool);
    return pool;
  }

  async close(): Promise<void> {
    await Promise.all(this.#pools.map((pool) => pool.close({ timeout: 0 })));
    await this.#asAdmin(`DROP USER '${this.#user}'@'%'`);
  }

  async #asAdmin(sql: string): Promise<void> {
    const { hostname: host, port } = new URL(this.#url);
    const { adminUser: user, adminPassword: password } = ACCOUNTS;
    const admin = await createConnection({ host, port: Number(port), user, password });
    await admin.query(sql);
    await admin.end();
  }
}

async function take(pool: MysqlPool, count: number): Promise<void> {
  const leases = await Promise.all(Array.from({ length: count }, () => pool.acquire()));
  for (const lease of leases) lease.release();
}

/** The other members hold all connections, idle for a while; then a new member wants three. */
async function newcomer(hoard: Hoard, coordinator: FleetOptions['coordinator']): Promise<Figure[]> {
  const members = Array.from({ length: MEMBERS }, () => hoard.member(coordinator));
  const [late, ...early] = members;
  const leases = [];
  for (let n = 0; n < LIMIT; n++) leases.push(await early[n % early.length]!.acquire());
  for (const lease of leases) lease.release();
  // A random moment between two heartbeats, which come every second.
  await sleep((IDLE_FOR / 2) * (1 + Math.random()));
  const began = performance.now();
  const served = take(late!, 3).then(() => true);
  served.catch(() => undefined);
  const isServed = await Promise.race([served, sleep(STARVED_AFTER, false)]);
  const took = performance.now() - began;
  const { refusals } = fleetOf(late!)!.stats();
  const refused = { value: (1_000 * refusals) / took, unit: REFUSED };
  if (!isServed) return [{ value: Math.round(took), unit: STARVED }, refused];
  return [{ value: took, unit: SERVED }];
}

async function idle(hoard: Hoard): Promise<Figure[]> {
  const pool = hoard.member('mysql');
  await take(pool, 2);
  await sleep(500);
  const cpu = cpuMs();
  await sleep(IDLE_FOR);
  return [{ value: ((cpuMs() - cpu) * 60_000) / IDLE_FOR, unit: IDLE_CPU }];
}

async function acquire(hoard: Hoard, effort: Effort): Promise<Figure[]> {
  const [without, inFleet] = [hoard.member(undefined), hoard.member('mysql')];
  const round = (pool: MysqlPool) => async (): Promise<void> => (await pool.acquire()).release();
  const cost = async (pool: MysqlPool, time: number): Promise<number> => {
    const { cpu, rounds } = await repeat(time, round(pool));
    return cpu / rounds;
  };
  for (const pool of [without, inFleet, without, inFleet]) await cost(pool, effort.warmUp);
  // In turns, so that other load on the machine affects both alike.
  const ratios: number[] = [];
  for (let slice = 0; slice < SLICES; slice++) {
    const base = await cost(without, effort.measure / SLICES);
    ratios.push((await cost(inFleet, effort.measure / SLICES)) / base);
  }
  return [{ value: median(ratios), unit: RATIO }];
}

async function heartbeats(): Promise<Figure[]> {
  await using redis = await RedisServer.start();
  const { server, process: own } = await heartbeatCost(redis.port);
  return [{ value: server + own, unit: HEARTBEAT }];
}

/** Uses one Redis client for all members, as members in one process would. */
async function newcomerByRedis(hoard: Hoard): Promise<Figure[]> {
  await using redis = await RedisServer.start();
  const client = new Redis(redis.port, '127.0.0.1');
  try {
    return await newcomer(hoard, redisCoordinator(client));
  } finally {
    client.disconnect();
  }
}

async function sample(_subject: string, caseName: string, effort: Effort, url: string): Promise<Figure[]> {
  if (caseName === BEAT) return heartbeats();
  const hoard = new Hoard(url);
  await hoard.open();
  try {
    if (caseName === NONE) return await newcomer(hoard, 'none');
    if (caseName === HIGH_WATER) return await newcomer(hoard, 'mysql');
    if (caseName === REDIS) return await newcomerByRedis(hoard);
    if (caseName === IDLE) return await idle(hoard);
    if (caseName === ACQUIRE) return await acquire(hoard, effort);
    throw new Absent('there is no such case');
  } finally {
    await hoard.close();
  }
}

const SERVED = 'ms to 3 connections';
const STARVED = 'ms without one';
const REFUSED = 'refused logins/s';
const IDLE_CPU = 'CPU-ms/min';
const RATIO = 'CPU, times of a pool without a fleet';
const HEARTBEAT = 'CPU-ms/heartbeat';
const NONE = 'newcomer, none';
const HIGH_WATER = 'newcomer, mysql';
const REDIS = 'newcomer, redis';
const IDLE = 'idle member';
const ACQUIRE = 'acquire and release';
const BEAT = '54 members on a Redis';

export const fleet: Bench = {
  name: 'fleet',
  about: 'one process comes to three that have all 8 connections of the account and use none; what a fleet costs',
  measures: [SERVED, STARVED, REFUSED, IDLE_CPU, RATIO, HEARTBEAT].map((unit) => ({ unit, better: 'less' })),
  cases: [NONE, HIGH_WATER, REDIS, IDLE, ACQUIRE, BEAT],
  subjects: [OURS],
  wanted: [
    figure(HIGH_WATER, SERVED, { most: 250 }),
    figure(REDIS, SERVED, { most: 100 }),
    figure(NONE, REFUSED, { most: 7 }),
    figure(ACQUIRE, RATIO, { most: 1.1 }),
    figure(BEAT, HEARTBEAT, { most: 0.5 }),
  ],
  serverOf: () => 'mariadb',
  sample,
};
