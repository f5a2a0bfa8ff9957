import type { ConnectionOptions } from 'mysql2';
import type { Connector, OpenContext, OpenFailure, ResetMode } from '../pool/index.js';
import { connectAttributes } from './attributes.js';
import { clean } from './cleaner.js';
import { charsetOf, connect, drop, internals, isBusy, quit, type Dial, type MysqlConnection } from './driver.js';
import { classifyOpenFailure, isLost } from './error-codes.js';
import { copyProperties, type ConnectHook, type PasswordSource, type SplitOptions } from './options.js';
import { pingServer, runOwn } from './own-commands.js';
import { askServer, type ServerFacts } from './server-facts.js';
import { Session, sessionOf, type SessionHost } from './session.js';
import { SessionVariables } from './variables.js';

/** What a connector is told about the pool it works for. */
export interface ConnectorPool {
  readonly name: string;
  /** Called once, with the first connection. */
  onServerFacts(facts: ServerFacts): void;
  /** See `SessionHost.kill`. */
  kill: SessionHost['kill'];
}

/** mysql2 behind the engine's port. */
export class MysqlConnector implements Connector<MysqlConnection> {
  readonly #options: ConnectionOptions;
  readonly #password: string | PasswordSource | undefined;
  readonly #hook: ConnectHook | undefined;
  readonly #dial: Dial;
  #pool!: ConnectorPool;
  #hasAsked = false;

  /** @param dial makes a connection that is not connected yet */
  constructor(options: SplitOptions, dial: Dial = connect) {
    this.#dial = dial;
    this.#options = options.driver;
    this.#password = options.password;
    this.#hook = options.onConnect;
  }

  /** Tells it the pool, which can be made only after its connector. */
  serve(pool: ConnectorPool): void {
    this.#pool = pool;
  }

  async open(context: OpenContext): Promise<MysqlConnection> {
    const { signal } = context;
    const password = typeof this.#password === 'function' ? await this.#password() : this.#password;
    // While the password was looked up the dial may have been given up.
    signal.throwIfAborted();
    const connection = this.#dial(this.#dialOptions(password));
    const abort = (): void => drop(connection);
    signal.addEventListener('abort', abort);
    try {
      const version = await greeted(connection);
      hidePassword(connection);
      await this.#setUp(connection, version, context);
      signal.throwIfAborted();
      return connection;
    } catch (error) {
      drop(connection);
      throw signal.aborted ? signal.reason : error;
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  #dialOptions(password: string | undefined): ConnectionOptions {
    const options = copyProperties(this.#options, {}) as ConnectionOptions;
    options.connectAttributes = connectAttributes(this.#pool.name, this.#options.connectAttributes);
    // The engine bounds the whole dial, so mysql2 need not.
    options.connectTimeout = 0;
    if (password !== undefined) Object.defineProperty(options, 'password', { value: password, enumerable: false });
    return options;
  }

  /** Round trips: one for all of the session; one more in the pool's first connection; and what the hook does. */
  async #setUp(connection: MysqlConnection, version: string, context: OpenContext): Promise<void> {
    const lost = once(context.lost);
    const pool = this.#pool;
    const host: SessionHost = {
      pool: pool.name,
      lost,
      unfit: once(context.unfit),
      kill: (running, limit, wait) => pool.kill(running, limit, wait),
    };
    const charset = charsetOf(internals(connection).config.charsetNumber);
    const variables = new SessionVariables(/mariadb/i.test(version), charset);
    const session = new Session(connection, variables, host, this.#options.database ?? '');
    connection.on('error', lost);
    for (const event of ['end', 'close']) internals(connection).stream.on(event, () => lost(closedByServer()));
    try {
      session.begin(await runOwn(session, variables.setUp()));
      internals(connection).config.charsetNumber = session.charsetNumber;
    } catch (error) {
      if (isLost(error)) throw error;
      warnOnce(
        `the server does not take the set-up of its sessions (${(error as Error).message}); connections that were changed are replaced`,
      );
    }
    if (!this.#hasAsked) {
      this.#hasAsked = true;
      const facts = await askServer(session);
      if (facts !== undefined) this.#pool.onServerFacts(facts);
    }
    if (this.#hook === undefined) return;
    await this.#hook(connection);
    session.adopt();
  }

  ping(connection: MysqlConnection): Promise<void> {
    return pingServer(connection);
  }

  clean(connection: MysqlConnection, mode: ResetMode): Promise<unknown> | undefined {
    return clean(sessionOf(connection), mode, this.#hook);
  }

  /** Says COM_QUIT, and waits until the server has hung up: it counts a client that hangs up first as aborted. */
  close(connection: MysqlConnection): Promise<void> {
    return new Promise<void>((resolve) => {
      const { stream } = internals(connection);
      if (stream.destroyed) resolve();
      stream.on('end', () => resolve());
      stream.on('close', () => resolve());
      quit(connection);
    });
  }

  destroy(connection: MysqlConnection): void {
    drop(connection);
  }

  busy(connection: MysqlConnection): boolean {
    return isBusy(connection);
  }

  classify(error: unknown): OpenFailure {
    return classifyOpenFailure(error);
  }
}

/** Resolves with the server's version when it has let us in. */
function greeted(connection: MysqlConnection): Promise<string> {
  return new Promise<string>((resolve, reject) => {
    connection.once('connect', (greeting: { readonly serverVersion?: unknown }) =>
      resolve(String(greeting.serverVersion)),
    );
    connection.once('error', reject);
    connection.once('end', () => reject(closedByServer()));
  });
}

function closedByServer(): Error {
  return Object.assign(new Error('Connection lost: The server closed the connection.'), {
    code: 'PROTOCOL_CONNECTION_LOST',
    fatal: true,
  });
}

/** mysql2 needs it again only for changeUser; it must not be printed along with the connection. */
function hidePassword(connection: MysqlConnection): void {
  const { config } = internals(connection);
  if (config.password !== undefined) Object.defineProperty(config, 'password', { enumerable: false });
}

function once<T>(fn: (value: T) => void): (value: T) => void {
  let isDone = false;
  return (value) => {
    if (isDone) return;
    isDone = true;
    fn(value);
  };
}

const warned = new Set<string>();

function warnOnce(text: string): void {
  if (warned.has(text)) return;
  warned.add(text);
  process.emitWarning(text, { type: 'MysqlPoolWarning', code: 'MYSQLPOOL_UNTRACKED_SESSION' });
}
