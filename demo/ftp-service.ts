/** The FTP server, in its own process. It keeps all data in MySQL; its store decides how it connects. */
import type { AddressInfo, Server } from 'node:net';
import { FtpSrv } from 'ftp-srv';
import type { FtpConnection } from 'ftp-srv';
import { ConnectionPerSession } from './connection-per-session.js';
import type { FileStore, SessionStore } from './file-store.js';
import type { FtpOrder, FtpReport, FtpResult } from './messages.js';
import { MysqlFileSystem } from './mysql-file-system.js';
import { PooledStore } from './pooled-store.js';
import { runWorker } from './run-worker.js';

const REPORT_MS = 100;

/** Replaces the bunyan logger of ftp-srv, which writes to stdout. Counts errors by message and ignores all else. */
class ErrorLog {
  readonly counts: Record<string, number> = {};
  trace = (): void => {};
  debug = (): void => {};
  info = (): void => {};
  warn = (): void => {};
  child = (): this => this;

  error = (what: unknown): void => {
    const message = what instanceof Error ? what.message : String(what);
    this.counts[message] = (this.counts[message] ?? 0) + 1;
  };
}

/** Removes the signal handlers of ftp-srv, which would end the process: here the demo decides when it ends. */
function withoutSignalHandlers<T>(make: () => T): T {
  const signals = ['SIGINT', 'SIGTERM', 'SIGQUIT'] as const;
  const before = signals.map((signal) => process.listeners(signal));
  const made = make();
  signals.forEach((signal, i) => {
    for (const listener of process.listeners(signal)) {
      if (!before[i]?.includes(listener)) process.off(signal, listener);
    }
  });
  return made;
}

class FtpService {
  readonly log = new ErrorLog();
  readonly #store: FileStore;
  readonly #sessions = new Map<string, SessionStore>();
  readonly #server: FtpSrv;

  constructor(store: FileStore) {
    this.#store = store;
    this.#server = withoutSignalHandlers(
      () =>
        new FtpSrv({
          log: this.log,
          url: 'ftp://127.0.0.1:0',
          pasv_url: '127.0.0.1',
          // Port 0 for data connections too, so that the system picks a free one.
          pasv_min: 0,
          pasv_max: 0,
        }),
    );
    this.#server.on('login', ({ connection, username, password }, resolve, reject) => {
      this.#login(connection, username, password).then((fs) => resolve({ fs }), reject);
    });
    this.#server.on('disconnect', ({ id }) => void this.#leave(id).catch(this.log.error));
    this.#server.on('client-error', ({ error }) => this.log.error(error));
  }

  /** Resolves with the port. */
  async listen(): Promise<number> {
    await this.#server.listen();
    const { server } = this.#server as FtpSrv & { readonly server: Server };
    return (server.address() as AddressInfo).port;
  }

  async #login(connection: FtpConnection, name: string, password: string): Promise<MysqlFileSystem> {
    const session = this.#store.openSession();
    this.#sessions.set(connection.id, session);
    const owner = await session.login(name, password);
    if (owner === undefined) throw new Error('wrong name or password');
    return new MysqlFileSystem(connection, session, owner);
  }

  async #leave(id: string): Promise<void> {
    const session = this.#sessions.get(id);
    this.#sessions.delete(id);
    await session?.end();
  }
}

runWorker<FtpOrder, FtpReport, FtpResult>(async ({ store: kind, database, limit, isFleet }, report, stop) => {
  const store = kind === 'mysqlpool' ? new PooledStore(database, limit, isFleet) : new ConnectionPerSession(database);
  const service = new FtpService(store);
  process.on('unhandledRejection', service.log.error);
  report({ listening: await service.listen() });
  const timer = setInterval(() => {
    const pool = store.figures();
    if (pool) report({ pool });
  }, REPORT_MS);
  await new Promise((resolve) => stop.addEventListener('abort', resolve, { once: true }));
  clearInterval(timer);
  await store.close();
  return { pool: store.figures(), errors: service.log.counts };
});
