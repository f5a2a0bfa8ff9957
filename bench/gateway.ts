import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createConnection } from 'mysql2/promise';
import { WireClient } from '#support/wire-client.js';
import { Absent, type Bench, type Effort, type Figure } from './bench.js';
import { RawClient, type Account } from './raw-client.js';
import { between, DIRECT, HAPROXY, ROUTER, SHARING, usageOf } from './relays.js';
import { LEAST, OURS } from './subjects/index.js';
import { figure, ofSubject } from './wanted.js';

const BACKENDS = 16;
const FEW = 4;
const IDLE_CLIENTS = 5_000;
const LARGE_MB = 100;
const LOGINS = 500;
/** Enough visits that CPU time is measured well, although /proc counts it in ticks of 10 ms. */
const VISITORS = 2_000;
const ONE_ROW = 'SELECT c FROM sbtest WHERE id = 1';
/** How many queries warm a process up (a number and no time, since the machine may be busy); as many are measured. */
const QUERIES = 25_000;

const percentile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;

interface Load {
  readonly clients: number;
  readonly backends?: number;
  readonly prepared?: boolean;
}

/** Point selects of `clients` concurrent clients. */
async function pointSelects(subject: string, server: Account, load: Load): Promise<Figure[]> {
  const { clients: count, backends = BACKENDS, prepared = false } = load;
  await using relay = await between(subject, server, backends);
  const account = { ...server, port: relay.port };
  const clients: RawClient[] = [];
  for (let n = 0; n < count; n++) {
    clients.push(await RawClient.open(account, `SELECT c FROM sbtest WHERE id = ${1 + (n % 100)}`, prepared));
  }
  const run = async (): Promise<number[]> => {
    const times: number[] = [];
    const isEnough = (): boolean => times.length >= QUERIES;
    await Promise.all(clients.map((client) => client.run(isEnough, (took) => times.push(took))));
    return times;
  };
  await run();
  const before = await relay.usage();
  const began = performance.now();
  const times = (await run()).toSorted((a, b) => a - b);
  const took = performance.now() - began;
  const { cpu } = await relay.usage();
  for (const client of clients) client.close();
  const figures = [
    { value: (1_000 * times.length) / took, unit: RATE },
    { value: percentile(times, 0.99), unit: P99 },
  ];
  return subject === DIRECT
    ? figures
    : [{ value: (1_000 * (cpu - before.cpu)) / times.length, unit: COST }, ...figures];
}

async function large(subject: string, server: Account): Promise<Figure[]> {
  if (subject === DIRECT) throw new Absent('nothing in between');
  await using relay = await between(subject, server, BACKENDS);
  const sql = `SELECT REPEAT('x', 1000000) FROM sbtest LIMIT ${LARGE_MB}`;
  const client = await RawClient.open({ ...server, port: relay.port }, sql, false);
  let isDone = false;
  const before = await relay.usage();
  await client.run(
    () => isDone,
    () => (isDone = true),
  );
  const after = await relay.usage();
  client.close();
  return [{ value: (after.cpu - before.cpu) / LARGE_MB, unit: PER_MB }];
}

/** Clients that connect, run one query and disconnect: measures what this costs the server. */
async function visits(subject: string, server: Account, pid: number): Promise<Figure[]> {
  if (subject === LEAST) return questions(server, pid);
  await using relay = await between(subject, server, BACKENDS);
  const visit = async (): Promise<void> => {
    await using client = await WireClient.connect({ ...server, port: relay.port });
    await client.query(ONE_ROW);
  };
  for (let n = 0; n < 20; n++) await visit();
  const before = usageOf(pid);
  const began = performance.now();
  for (let n = 0; n < VISITORS; n++) await visit();
  const took = performance.now() - began;
  return [
    { value: (1_000 * (usageOf(pid).cpu - before.cpu)) / VISITORS, unit: SERVER_COST },
    { value: took / VISITORS, unit: VISIT },
  ];
}

/** What the query alone costs the server: on a connection that stays open, at the pace of the visits. */
async function questions(server: Account, pid: number): Promise<Figure[]> {
  await using client = await WireClient.connect(server);
  for (let n = 0; n < 20; n++) await client.query(ONE_ROW);
  const before = usageOf(pid);
  for (let n = 0; n < VISITORS; n++) {
    await client.query(ONE_ROW);
    await sleep(2);
  }
  return [{ value: (1_000 * (usageOf(pid).cpu - before.cpu)) / VISITORS, unit: SERVER_COST }];
}

/**
 * Clients that log in and leave, one after the other. For the first one, the gateway has the server check the password.
 */
async function logins(subject: string, server: Account): Promise<Figure[]> {
  if (subject !== OURS && subject !== DIRECT) throw new Absent('the server has it');
  await using relay = await between(subject, server, BACKENDS);
  const login = async (): Promise<number> => {
    const began = performance.now();
    const client = await WireClient.connect({ ...server, port: relay.port });
    const took = performance.now() - began;
    client.destroy();
    return took;
  };
  for (let n = 0; n < LOGINS; n++) await login();
  const before = await relay.usage();
  const times: number[] = [];
  for (let n = 0; n < LOGINS; n++) times.push(await login());
  const { cpu } = await relay.usage();
  const took = {
    value: percentile(
      times.toSorted((a, b) => a - b),
      0.5,
    ),
    unit: LOGIN,
  };
  return subject === DIRECT ? [took] : [{ value: (cpu - before.cpu) / times.length, unit: LOGIN_COST }, took];
}

