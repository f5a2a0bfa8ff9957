import { AsyncLocalStorage } from 'node:async_hooks';
import type { Connector, Errands, OpenContext, OpenFailure, ResetMode } from '../pool/index.js';
import type { Cleaning } from '../session/index.js';
import { clean } from './cleaner.js';
import { dialWhole } from './dialling.js';
import { drop, internals, isBusy, type MysqlConnection } from './driver.js';
import { classifyOpenFailure, errnoOf, type Killer } from '../session/index.js';
import { killable, killerFor } from './killer.js';
import { pingServer } from './own-commands.js';
import { askServer } from './server-facts.js';
import { beginSession, hidePassword, hungUp, watchSession, type ConnectorPool } from './session-start.js';
import { sessionOf } from './session.js';
import { SetUp } from './set-up.js';
import { identifyByAddress } from './tls-identity.js';
import { checkTlsOptions } from './tls-options.js';

/** Somebody who makes connections in a way of their own: an ORM, with its hooks, credentials and session set-up. */
export interface Creator {
  /** Makes a connection with `createConnection` of a `watchedDriver`. As it is then, so it shall be whenever it is lent. */
  create(): Promise<MysqlConnection>;
  /** Says good-bye to the server. */
  close(connection: MysqlConnection): Promise<unknown>;
}

/** One dial: hears of every connection that the creator begins to open in the course of it. */
type Dial = (connection: MysqlConnection) => void;

const dials = new AsyncLocalStorage<Dial>();

interface Driver {
  // oxlint-disable-next-line typescript/no-explicit-any -- whatever mysql2 of whatever version takes
  createConnection(...args: any[]): any;
}

const watched = new WeakSet<object>();

/** The driver's module, by which a `CreatorConnector` sees its creator's connections from their first moment on. */
export function watchedDriver<D extends Driver>(driver: D): D {
  if (watched.has(driver)) return driver;
  const createConnection = (...args: unknown[]): MysqlConnection => {
    const connection = identifyByAddress(driver.createConnection(...args) as MysqlConnection);
    refuseWrongTls(connection);
    dials.getStore()?.(connection);
    return connection;
  };
  const own = Object.create(driver, { createConnection: { value: createConnection, enumerable: true } }) as D;
  watched.add(own);
  return own;
}

/** Only now, since the options may be in a URL that mysql2 has read. Nothing has been sent to the server yet. */
function refuseWrongTls(connection: MysqlConnection): void {
  try {
    checkTlsOptions('createConnection', (connection.config as { readonly ssl?: unknown }).ssl);
  } catch (error) {
    connection.on('error', () => undefined);
    drop(connection);
    throw error;
  }
}

/** The engine's port over a creator: only the pooling is ours, and the watching and cleaning of sessions. */
export class CreatorConnector implements Connector<MysqlConnection> {
  readonly #creator: Creator;
  readonly #setUps = new WeakMap<MysqlConnection, SetUp>();
  #pool!: ConnectorPool;
  #killer!: Killer;
  #hasAsked = false;

  constructor(creator: Creator) {
    this.#creator = creator;
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
    const begun = new Set<MysqlConnection>();
    let isOver = false;
    const dial: Dial = (connection) => {
      // Late work of this dial, in callbacks of its sockets, is no business of it.
      if (isOver && !signal.aborted) return;
      connection.on('error', () => undefined);
      if (signal.aborted) return drop(connection);
      begun.add(connection);
      connection.once('connect', () => this.#setUps.set(connection, new SetUp(this.#pool.name, connection)));
    };
    const dropAll = (): void => {
      for (const connection of begun) drop(connection);
    };
    signal.addEventListener('abort', dropAll);
    try {
      const connection = await dials.run(dial, () => dialWhole(() => this.#creator.create()));
      begun.add(connection);
      signal.throwIfAborted();
      await this.#takeOver(connection, context);
      signal.throwIfAborted();
      return connection;
    } catch (error) {
      dropAll();
      if (this.classify(error) !== 'full') this.#killer.giveUp();
      throw signal.aborted ? signal.reason : error;
    } finally {
      isOver = true;
      signal.removeEventListener('abort', dropAll);
    }
  }

  async #takeOver(connection: MysqlConnection, context: OpenContext): Promise<void> {
    hidePassword(connection);
    keepListening(connection);
    const setUp = this.#setUps.get(connection);
    setUp?.end();
    const { config, _handshakePacket } = internals(connection) as unknown as {
      readonly config: { readonly database?: string };
      readonly _handshakePacket?: { readonly serverVersion?: unknown };
    };
    const version = String(_handshakePacket?.serverVersion);
    const session = watchSession(
      connection,
      version,
      config.database,
      { name: this.#pool.name, killer: this.#killer },
      context,
    );
    await beginSession(session, version, this.#pool);
    // The answer to our own set-up told the variables; SET NAMES in it has to be taken back.
    await setUp?.repeat(connection);
    session.adopt();
    if (!this.#hasAsked) {
      this.#hasAsked = true;
      const facts = await askServer(session);
      if (facts !== undefined) this.#pool.onServerFacts(facts);
    }
  }

  ping(connection: MysqlConnection): Promise<void> {
    return pingServer(connection);
  }

  clean(connection: MysqlConnection, mode: ResetMode): Promise<Cleaning> | undefined {
    const setUp = this.#setUps.get(connection);
    const again = setUp === undefined || setUp.isPlain ? undefined : () => setUp.repeatAll(connection);
    return clean(sessionOf(connection), mode, again);
  }

  async close(connection: MysqlConnection): Promise<void> {
    const done = hungUp(connection);
    await this.#creator.close(connection);
    await done;
  }

  destroy(connection: MysqlConnection): void {
    drop(connection);
  }

  /** A session that was running a statement is counted until the server is rid of it. */
  lingers(connection: MysqlConnection): Promise<void> | undefined {
    return this.#killer.end(killable(sessionOf(connection)));
  }

  busy(connection: MysqlConnection): boolean {
    return isBusy(connection);
  }

  recent(connection: MysqlConnection): readonly string[] {
    return sessionOf(connection).recent;
  }

  classify(error: unknown): OpenFailure {
    return classifyOpenFailure(driverErrorIn(error));
  }
}

/** A creator that takes its listeners off must not make the next error one that nobody hears. */
function keepListening(connection: MysqlConnection): void {
  const remove = connection.removeAllListeners.bind(connection);
  connection.removeAllListeners = (event) => remove(event).on('error', () => undefined);
}

/** What the driver said, in the errors that ORMs wrap it in. */
function driverErrorIn(error: unknown): unknown {
  let at = error;
  for (let depth = 0; depth < 5 && typeof at === 'object' && at !== null; depth++) {
    const { code, parent, cause } = at as {
      readonly code?: unknown;
      readonly parent?: unknown;
      readonly cause?: unknown;
    };
    if (errnoOf(at) !== undefined || typeof code === 'string') return at;
    at = parent ?? cause;
  }
  return error;
}
