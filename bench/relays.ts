import { fork, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ResolvedGatewayOptions } from '#internal/gateway/options.js';
import { freePort } from '#support/servers/server-port.js';
import { until } from '#support/until.js';
import { Absent } from './bench.js';
import type { GatewayOrder, GatewayReport, GatewayUsage } from './gateway-process.js';
import { isOpen, type Account } from './raw-client.js';
import { relayProgram, type RelayProgram } from './relay-programs.js';
import { LEAST, OURS } from './subjects/index.js';

export const DIRECT = 'direct';
export const HAPROXY = 'HAProxy';
export const ROUTER = 'MySQL Router';
export const SHARING = 'MySQL Router, sharing';

/** A relay between clients and the server. */
export interface Between extends AsyncDisposable {
  readonly port: number;
  usage(): Promise<GatewayUsage>;
}

/** @param backends how many sessions the clients share, if the relay shares sessions */
export async function between(subject: string, server: Account, backends: number): Promise<Between> {
  switch (subject) {
    case OURS:
      return new OwnProcess().open({ open: gatewayBefore(server, backends) });
    case LEAST:
      return new OwnProcess().open('listen');
    case HAPROXY:
      return OtherProcess.open(await relayProgram('haproxy'), ['-db', '-f'], (port) => haproxyConfig(server, port));
    case ROUTER:
      return OtherProcess.open(await relayProgram('mysqlrouter'), ['-c'], (port, folder, { root }) =>
        routerConfig(server, port, folder, root),
      );
    case SHARING:
      return OtherProcess.open(await relayProgram('mysqlrouter'), ['-c'], (port, folder, { root }) =>
        routerConfig(server, port, folder, root, backends),
      );
    default:
      return nothing(server.port);
  }
}

/** One of our own processes, running a gateway or a bare TCP server. */
class OwnProcess implements Between {
  readonly #child: ChildProcess = fork(join(__dirname, 'gateway-process.js'), [], {
    execArgv: ['--expose-gc'],
    // JSON, the default, cannot represent Infinity.
    serialization: 'advanced',
  });
  port = 0;

  async open(order: Exclude<GatewayOrder, 'usage'>): Promise<this> {
    this.port = ((await this.#ask(order)) as { readonly port: number }).port;
    return this;
  }

  async usage(): Promise<GatewayUsage> {
    return (await this.#ask('usage')) as GatewayUsage;
  }

  #ask(order: GatewayOrder): Promise<GatewayReport> {
    return new Promise((resolve, reject) => {
      const ended = (code: number | null): void => reject(new Error(`the gateway ended with ${code}`));
      this.#child.once('exit', ended);
      this.#child.once('message', (report) => {
        this.#child.off('exit', ended);
        resolve(report as GatewayReport);
      });
      this.#child.send(order);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGKILL');
    await ended;
  }
}

const gatewayBefore = ({ host, port }: Account, maxSize: number): ResolvedGatewayOptions => ({
  server: { host, port },
  listen: [{ host: '127.0.0.1', port: 0 }],
  mode: 'transaction',
  pool: { maxSize, acquireTimeout: 60_000 },
  maxClients: 100_000,
  clientIdleTimeout: 0,
  transactionIdleTimeout: 0,
  loginTimeout: 60_000,
  trustRoutines: false,
  maxTotal: Infinity,
  fleet: undefined,
  tls: undefined,
  users: undefined,
});

/** A third-party program, with its configuration in a temporary folder. */
class OtherProcess implements Between {
  readonly port: number;
  readonly #child: ChildProcess;
  readonly #folder: string;

  private constructor(child: ChildProcess, port: number, folder: string) {
    this.#child = child;
    this.port = port;
    this.#folder = folder;
  }

  static async open(
    program: RelayProgram,
    before: readonly string[],
    config: (port: number, folder: string, program: RelayProgram) => string,
  ): Promise<OtherProcess> {
    const port = await freePort();
    const folder = mkdtempSync(join(tmpdir(), 'bench-relay-'));
    const file = join(folder, 'relay.conf');
    writeFileSync(file, config(port, folder, program));
    const child = spawn(program.command, [...program.args, ...before, file], { stdio: 'ignore' });
    const relay = new OtherProcess(child, port, folder);
    const isUp = await until(async () => child.exitCode !== null || (await isOpen(port)), 5_000).catch(() => false);
    if (isUp && child.exitCode === null) return relay;
    await relay[Symbol.asyncDispose]();
    throw new Absent('does not start');
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

/** CPU time and memory of another process, from /proc, which counts CPU time in ticks of 10 ms. */
export function usageOf(pid: number): GatewayUsage {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return { cpu: (Number(fields[11]) + Number(fields[12])) * 10, memory: Number(fields[21]) * 4_096 };
}

/** HAProxy as a TCP relay with one thread. */
const haproxyConfig = ({ host, port: to }: Account, port: number): string => `global
  nbthread 1
  maxconn 4000
defaults
  mode tcp
  timeout connect 5s
  timeout client 60s
  timeout server 60s
listen mysql
  bind 127.0.0.1:${port}
  server one ${host}:${to}
`;

/** @param shared how many sessions all clients share; undefined relays bytes, with a session for each client */
const routerConfig = (
  { host, port: to }: Account,
  port: number,
  folder: string,
  root: string,
  shared?: number,
): string => `[DEFAULT]
plugin_folder=${root}/usr/lib/mysqlrouter/plugin
logging_folder=
runtime_folder=${folder}
data_folder=${folder}
config_folder=${folder}
max_total_connections=4000
${shared === undefined ? '' : `[connection_pool]\nmax_idle_server_connections=${shared}\n`}
[io]
threads=1
[routing:mysql]
bind_address=127.0.0.1
bind_port=${port}
destinations=${host}:${to}
routing_strategy=first-available
protocol=classic
max_connections=4000
${
  shared === undefined
    ? 'client_ssl_mode=PASSTHROUGH\nserver_ssl_mode=AS_CLIENT\n'
    : 'client_ssl_mode=DISABLED\nserver_ssl_mode=DISABLED\nconnection_sharing=1\nconnection_sharing_delay=0\n'
}`;

/** No relay: clients connect to the server directly. */
const nothing = (port: number): Between => ({
  port,
  usage: () => Promise.resolve({ cpu: 0, memory: 0 }),
  [Symbol.asyncDispose]: () => Promise.resolve(),
});