/** An idle client: one that has logged in, or a connection that has received the first data. */
async function silent(subject: string, account: Account): Promise<{ destroy(): void }> {
  if (subject === OURS) return WireClient.connect(account);
  const socket = connect({ host: account.host, port: account.port, noDelay: true });
  socket.write('hello');
  await once(socket, 'data');
  return socket;
}

async function idle(subject: string, server: Account): Promise<Figure[]> {
  if (subject !== OURS && subject !== LEAST) throw new Absent('not compared');
  await using relay = await between(subject, server, BACKENDS);
  const account = { ...server, port: relay.port };
  const clients: { destroy(): void }[] = [];
  for (let n = 0; n < 200; n++) clients.push(await silent(subject, account));
  const before = await relay.usage();
  for (let n = 0; n < IDLE_CLIENTS; n++) clients.push(await silent(subject, account));
  const after = await relay.usage();
  for (const client of clients) client.destroy();
  return [
    { value: (after.memory - before.memory) / 1_000 / IDLE_CLIENTS, unit: MEMORY },
    { value: (after.heap! - before.heap!) / 1_000 / IDLE_CLIENTS, unit: HEAP },
  ];
}

async function sample(subject: string, caseName: string, _effort: Effort, url: string): Promise<Figure[]> {
  const server = accountIn(url);
  const pid = await prepare(server);
  const load = LOADS[caseName];
  if (subject === LEAST && caseName !== IDLE && caseName !== VISITS) throw new Absent('not compared');
  if (subject === SHARING && caseName !== ON_MYSQL) throw new Absent('MySQL only');
  if (load !== undefined) return pointSelects(subject, server, load);
  if (caseName === LARGE) return large(subject, server);
  if (caseName === VISITS) return visits(subject, server, pid);
  if (caseName === LOGINS_AGAIN) return logins(subject, server);
  if (caseName === IDLE) return idle(subject, server);
  throw new Absent('there is no such case');
}

function accountIn(url: string): Account {
  const { hostname: host, port, username: user, password, pathname } = new URL(url);
  return { host, port: Number(port), user, password: decodeURIComponent(password), database: pathname.slice(1) };
}

/** @returns the process id of the server */
async function prepare({ host, port, user, password, database }: Account): Promise<number> {
  const connection = await createConnection({ host, port, user, password, database });
  await connection.query('CREATE TABLE IF NOT EXISTS sbtest (id INT PRIMARY KEY, c CHAR(120) NOT NULL)');
  const rows = Array.from({ length: 100 }, (_, n) => [n + 1, 'c'.repeat(119)]);
  await connection.query('INSERT IGNORE INTO sbtest VALUES ?', [rows]);
  const [[row]] = (await connection.query('SELECT @@pid_file AS file')) as unknown as [[{ file: string }]];
  await connection.end();
  return Number(readFileSync(row.file, 'utf8'));
}

const COST = 'us CPU/query';
const RATE = 'queries/s';
const P99 = 'ms p99';
const PER_MB = 'CPU-ms/MB';
const SERVER_COST = 'us of the server/visit';
const VISIT = 'ms/visit';
const LOGIN_COST = 'CPU-ms/login';
const LOGIN = 'ms/login';
const MEMORY = 'kB/client';
const HEAP = 'kB of heap/client';

const TEXT_16 = 'text, 16 clients';
const TEXT_64 = 'text, 64 clients';
const PREPARED = 'prepared, 64 clients';
const ON_FOUR = 'text, 64 clients on 4 backends';
const ON_MYSQL = 'text, 64 clients, MySQL';
const LARGE = `a result of ${LARGE_MB} MB`;
const VISITS = 'connect, query, quit';
const LOGINS_AGAIN = 'a login once learned';
const IDLE = `${IDLE_CLIENTS.toLocaleString('en-US')} idle clients`;

const LOADS: Readonly<Record<string, Load>> = {
  [TEXT_16]: { clients: 16 },
  [TEXT_64]: { clients: 64 },
  [PREPARED]: { clients: 64, prepared: true },
  [ON_FOUR]: { clients: 64, backends: FEW },
  [ON_MYSQL]: { clients: 64 },
};

export const gateway: Bench = {
  name: 'gateway',
  about: `clients of the wire, through a gateway with ${BACKENDS} backends: what the process in between costs`,
  measures: [
    { unit: COST, better: 'less' },
    { unit: RATE, better: 'more' },
    { unit: P99, better: 'less' },
    ...[PER_MB, SERVER_COST, VISIT, LOGIN_COST, LOGIN, MEMORY, HEAP].map((unit) => ({ unit, better: 'less' as const })),
  ],
  cases: [...Object.keys(LOADS), LARGE, VISITS, LOGINS_AGAIN, IDLE],
  subjects: [OURS, DIRECT, HAPROXY, ROUTER, SHARING, LEAST],
  wanted: [
    figure(TEXT_16, COST, { most: 40 }),
    figure(TEXT_64, COST, { most: 40 }),
    ofSubject(TEXT_64, P99, DIRECT, { most: 1.5 }),
    figure(PREPARED, COST, { most: 45 }),
    ofSubject(ON_FOUR, RATE, DIRECT, { least: 0.9 }),
    ofSubject(ON_MYSQL, RATE, SHARING, { least: 1.3 }),
    figure(LARGE, PER_MB, { most: 2 }),
    ofSubject(VISITS, SERVER_COST, DIRECT, { most: 0.3 }),
    figure(LOGINS_AGAIN, LOGIN, { most: 2 }),
    figure(IDLE, MEMORY, { most: 10 }),
  ],
  serverOf: (caseName) => (caseName === ON_MYSQL ? 'mysql' : 'mariadb'),
  sample,
};
