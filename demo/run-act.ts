import type { Act, ActResult } from './acts.js';
import { BystanderWatch } from './bystander-watch.js';
import { LiveAct } from './live-act.js';
import type * as Message from './messages.js';
import { pause } from './pause.js';
import { ServerCounter } from './server-counter.js';
import type { Stage } from './stage.js';
import { Worker, killWorkers } from './worker.js';

/** Clients per process. Many share one, since more processes than cores would only compete for the CPU. */
const CLIENTS_A_PROCESS = 50;
/**
 * When something is killed, as a part of the act's time; and how long the database stays down, as a part of it and at
 * most.
 */
const KILL_AFTER = 0.35;
const DOWN_FOR = 0.15;
const DOWN_AT_MOST_MS = 3_000;
/** The interval at which to check whether the other FTP servers have taken over the killed one's connections. */
const LOOK_MS = 50;

type FtpWorker = Worker<Message.FtpOrder, Message.FtpReport, Message.FtpResult>;
type GatewayWorker = Worker<Message.GatewayOrder, Message.GatewayReport, Message.PoolFigures>;
type BystanderWorker = Worker<Message.BystanderOrder, Message.BystanderRound, number>;
type ClientsWorker = Worker<Message.ClientsOrder, Message.ClientFigures, Message.ClientsResult>;

/**
 * Plays one act, from an empty database to the final check of the uploads. Ends all its processes, even if it fails.
 */
export async function runAct(act: Act, stage: Stage): Promise<ActResult> {
  const { options, database, progress } = stage;
  const isFleet = act.servers > 1;
  await database.prepare(options.clients, isFleet ? options.limit : 0);
  const counter = await ServerCounter.start(database, isFleet);
  const watch = new BystanderWatch();
  const live = new LiveAct(act, stage, counter, watch);
  try {
    const [crowd, ftp, killed] = await playAct(stage, live);
    const missing = await database.missing(crowd.flatMap((each) => each.uploads));
    return summary(live, crowd, ftp, killed, missing.length);
  } finally {
    progress.end();
    killWorkers();
    await counter.stop();
  }
}

async function playAct(stage: Stage, live: LiveAct): Promise<[Message.ClientsResult[], Message.FtpResult[], Killed]> {
  const watch = live.bystander;
  const gateway = live.act.isThroughGateway ? await startGateway(stage, live) : undefined;
  const address = { ...stage.database.address('ftp'), ...(gateway && { port: gateway.port }) };
  const servers = Array.from({ length: live.act.servers }, (_, n) => startFtp(stage, live, address, n));
  const started = await Promise.all(servers);
  const ftp = started.map(([server]) => server);
  const order = { database: stage.database.address('bystander') };
  const bystander: BystanderWorker = new Worker('bystander.js', order, (round) => watch.round(round));
  live.begin();
  stage.progress.begin(live);
  const crowd = startClients(
    stage,
    live,
    started.map(([, port]) => port),
  );
  // In the fleet's act, the last FTP server is killed.
  const [victim] = live.act.kill === 'ftp-server' ? ftp.splice(-1) : [];
  const diedEarly = Promise.race([...ftp.map(({ result }) => result), bystander.result]).then(() => {
    throw new Error('a process of the demo ended before its time');
  });
  const played = Promise.all([Promise.all(crowd.map((each) => each.result)), kill(stage, live, victim)]);
  const [results, killed] = await Promise.race([played, diedEarly]);
  diedEarly.catch(() => {});
  await bystander.stop();
  const ended = await Promise.all(ftp.map((each) => each.stop()));
  const pool = await gateway?.worker.stop();
  return [results, pool === undefined ? ended : ended.map(({ errors }) => ({ pool, errors })), killed];
}

function summary(
  live: LiveAct,
  crowd: readonly Message.ClientsResult[],
  ftp: readonly Message.FtpResult[],
  killed: Killed,
  uploadsMissing: number,
): ActResult {
  const { bystander } = live;
  const sum = (pick: (result: Message.ClientsResult) => number): number =>
    crowd.reduce((total, each) => total + pick(each), 0);
  return {
    act: live.act,
    sessionsServed: sum((each) => each.sessionsServed),
    operations: sum((each) => each.operations),
    failures: sum((each) => each.failures),
    lost: sum((each) => each.lost),
    neverServed: sum((each) => each.neverServed),
    peakServerConnections: live.peakConnections,
    peakPoolConnections: Math.max(...ftp.map(({ pool }) => pool?.peak ?? 0)),
    bystanderOk: bystander.ok,
    bystanderFailed: bystander.failed,
    bystanderFailedInOutage: bystander.failedInOutage,
    bystanderError: bystander.lastError,
    lastFailure: crowd.map((each) => each.lastFailure).find((each) => each !== undefined),
    uploads: sum((each) => each.uploads.length),
    uploadsMissing,
    ...killed,
    ftpErrors: Object.assign({}, ...ftp.map(({ errors }) => errors)) as Record<string, number>,
  };
}

