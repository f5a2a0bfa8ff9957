import { fork, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createConnection } from 'mysql2/promise';
import { freePort } from '#support/servers/server-port.js';
import { WireClient } from '#support/wire-client.js';
import { Absent, type Bench, type Effort, type Figure } from './bench.js';
import type { GatewayReport, GatewayUsage } from './gateway-process.js';
import { isOpen, RawClient, type Account } from './raw-client.js';
import { OURS } from './subjects/index.js';
import { figure, ofSubject } from './wanted.js';

const DIRECT = 'direct';
const HAPROXY = 'HAProxy';
const BACKENDS = 16;
const FEW = 4;
const IDLE_CLIENTS = 2_000;
const LARGE_MB = 100;
const LOGINS = 100;
/** A process is warm after so long, in ms. */
const WARM = 1_500;

/** What stands between clients and server. */
interface Between extends AsyncDisposable {
  readonly port: number;
  usage(): Promise<GatewayUsage>;
}

class OwnGateway implements Between {
  readonly #child: ChildProcess;
  port = 0;

  constructor() {
    this.#child = fork(join(__dirname, 'gateway-process.js'), [], { execArgv: ['--expose-gc'] });
  }

  async open({ host, port }: Account, maxSize: number): Promise<this> {
    const open = {
      server: { host, port },
      listen: [{ host: '127.0.0.1', port: 0 }],
      mode: 'transaction',
      pool: { maxSize, acquireTimeout: 60_000 },
      maxClients: 100_000,
      clientIdleTimeout: 0,
      transactionIdleTimeout: 0,
      loginTimeout: 60_000,
      trustRoutines: false,
    };
    const report = (await this.#ask({ open })) as { readonly port: number };
    this.port = report.port;
    return this;
  }

  async usage(): Promise<GatewayUsage> {
    return (await this.#ask('usage')) as GatewayUsage;
  }

  #ask(order: unknown): Promise<GatewayReport> {
    return new Promise((resolve, reject) => {
      const ended = (code: number | null): void => reject(new Error(`the gateway ended with ${code}`));
      this.#child.once('exit', ended);
      this.#child.once('message', (report) => {
        this.#child.off('exit', ended);
        resolve(report as GatewayReport);
      });
      this.#child.send(order as object);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGKILL');
    await ended;
  }
}

/** A relay of bytes, by one thread. */
class HaProxy implements Between {
  readonly port: number;
  readonly #child: ChildProcess;
  readonly #folder: string;

  private constructor(child: ChildProcess, port: number, folder: string) {
    this.#child = child;
    this.port = port;
    this.#folder = folder;
  }

  static async open({ host, port: to }: Account): Promise<HaProxy> {
    const port = await freePort();
    const folder = mkdtempSync(join(tmpdir(), 'bench-haproxy-'));
    const config = join(folder, 'haproxy.cfg');
    writeFileSync(
      config,
      `global\n nbthread 1\n maxconn 4000\ndefaults\n mode tcp\n timeout connect 5s\n timeout client 60s\n timeout server 60s\n` +
        `listen mysql\n bind 127.0.0.1:${port}\n server one ${host}:${to}\n`,
    );
    const child = spawn(process.env['BENCH_HAPROXY'] ?? 'haproxy', ['-f', config, '-db'], { stdio: 'ignore' });
    const failed = new Promise<never>((_resolve, reject) => child.once('error', reject));
    failed.catch(() => undefined);
    try {
      for (let n = 0; n < 50 && !(await Promise.race([isOpen(port), failed])); n++) await sleep(20);
    } catch {
      rmSync(folder, { recursive: true });
      throw new Absent('not installed');
    }
    return new HaProxy(child, port, folder);
  }

