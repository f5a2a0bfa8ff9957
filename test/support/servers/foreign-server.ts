import { countConnections, queryOnce } from './server-admin.js';
import { parseVersion } from './server-binary.js';
import { serverUrl } from './server-url.js';
import type { Row, ServerKind, TestServer } from './test-server.js';

/** All that is needed to use a server that another process has started. Plain data, passed on as JSON. */
export interface ServerAddress {
  readonly kind: ServerKind;
  readonly version: string;
  readonly host: string;
  readonly port: number;
  readonly socketPath: string | undefined;
  readonly user: string;
  readonly password: string;
  readonly adminUser: string;
  readonly adminPassword: string;
}

/**
 * A server that this process has not started: it can be used, but starting, stopping or freezing it rejects with `why`.
 */
export class ForeignServer implements TestServer {
  readonly kind: ServerKind;
  readonly version: string;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly adminUser: string;
  readonly adminPassword: string;
  readonly tlsCa = undefined;
  readonly #socketPath: string | undefined;
  readonly #why: string;

  constructor(address: ServerAddress, why: string) {
    this.kind = address.kind;
    this.version = address.version;
    this.host = address.host;
    this.port = address.port;
    this.user = address.user;
    this.password = address.password;
    this.adminUser = address.adminUser;
    this.adminPassword = address.adminPassword;
    this.#socketPath = address.socketPath;
    this.#why = why;
  }

  get socketPath(): string {
    if (this.#socketPath === undefined) throw new Error(`no socket: ${this.#why}`);
    return this.#socketPath;
  }

  url(database?: string): string {
    return serverUrl(this, database);
  }

  admin(...statements: readonly string[]): Promise<Row[]> {
    const account = { host: this.host, port: this.port, user: this.adminUser, password: this.adminPassword };
    return queryOnce(account, ...statements);
  }

  connections(user?: string): Promise<number> {
    const account = { host: this.host, port: this.port, user: this.adminUser, password: this.adminPassword };
    return countConnections(account, user);
  }

  start = (): Promise<void> => this.#refuse('start');
  stop = (): Promise<void> => this.#refuse('stop');
  kill = (): Promise<void> => this.#refuse('kill');
  restart = (): Promise<void> => this.#refuse('restart');
  freeze = (): Promise<void> => this.#refuse('freeze');
  thaw = (): Promise<void> => this.#refuse('thaw');

  /** Leaves the server as it is. */
  async [Symbol.asyncDispose](): Promise<void> {}

  #refuse(action: string): Promise<void> {
    return Promise.reject(new Error(`cannot ${action} this server: ${this.#why}`));
  }
}

/**
 * The server at `MYSQLPOOL_TEST_URL`, if that is set and the server is of that kind. Rejects if it cannot be reached.
 */
export async function existingServer(
  kind: ServerKind,
  text = process.env['MYSQLPOOL_TEST_URL'],
): Promise<TestServer | undefined> {
  if (!text) return undefined;
  const url = new URL(text);
  const user = decodeURIComponent(url.username) || 'root';
  const password = decodeURIComponent(url.password);
  const [host, port] = [url.hostname, Number(url.port || 3306)];
  const [row] = await queryOnce({ host, port, user, password }, 'SELECT VERSION() AS version').catch((error: Error) => {
    throw new Error(`MYSQLPOOL_TEST_URL names a server that does not let us in: ${error.message}`);
  });
  const version = String(row?.['version']);
  if (parseVersion(` Ver ${version}`)?.kind !== kind) return undefined;
  const address = {
    kind,
    version,
    host,
    port,
    socketPath: undefined,
    user,
    password,
    adminUser: user,
    adminPassword: password,
  };
  return new ForeignServer(address, 'it is the one of MYSQLPOOL_TEST_URL, not ours');
}
