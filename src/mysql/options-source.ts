import type { ConnectionOptions } from 'mysql2';
import { kindOf, PoolOptionError, type OpenFailure } from '../pool/index.js';
import { classifyOpenFailure, isWrongPassword } from '../session/index.js';
import { connectAttributes } from './attributes.js';
import { runHook, type ConnectHook } from './connect-hook.js';
import { copyProperties } from './copy-properties.js';
import { inHook, isOpenedFor } from './hooks.js';
import { dial } from './dialling.js';
import { letProcessEnd } from './keep-process-alive.js';
import { connect, drop, quit, type Dial, type MysqlConnection } from './driver.js';
import { closedByServer, type ConnectorPool } from './session-start.js';
import { Mistakes } from './mistakes.js';
import { refuseOtherProtocols } from './other-protocols.js';
import { makePlaces } from './places.js';
import type { ConnectionSource, Dialled } from './source.js';
import { mostPrepared } from './statement-cache.js';
import { withTlsChecks } from './tls-checks.js';

/** Returns the password. Called for each attempt to connect. @since 0.1.0 */
export type PasswordSource = () => string | Promise<string>;

/** How connections are created. */
export interface SourceOptions {
  /**
   * The options for mysql2, without the password. Property descriptors are kept: a secret may be hidden from
   * enumeration.
   */
  readonly driver: ConnectionOptions;
  readonly password: string | PasswordSource | undefined;
  readonly onConnect: ConnectHook | undefined;
}

/** A source that creates mysql2 connections from options. */
export class OptionsSource implements ConnectionSource {
  readonly #options: ConnectionOptions;
  readonly #password: string | PasswordSource | undefined;
  readonly #hook: ConnectHook | undefined;
  readonly #dial: Dial;
  /**
   * Errors that mysql2 threw because of the options, and those of the password function: callers are told at once, and
   * no retry is made.
   */
  readonly #mistakes = new Mistakes();
  #dials = 0;
  /**
   * The number of the latest dial at the moment when the server first refused a password, since it last accepted one.
   * Dials up to that number may have used a password that was replaced in the meantime. Initially 0, so that a password
   * that was never accepted is reported at once.
   */
  #lastOld: number | undefined = 0;
  /** Login errors of dials whose password may have been replaced since it was asked for. */
  readonly #outdated = new WeakSet<object>();

  /** @param makeConnection creates a connection that has only begun to connect */
  constructor(options: SourceOptions, makeConnection: Dial = connect) {
    this.#dial = makeConnection;
    this.#options = options.driver;
    this.#password = options.password;
    this.#hook = options.onConnect;
  }

  async open(signal: AbortSignal, pool: ConnectorPool): Promise<Dialled> {
    const dialNumber = ++this.#dials;
    const password = await this.#askPassword(signal, pool);
    // The dial may have been given up while the password function ran.
    signal.throwIfAborted();
    const connection = this.#begin(password, pool);
    isOpenedFor(connection, signal);
    letProcessEnd(connection);
    refuseOtherProtocols(connection);
    const abort = (): void => drop(connection);
    signal.addEventListener('abort', abort);
    try {
      const version = await greeted(connection);
      const hook = this.#hook;
      const run = hook && (() => runHook(hook, connection));
      const init = run && { first: run, again: run };
      return { connection, version, database: this.#options.database, init };
    } catch (error) {
      drop(connection);
      this.#noteRefusal(error, dialNumber);
      throw error;
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  opened(): void {
    this.#lastOld = undefined;
  }

  close(connection: MysqlConnection): void {
    quit(connection);
  }

  classify(error: unknown): OpenFailure {
    if (this.#mistakes.has(error)) return 'fatal';
    return this.#outdated.has(error as object) ? 'transient' : classifyOpenFailure(error);
  }

  async #askPassword(signal: AbortSignal, { name }: ConnectorPool): Promise<string | undefined> {
    const ask = this.#password;
    if (typeof ask !== 'function') return ask;
    let password: unknown;
    try {
      password = await inHook<unknown>('password', signal, ask);
    } catch (error) {
      this.#mistakes.note(error);
      throw error;
    }
    if (typeof password === 'string') return password;
    // Only the type is shown: the value may contain the secret in another form.
    const got = kindOf(password);
    throw new PoolOptionError(name, 'password', `option "password": its function must return a string, got ${got}`);
  }

  /**
   * The password function may return another password next time, so it is asked once more before callers are told of
   * the refusal.
   */
  #noteRefusal(error: unknown, dialNumber: number): void {
    if (typeof this.#password !== 'function' || !isWrongPassword(error)) return;
    this.#lastOld ??= this.#dials;
    if (dialNumber <= this.#lastOld) this.#outdated.add(error as object);
  }

  #begin(password: string | undefined, pool: ConnectorPool): MysqlConnection {
    try {
      const connection = withTlsChecks(dial(() => this.#dial(this.#dialOptions(password, pool))));
      makePlaces(connection, this.#hook !== undefined);
      return connection;
    } catch (error) {
      this.#mistakes.note(error);
      throw error;
    }
  }

  #dialOptions(password: string | undefined, pool: ConnectorPool): ConnectionOptions {
    const options = copyProperties(this.#options, {}) as ConnectionOptions;
    options.connectAttributes = connectAttributes(pool.name, this.#options.connectAttributes);
    // mysql2's own limit is off: the engine bounds the whole dial.
    options.connectTimeout = 0;
    options.maxPreparedStatements ??= mostPrepared(pool.maxSize);
    if (password !== undefined) Object.defineProperty(options, 'password', { value: password, enumerable: false });
    return options;
  }
}

/** Resolves with the server's version once the login has succeeded. */
function greeted(connection: MysqlConnection): Promise<string> {
  return new Promise<string>((resolve, reject) => {
    connection.once('connect', (greeting: { readonly serverVersion?: unknown }) =>
      resolve(String(greeting.serverVersion)),
    );
    connection.once('error', reject);
    connection.once('end', () => reject(closedByServer()));
  });
}
