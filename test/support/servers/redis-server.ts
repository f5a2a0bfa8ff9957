import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { canFetch, fetched, fromPackage, type Fetchable } from './fetched-binary.js';
import { GuardedProcess } from './guarded-process.js';
import { foldersOf, programsIn } from './on-path.js';
import { consoleProgress, type Progress } from './progress.js';
import { runCommand } from './run-command.js';
import { unpackedProgram } from './server-binary.js';
import { freePort } from './server-port.js';
import { isStopped } from './stopped-process.js';
import { until } from '../until.js';

interface RedisBinary {
  /** `Valkey 8.1.1`, `Redis 7.0.15` */
  readonly version: string;
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
}

const READY_MS = 30_000;
const POLL_MS = 10;
const PROGRAMS = ['valkey-server', 'redis-server'];

/**
 * A Valkey or Redis server on 127.0.0.1, without persistence. It ends with the process that started it, however that
 * process ends.
 */
export class RedisServer implements AsyncDisposable {
  readonly name: string;
  readonly port: number;
  readonly #process: GuardedProcess;
  readonly #binary: RedisBinary;
  readonly #options: readonly string[];

  private constructor(guarded: GuardedProcess, binary: RedisBinary, port: number, options: readonly string[]) {
    this.#process = guarded;
    this.#binary = binary;
    this.port = port;
    this.#options = options;
    this.name = `${binary.name} ${binary.version}`;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** The server's process id; 0 while the server is down. */
  get pid(): number {
    return this.#process.pid;
  }

  /** @param options further arguments of the server's command line, such as `--cluster-enabled yes` */
  static async start(options: readonly string[] = []): Promise<RedisServer> {
    const binary = await findRedis(consoleProgress('redis'));
    const guarded = await GuardedProcess.create();
    try {
      const server = new RedisServer(guarded, binary, await freePort(), options);
      await server.start();
      return server;
    } catch (error) {
      await guarded.end();
      throw error;
    }
  }

  /** Starts the server again after `kill`, without data. Does nothing while it runs. */
  async start(): Promise<void> {
    if (this.#process.isRunning) return;
    const { folder } = this.#process;
    const args = ['--port', `${this.port}`, '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'no'];
    await this.#process.launch(this.#binary.command, [...this.#binary.args, ...args, ...this.#options]);
    const deadline = performance.now() + READY_MS;
    while (this.#process.isRunning && performance.now() < deadline) {
      if (await this.#answers()) return;
      await sleep(POLL_MS);
    }
    const log = await readFile(join(folder, 'server.log'), 'utf8').catch(() => '');
    throw new Error(`${this.name} did not start: ${log.trim().split('\n').slice(-3).join(' / ')}`);
  }

  /** Ends the server at once (SIGKILL); its data is lost. */
  async kill(): Promise<void> {
    await this.#process.signal('SIGKILL');
    await this.#process.exit;
  }

  /** Stops the server's process (SIGSTOP): connections stay open but get no answer. */
  async freeze(): Promise<void> {
    await this.#process.signal('SIGSTOP');
    await until(() => isStopped(this.pid), 1_000).catch(() => undefined);
  }

  thaw(): Promise<void> {
    return this.#process.signal('SIGCONT');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process.end();
  }

  #answers(): Promise<boolean> {
    return new Promise((resolve) => {
      const socket = connect(this.port, '127.0.0.1', () => socket.write('PING\r\n'));
      const done = (answer: boolean): void => {
        socket.destroy();
        resolve(answer);
      };
      socket.once('data', (data) => done(data.toString().startsWith('+PONG')));
      socket.once('error', () => done(false));
      socket.once('close', () => resolve(false));
    });
  }
}

let found: Promise<RedisBinary> | undefined;

/**
 * The server on the PATH, else the one of the distribution's package. Rejects with one line that says what to install.
 */
async function findRedis(progress: Progress): Promise<RedisBinary> {
  found ??= (async () => (await installedRedis()) ?? (await fetchedRedis(progress)))();
  try {
    return await found;
  } catch (error) {
    found = undefined;
    const reason = (error as Error).message.replaceAll(/\s+/g, ' ');
    throw new Error(
      `No Valkey or Redis server to be had: install Valkey or Redis 6.2 or later (${PROGRAMS.join(' or ')} on the PATH) (${reason})`,
      { cause: error },
    );
  }
}

async function installedRedis(): Promise<RedisBinary | undefined> {
  for (const command of programsIn(foldersOf(), PROGRAMS)) {
    const known = await askRedis(command, []).catch(() => undefined);
    if (known) return known;
  }
  return undefined;
}

const FETCHABLE: Fetchable<RedisBinary> = {
  name: 'redis',
  unpack: fromPackage({ prefixes: PROGRAMS, name: /^(valkey|redis)-server$/ }),
  open(root) {
    const program = PROGRAMS.map((name) => join(root, 'usr/bin', name)).find((file) => existsSync(file));
    if (!program) throw new Error('no Valkey or Redis in the unpacked packages');
    const { command, args } = unpackedProgram(root, program);
    return askRedis(command, args);
  },
};

async function fetchedRedis(progress: Progress): Promise<RedisBinary> {
  if (!canFetch()) throw new Error('no apt-get to fetch it with');
  return fetched(FETCHABLE, progress);
}

async function askRedis(command: string, args: readonly string[]): Promise<RedisBinary | undefined> {
  const line = await runCommand(command, [...args, '--version'], { timeout: 20_000 });
  const [, name, version] = /(Valkey|Redis) server v=(\d+\.\d+\.\d+)/.exec(line) ?? [];
  return name === undefined || version === undefined ? undefined : { name, version, command, args };
}
