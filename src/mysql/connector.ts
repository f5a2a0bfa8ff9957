import type { ConnectionOptions } from 'mysql2';
import type { Connector, Errands, OpenContext, OpenFailure, ResetMode } from '../pool/index.js';
import { connectAttributes } from './attributes.js';
import type { Cleaning } from '../session/index.js';
import { clean } from './cleaner.js';
import { dial } from './dialling.js';
import { connect, quit, drop, isBusy, type Dial, type MysqlConnection } from './driver.js';
import { classifyOpenFailure, isWrongPassword, type Killer } from '../session/index.js';
import { killable, killerFor } from './killer.js';
import { copyProperties, type ConnectHook, type PasswordSource, type SplitOptions } from './options.js';
import { pingServer } from './own-commands.js';
import { askServer } from './server-facts.js';
import { sessionOf } from './session.js';
import { identifyByAddress } from './tls-identity.js';
import {
  beginSession,
  closedByServer,
  hidePassword,
  hungUp,
  watchSession,
  type ConnectorPool,
} from './session-start.js';

/** mysql2 behind the engine's port. */
export class MysqlConnector implements Connector<MysqlConnection> {
  readonly #options: ConnectionOptions;
  readonly #password: string | PasswordSource | undefined;
  readonly #hook: ConnectHook | undefined;
  readonly #dial: Dial;
  #pool!: ConnectorPool;
  #killer!: Killer;
  #hasAsked = false;
  /** What mysql2 threw about the options themselves: they will be no better next time. */
  readonly #refusals = new WeakSet<object>();
  #dials = 0;
  /** The last dial that was begun when the server first refused a password after it had taken one. */
  #lastOld: number | undefined = 0;
  /** Refusals of a password that may have been changed since it was asked for. */
  readonly #outdated = new WeakSet<object>();

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

  attach(pool: Errands<MysqlConnection>): void {
    const deaf = { id: 0, lost: () => undefined, unfit: () => undefined };
    this.#killer = killerFor(pool, (signal) => this.open({ ...deaf, signal }));
  }

  async open(context: OpenContext): Promise<MysqlConnection> {
    const { signal } = context;
    const dialNumber = ++this.#dials;
    const password = typeof this.#password === 'function' ? await this.#password() : this.#password;
    // While the password was looked up the dial may have been given up.
    signal.throwIfAborted();
    const connection = this.#begin(password);
    const abort = (): void => drop(connection);
    signal.addEventListener('abort', abort);
    try {
      const version = await greeted(connection);
      hidePassword(connection);
      await this.#setUp(connection, version, context);
      signal.throwIfAborted();
      this.#lastOld = undefined;
      return connection;
    } catch (error) {
      drop(connection);
      this.#noteRefusal(error, dialNumber);
      if (this.classify(error) !== 'full') this.#killer.giveUp();
      throw signal.aborted ? signal.reason : error;
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  /** A function may give another password next time: it is asked once more before callers are told. */
  #noteRefusal(error: unknown, dialNumber: number): void {
    if (typeof this.#password !== 'function' || !isWrongPassword(error)) return;
    this.#lastOld ??= this.#dials;
    if (dialNumber <= this.#lastOld) this.#outdated.add(error as object);
  }

  #begin(password: string | undefined): MysqlConnection {
    try {
      return dial(() => identifyByAddress(this.#dial(this.#dialOptions(password))));
    } catch (error) {
      if (error instanceof TypeError || error instanceof RangeError) this.#refusals.add(error);
      throw error;
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
    const pool = this.#pool;
    const session = watchSession(
      connection,
      version,
      this.#options.database,
      { name: pool.name, killer: this.#killer },
      context,
    );
    await beginSession(session, version, pool);
    if (!this.#hasAsked) {
      this.#hasAsked = true;
      const facts = await askServer(session);
      if (facts !== undefined) pool.onServerFacts(facts);
    }
    if (this.#hook !== undefined) {
      await this.#hook(connection);
      session.adopt();
    }
  }

  ping(connection: MysqlConnection): Promise<void> {
    return pingServer(connection);
  }

  clean(connection: MysqlConnection, mode: ResetMode): Promise<Cleaning> | undefined {
    return clean(sessionOf(connection), mode, this.#hook);
  }

  /** Says COM_QUIT, and waits for the answer. */
  close(connection: MysqlConnection): Promise<void> {
    const done = hungUp(connection);
    quit(connection);
    return done;
  }

  destroy(connection: MysqlConnection): void {
    drop(connection);
  }

  /** A session that was running a statement is counted until the server is rid of it. */
  lingers(connection: MysqlConnection): Promise<void> | undefined {
    return this.#killer.end(killable(sessionOf(connection)));
  }

  busy(connection: MysqlConnection): boolean {
    return isBusy(connection) || sessionOf(connection).settling !== undefined;
  }

  recent(connection: MysqlConnection): readonly string[] {
    return sessionOf(connection).recent;
  }

  classify(error: unknown): OpenFailure {
    if (typeof error === 'object' && error !== null) {
      if (this.#refusals.has(error)) return 'fatal';
      if (this.#outdated.has(error)) return 'transient';
    }
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
