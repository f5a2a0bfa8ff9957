import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { GuardedProcess } from './guarded-process.js';
import type { Progress } from './progress.js';
import { countConnections, queryOnce } from './server-admin.js';
import type { Account } from './server-admin.js';
import { ACCOUNTS } from './server-arguments.js';
import type { EngineFactory, ServerEngine } from './server-engine.js';
import { until } from '../until.js';
import { isStopped } from './stopped-process.js';
import { freePort } from './server-port.js';
import { serverUrl } from './server-url.js';
import type { Row, ServerKind, ServerOptions, TestServer } from './test-server.js';

const READY_MS = 120_000;
const STOP_MS = 30_000;
const POLL_MS = 25;

/** A server that this process has started, and that ends with this process. */
export class OwnServer implements TestServer {
  readonly kind: ServerKind;
  readonly host = '127.0.0.1';
  readonly user = ACCOUNTS.user;
  readonly password = ACCOUNTS.password;
  readonly adminUser = ACCOUNTS.adminUser;
  readonly adminPassword = ACCOUNTS.adminPassword;
  readonly tlsCa: string | undefined;
  readonly #process: GuardedProcess;
  readonly #engine: ServerEngine;
  #port = 0;
  #version = '';
  /**
   * Starts, stops, freezes and the like run one after the other, in the order of the calls: this is the last of them.
   */
  #last: Promise<void> = Promise.resolve();

  private constructor(kind: ServerKind, options: ServerOptions, guarded: GuardedProcess, engine: ServerEngine) {
    this.kind = kind;
    this.#process = guarded;
    this.#engine = engine;
    this.tlsCa = options.tls ? join(guarded.folder, 'tls', 'ca.pem') : undefined;
  }

  static async start(
    kind: ServerKind,
    options: ServerOptions,
    makeEngine: EngineFactory,
    progress: Progress,
  ): Promise<OwnServer> {
    const guarded = await GuardedProcess.create();
    try {
      const server = new OwnServer(kind, options, guarded, await makeEngine(kind, options, guarded, progress));
      await server.#firstStart();
      return server;
    } catch (error) {
      await guarded.end();
      throw error;
    }
  }

  get port(): number {
    return this.#port;
  }

  get version(): string {
    return this.#version;
  }

  /** The server's process id; 0 while the server is down. */
  get pid(): number {
    return this.#process.pid;
  }

  /** The process id of the guardian, which cleans up after the server. */
  get guardianPid(): number {
    return this.#process.guardianPid;
  }

  /** The folder with the server's data, socket and log. */
  get folder(): string {
    return this.#process.folder;
  }

  get socketPath(): string {
    if (!this.#engine.hasSocket) throw new Error('a server in a container has no socket on this side');
    return join(this.folder, 'socket');
  }

  url(database?: string): string {
    return serverUrl(this, database);
  }

  admin(...statements: readonly string[]): Promise<Row[]> {
    return queryOnce(this.#admin, ...statements);
  }

  connections(user?: string): Promise<number> {
    return countConnections(this.#admin, user);
  }

  start(): Promise<void> {
    return this.#next(() => this.#up());
  }

  stop(): Promise<void> {
    return this.#next(() => this.#down());
  }

  kill(): Promise<void> {
    return this.#next(async () => {
      await this.#engine.signal('SIGKILL');
      await this.#process.exit;
    });
  }

  restart(): Promise<void> {
    return this.#next(async () => {
      await this.#down();
      await this.#up();
    });
  }

  freeze(): Promise<void> {
    return this.#next(async () => {
      await this.#engine.signal('SIGSTOP');
      // The signal may arrive after the call returns: until then a thread may still answer. For a server in a container
      // this times out, since `pid` is the Docker client, which does not stop.
      await until(() => isStopped(this.pid), 1_000).catch(() => undefined);
    });
  }

  thaw(): Promise<void> {
    return this.#next(() => this.#engine.signal('SIGCONT'));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#next(async () => {
      // The data is deleted anyway: no clean shutdown is needed.
      await this.#engine.signal('SIGKILL');
      await this.#process.end();
    });
  }

  get #admin(): Account {
    return { host: this.host, port: this.port, user: this.adminUser, password: this.adminPassword };
  }

  #next(task: () => Promise<void>): Promise<void> {
    const done = this.#last.then(task);
    this.#last = done.catch(() => {});
    return done;
  }

  /** Tries again with another port if another process takes the free port before the server listens on it. */
  async #firstStart(): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      this.#port = await freePort();
      try {
        await this.#up();
        break;
      } catch (error) {
        if (attempt === 5 || !/already in use|Bind on TCP/i.test((error as Error).message)) throw error;
      }
    }
    const [row] = await this.admin('SELECT VERSION() AS version');
    this.#version = String(row?.['version']);
  }

  async #up(): Promise<void> {
    if (this.#process.isRunning) return;
    await this.#engine.launch(this.#port);
    const deadline = performance.now() + READY_MS;
    let last: Error | undefined;
    while (this.#process.isRunning && performance.now() < deadline) {
      try {
        await this.admin('SELECT 1');
        return;
      } catch (error) {
        last = error as Error;
        await sleep(POLL_MS);
      }
    }
    const how = this.#process.isRunning ? `gave no answer (${last?.message})` : 'ended while starting';
    await this.#engine.signal('SIGKILL');
    const log = await readFile(join(this.folder, 'server.log'), 'utf8').catch(() => '');
    const errors = log.split('\n').filter((line) => line.includes('[ERROR]'));
    throw new Error(`the ${this.kind} server ${how}: ${errors.slice(-5).join(' / ') || log.slice(-500)}`);
  }

  async #down(): Promise<void> {
    await this.#engine.signal('SIGCONT');
    await this.#engine.signal('SIGTERM');
    const tooLong = setTimeout(() => void this.#engine.signal('SIGKILL').catch(() => {}), STOP_MS);
    await this.#process.exit;
    clearTimeout(tooLong);
  }
}
