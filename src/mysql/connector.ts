import type { Connector, Errands, OpenContext, OpenFailure, ResetMode } from '../pool/index.js';
import { EffectCache, type Cleaning, type Killer } from '../session/index.js';
import { clean } from './cleaner.js';
import { drop, isBusy, onClosed, type MysqlConnection } from './driver.js';
import { lookBehindNames } from './hidden-effects.js';
import { killable, killerFor } from './killer.js';
import { NamedLocks } from './named-locks.js';
import { pingServer } from './own-commands.js';
import { askServer, type ServerFacts } from './server-facts.js';
import { askIdentity } from './server-identity.js';
import { hidePassword } from './hide-password.js';
import { beginSession, hungUp, watchSession, type ConnectorPool } from './session-start.js';
import { sessionOf, type Session } from './session.js';
import type { ConnectionSource, Dialled } from './source.js';

/** mysql2's connections behind the engine's port, wherever they come from. */
export class MysqlConnector implements Connector<MysqlConnection> {
  readonly #source: ConnectionSource;
  #pool!: ConnectorPool;
  #killer!: Killer;
  readonly #effects = new EffectCache();
  readonly #locks = new NamedLocks();
  #hasAsked = false;

  constructor(source: ConnectionSource) {
    this.#source = source;
  }

  /** Tells it the pool, which can be made only after its connector. */
  serve(pool: ConnectorPool): void {
    this.#pool = pool;
    this.#locks.pool = pool.locking;
  }

  attach(pool: Errands<MysqlConnection>): void {
    this.#locks.errands = pool;
    const deaf = { id: 0, lost: () => undefined, unfit: () => undefined };
    this.#killer = killerFor(pool, (signal) => this.open({ ...deaf, signal }));
  }

  async open(context: OpenContext): Promise<MysqlConnection> {
    const { signal } = context;
    let connection: MysqlConnection | undefined;
    const abort = (): void => {
      if (connection !== undefined) drop(connection);
    };
    signal.addEventListener('abort', abort);
    try {
      const dialled = await this.#source.open(signal, this.#pool);
      connection = dialled.connection;
      hidePassword(connection);
      signal.throwIfAborted();
      await this.#setUp(dialled, context);
      signal.throwIfAborted();
      this.#source.opened?.();
      return connection;
    } catch (error) {
      abort();
      if (this.classify(error) !== 'full') this.#killer.giveUp();
      throw signal.aborted ? signal.reason : error;
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  /** Round trips: one for all of the session, and what its init does. */
  async #setUp({ connection, version, database, init }: Dialled, context: OpenContext): Promise<void> {
    const pool = this.#pool;
    const { name, callerHere } = pool;
    const host = { name, killer: this.#killer, effects: this.#effects, locks: this.#locks, callerHere };
    const session = watchSession(connection, version, database, host, context);
    await (this.#hasAsked ? beginSession(session, version) : this.#setUpFirst(session, version));
    if (init !== undefined) {
      await init.first();
      session.initAgain = init.again;
      const { state } = session;
      state.mayHaveTables = init.again !== undefined;
      // A role that it takes is one that a clean session has.
      if (state.isForeign || state.mayHaveOtherRole) state.identity = await askIdentity(session);
      session.adopt();
    }
    pool.onSession?.(session);
  }

  /** The pool's first connection, which tells what concerns all of them. */
  async #setUpFirst(session: Session, version: string): Promise<void> {
    this.#hasAsked = true;
    let asked: Promise<readonly [ServerFacts | undefined, void]> | undefined;
    try {
      await beginSession(session, version, () => {
        asked = Promise.all([askServer(session), lookBehindNames(session, this.#effects)]);
      });
    } catch (error) {
      this.#hasAsked = false;
      throw error;
    }
    const facts = (await asked)?.[0];
    if (facts !== undefined) this.#pool.onServerFacts(facts);
  }

  ping(connection: MysqlConnection): Promise<void> {
    return pingServer(connection);
  }

  clean(connection: MysqlConnection, mode: ResetMode): Promise<Cleaning> | undefined {
    const session = sessionOf(connection);
    const cleaning = clean(session, mode);
    return this.#effects.isOutdated ? this.#lookAgain(session, cleaning) : cleaning;
  }

  /** Its borrower, or another, has made views or triggers. */
  async #lookAgain(session: Session, cleaning: Promise<Cleaning> | undefined): Promise<Cleaning> {
    const kind = (await cleaning) ?? 'none';
    await lookBehindNames(session, this.#effects);
    return kind;
  }

  /** Says COM_QUIT, and waits for the answer. */
  async close(connection: MysqlConnection): Promise<void> {
    const done = hungUp(connection);
    await this.#source.close(connection);
    await done;
  }

  destroy(connection: MysqlConnection, cause?: Error): void {
    // As mysql2 marks a loss, but it is not the server that closes it.
    const mark = { code: 'PROTOCOL_CONNECTION_LOST', fatal: true };
    drop(connection, cause && Object.assign(new Error(`Connection lost: ${cause.message}`), mark));
  }

  /** A session that was running a statement is counted until the server is rid of it. */
  lingers(connection: MysqlConnection): Promise<void> | undefined {
    return this.#killer.end(killable(sessionOf(connection)));
  }

  watchEnd(connection: MysqlConnection, closed: () => void): boolean {
    return onClosed(connection, closed);
  }

  busy(connection: MysqlConnection): boolean {
    return isBusy(connection) || sessionOf(connection).unfinished !== undefined;
  }

  recent(connection: MysqlConnection): readonly string[] {
    return sessionOf(connection).recent;
  }

  /** When the server is known to have been alive: it has answered what was sent then. */
  spokeAt(connection: MysqlConnection): number {
    return sessionOf(connection).sentAt;
  }

  loanEnded(connection: MysqlConnection): void {
    sessionOf(connection).onLoanEnd?.();
  }

  classify(error: unknown): OpenFailure {
    return this.#source.classify(error);
  }
}