  usage(): Promise<GatewayUsage> {
    return Promise.resolve(usageOf(this.#child.pid!));
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill();
    rmSync(this.#folder, { recursive: true });
    return Promise.resolve();
  }
}

/** Of another process, as Linux tells it: in ticks of 10 ms. */
function usageOf(pid: number): GatewayUsage {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return { cpu: (Number(fields[11]) + Number(fields[12])) * 10, memory: Number(fields[21]) * 4_096 };
}

/** Nothing in between. */
const nothing = (port: number): Between => ({
  port,
  usage: () => Promise.resolve({ cpu: 0, memory: 0 }),
  [Symbol.asyncDispose]: () => Promise.resolve(),
});

async function between(subject: string, server: Account, maxSize = BACKENDS): Promise<Between> {
  if (subject === DIRECT) return nothing(server.port);
  if (subject === HAPROXY) return HaProxy.open(server);
  return new OwnGateway().open(server, maxSize);
}

const percentile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;

interface Load {
  readonly clients: number;
  readonly backends?: number;
  readonly prepared?: boolean;
}

/** Point selects, as many at a time as there are clients. */
async function pointSelects(subject: string, server: Account, load: Load, effort: Effort): Promise<Figure[]> {
  const { clients: count, backends, prepared = false } = load;
  await using relay = await between(subject, server, backends);
  const account = { ...server, port: relay.port };
  const clients: RawClient[] = [];
  for (let n = 0; n < count; n++) {
    clients.push(await RawClient.open(account, `SELECT c FROM sbtest WHERE id = ${1 + (n % 100)}`, prepared));
  }
  const run = async (ms: number): Promise<number[]> => {
    const times: number[] = [];
    const end = performance.now() + ms;
    const isEnough = (): boolean => performance.now() > end;
    await Promise.all(clients.map((client) => client.run(isEnough, (took) => times.push(took))));
    return times;
  };
  await run(Math.max(WARM, effort.warmUp));
  const before = await relay.usage();
  const began = performance.now();
  const times = (await run(Math.max(WARM, effort.measure))).toSorted((a, b) => a - b);
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
  await using relay = await between(subject, server);
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

/** Connects, asks once, goes: what the server has of it. */
async function visits(subject: string, server: Account, pid: number): Promise<Figure[]> {
  await using relay = await between(subject, server);
  const visit = async (): Promise<void> => {
    await using client = await WireClient.connect({ ...server, port: relay.port });
    await client.query('SELECT c FROM sbtest WHERE id = 1');
  };
  for (let n = 0; n < 20; n++) await visit();
  const before = usageOf(pid);
  const began = performance.now();
  for (let n = 0; n < 5 * LOGINS; n++) await visit();
  const took = performance.now() - began;
  return [
    { value: (1_000 * (usageOf(pid).cpu - before.cpu)) / (5 * LOGINS), unit: SERVER_COST },
    { value: took / (5 * LOGINS), unit: VISIT },
  ];
}

async function idle(subject: string, server: Account): Promise<Figure[]> {
  if (subject !== OURS) throw new Absent('not compared');
  await using relay = await between(subject, server);
  const account = { ...server, port: relay.port };
  const clients = [await WireClient.connect(account)];
  for (let n = 0; n < 200; n++) clients.push(await WireClient.connect(account));
  const before = await relay.usage();
  for (let n = 0; n < IDLE_CLIENTS; n++) clients.push(await WireClient.connect(account));
  const after = await relay.usage();
  for (const client of clients) client.destroy();
  return [{ value: (after.memory - before.memory) / 1_000 / IDLE_CLIENTS, unit: MEMORY }];
}

async function sample(subject: string, caseName: string, effort: Effort, url: string): Promise<Figure[]> {
  const server = accountIn(url);
  const pid = await prepare(server);
  const load = LOADS[caseName];
  if (load !== undefined) return pointSelects(subject, server, load, effort);
  if (caseName === LARGE) return large(subject, server);
  if (caseName === VISITS) return visits(subject, server, pid);
  if (caseName === IDLE) return idle(subject, server);
  throw new Absent('there is no such case');
}

function accountIn(url: string): Account {
  const { hostname: host, port, username: user, password, pathname } = new URL(url);
  return { host, port: Number(port), user, password: decodeURIComponent(password), database: pathname.slice(1) };
}

/** @returns the process of the server */
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
const MEMORY = 'kB/client';

const TEXT_16 = 'text, 16 clients';
const TEXT_64 = 'text, 64 clients';
const PREPARED = 'prepared, 64 clients';
const ON_FOUR = 'text, 64 clients on 4 backends';
const LARGE = `a result of ${LARGE_MB} MB`;
const VISITS = 'connect, query, quit';
const IDLE = 'idle clients';

const LOADS: Readonly<Record<string, Load>> = {
  [TEXT_16]: { clients: 16 },
  [TEXT_64]: { clients: 64 },
  [PREPARED]: { clients: 64, prepared: true },
  [ON_FOUR]: { clients: 64, backends: FEW },
};

export const gateway: Bench = {
  name: 'gateway',
  about: `clients of the wire, through a gateway with ${BACKENDS} backends: what the process in between costs`,
  measures: [
    { unit: COST, better: 'less' },
    { unit: RATE, better: 'more' },
    { unit: P99, better: 'less' },
    ...[PER_MB, SERVER_COST, VISIT, MEMORY].map((unit) => ({ unit, better: 'less' as const })),
  ],
  cases: [...Object.keys(LOADS), LARGE, VISITS, IDLE],
  subjects: [OURS, DIRECT, HAPROXY],
  wanted: [
    figure(TEXT_16, COST, { most: 40 }),
    figure(TEXT_64, COST, { most: 40 }),
    ofSubject(TEXT_64, P99, DIRECT, { most: 1.5 }),
    figure(PREPARED, COST, { most: 45 }),
    ofSubject(ON_FOUR, RATE, DIRECT, { least: 0.9 }),
    figure(LARGE, PER_MB, { most: 2 }),
    ofSubject(VISITS, SERVER_COST, DIRECT, { most: 0.3 }),
    figure(IDLE, MEMORY, { most: 10 }),
  ],
  serverOf: () => 'mariadb',
  sample,
};