/** Starts the gateway; resolves when it accepts connections, with its port. */
async function startGateway(
  { options, server }: Stage,
  live: LiveAct,
): Promise<{ worker: GatewayWorker; port: number }> {
  const order = { host: server.host, port: server.port, limit: options.limit };
  const { promise, resolve } = deferred<number>();
  const worker: GatewayWorker = new Worker('gateway-service.js', order, (report) => {
    if ('listening' in report) resolve(report.listening);
    else live.pools.set(0, report.pool);
  });
  const port = await Promise.race([promise, worker.result]);
  if (typeof port !== 'number') throw new Error('the gateway ended before it began');
  return { worker, port };
}

/** Starts an FTP server; resolves when it accepts connections, with its port. */
async function startFtp(
  { options }: Stage,
  { act, pools }: LiveAct,
  database: Message.DatabaseAddress,
  number: number,
): Promise<[FtpWorker, port: number]> {
  const order = {
    store: act.store,
    database,
    limit: options.limit,
    isFleet: act.servers > 1,
  };
  const { promise, resolve } = deferred<number>();
  const ftp: FtpWorker = new Worker('ftp-service.js', order, (report) => {
    if ('listening' in report) resolve(report.listening);
    else pools.set(number, report.pool);
  });
  const port = await Promise.race([promise, ftp.result]);
  if (typeof port !== 'number') throw new Error('the FTP server ended before it began');
  return [ftp, port];
}

function startClients({ options: { clients, seconds } }: Stage, live: LiveAct, ports: number[]): ClientsWorker[] {
  const processes = Math.ceil(clients / CLIENTS_A_PROCESS);
  return Array.from({ length: processes }, (_, i) => {
    const first = Math.floor((clients * i) / processes) + 1;
    const count = Math.floor((clients * (i + 1)) / processes) + 1 - first;
    const order = { ports, first, count, seconds, patience: live.act.patience };
    return new Worker('clients.js', order, (figures: Message.ClientFigures) => live.clients.set(i, figures));
  });
}

type Killed = Pick<ActResult, 'outage' | 'takenOver'>;

/** Kills during the act what the act says, if anything. */
async function kill(stage: Stage, live: LiveAct, victim: FtpWorker | undefined): Promise<Killed> {
  if (live.act.kill === 'database') return { outage: await outage(stage, live.bystander), takenOver: undefined };
  return { outage: 0, takenOver: victim && (await killServer(stage, live, victim)) };
}

/** Kills an FTP server. Resolves with after how many ms the others had its connections; undefined: never. */
async function killServer({ options, progress }: Stage, live: LiveAct, victim: FtpWorker): Promise<number | undefined> {
  const act = options.seconds * 1000;
  const never = new AbortController().signal;
  await pause(act * KILL_AFTER, never);
  const wanted = Math.min(options.limit, live.pool?.size ?? 0);
  const began = performance.now();
  victim.kill();
  await victim.result.catch(() => undefined);
  live.pools.delete(live.act.servers - 1);
  progress.event('one of the four FTP servers is killed (SIGKILL)');
  while (performance.now() - began < act * (1 - KILL_AFTER)) {
    if ((live.pool?.size ?? 0) >= wanted) {
      const took = performance.now() - began;
      progress.event(`the other three have its connections after ${(took / 1000).toFixed(1)} s`);
      return took;
    }
    await pause(LOOK_MS, never);
  }
  return undefined;
}

/** Kills the database during the act and starts it again. Resolves with how long it was down, in ms. */
async function outage({ options, server, progress }: Stage, watch: BystanderWatch): Promise<number> {
  const act = options.seconds * 1000;
  const never = new AbortController().signal;
  await pause(act * KILL_AFTER, never);
  watch.wentDown();
  const began = performance.now();
  await server.kill();
  progress.event('the database is killed (SIGKILL)');
  await pause(Math.min(act * DOWN_FOR, DOWN_AT_MOST_MS), never);
  await server.start();
  watch.cameUp();
  const away = performance.now() - began;
  progress.event(`the database is back after ${(away / 1000).toFixed(1)} s`);
  return away;
}

function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((fulfil) => {
    resolve = fulfil;
  });
  return { promise, resolve };
}
