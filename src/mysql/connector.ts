import type { Connector, Errands, OpenContext, OpenFailure, ResetMode } from '../pool/index.js';
import { accountLimitIn, EffectCache, type Cleaning, type Killer } from '../session/index.js';
import { AccountCount } from './account-count.js';
import { clean } from './cleaner.js';
import { drop, isBusy, onClosed, type MysqlConnection } from './driver.js';
import { FleetFullError } from './errors.js';
import { lookBehindNames } from './hidden-effects.js';
import { killable, killerFor } from './killer.js';
import { NamedLocks } from './named-locks.js';
import { pingServer, runWatched } from './own-commands.js';
import { askServer, type ServerFacts } from './server-facts.js';
import { askIdentity } from './server-identity.js';
import { hidePassword } from './hide-password.js';
import { hookUnderWay, noteLate } from './hooks.js';
import { beginSession, hungUp, watchSession, type ConnectorPool } from './session-start.js';
import { SessionLease } from './session-lease.js';
import { sessionOf, type Session } from './session.js';
import { Slots } from './slots.js';
import type { ConnectionSource, Dialled, Init } from './source.js';

/** Implements the engine's port `Connector` for mysql2 connections, wherever they come from. */
export class MysqlConnector implements Connector<MysqlConnection> {
  readonly #source: ConnectionSource;
  #pool!: ConnectorPool;
  #killer!: Killer;
  readonly #effects = new EffectCache();
  readonly #locks = new NamedLocks();
  #errands!: Errands<MysqlConnection>;
  #lease: SessionLease | undefined;
  #slots: Slots | undefined;
  #hasAsked = false;
  readonly #dials = new Set<AbortSignal>();

  constructor(source: ConnectionSource) {
    this.#source = source;
  }

  /** Tells the connector which pool it works for; the pool can be created only after its connector. */
  serve(pool: ConnectorPool): void {
    this.#pool = pool;
    this.#locks.pool = pool.locking;
    const { fleet } = pool;
    if (fleet === undefined) return;
    this.#lease = new SessionLease(fleet.lease);
    if (fleet.slots !== undefined) this.#slots = new Slots(fleet.slots, () => fleet.isStarving);
    fleet.countBy(new AccountCount(this.#errands, (limit) => fleet.told(limit)));
  }

  attach(pool: Errands<MysqlConnection>): void {
    this.#locks.errands = this.#errands = pool;
    const outsidePool = { id: 0, lost: () => undefined, unfit: () => undefined };
    this.#killer = killerFor(pool, (signal) => this.open({ ...outsidePool, signal }));
  }

  async open(context: OpenContext): Promise<MysqlConnection> {
    const { signal } = context;
    let connection: MysqlConnection | undefined;
    const abort = (): void => {
      noteLate(signal, hookUnderWay(signal));
      if (connection !== undefined) drop(connection);
    };
    this.#dials.add(signal);
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
      // Closed politely, so that the server does not count it as an aborted client: it only found no free place.
      if (error instanceof FleetFullError && !signal.aborted) await this.close(connection!).catch(() => undefined);
      abort();
      this.#refused(error);
      throw signal.aborted ? signal.reason : error;
    } finally {
      this.#dials.delete(signal);
      signal.removeEventListener('abort', abort);
    }
  }

  hookOfDials(): string | undefined {
    return [...this.#dials].map(hookUnderWay).find((hook) => hook !== undefined);
  }

  #refused(error: unknown): void {
    if (this.classify(error) !== 'full') this.#killer.giveUp();
    else this.#pool.fleet?.refused(accountLimitIn(error));
  }

  /** Costs one round trip for the session, plus whatever its init does. */
  async #setUp({ connection, version, database, init }: Dialled, context: OpenContext): Promise<void> {
    const pool = this.#pool;
    const { name, callerHere, fleet } = pool;
    const shared = { killer: this.#killer, effects: this.#effects, locks: this.#locks, slots: this.#slots };
    const session = watchSession(connection, version, database, { name, callerHere, fleet, ...shared }, context);
    await (this.#hasAsked ? beginSession(session, version, fleet) : this.#setUpFirst(session, version));
    this.#lease?.add(session);
    if (init !== undefined) await initialize(session, init);
    pool.onSession?.(session);
  }

  /** Sets up the pool's first connection, over which the facts that hold for all connections are asked as well. */
  async #setUpFirst(session: Session, version: string): Promise<void> {
    this.#hasAsked = true;
    const { fleet } = this.#pool;
    let asked: Promise<readonly [ServerFacts | undefined, void]> | undefined;
    try {
      await beginSession(session, version, fleet, () => {
        asked = Promise.all([askServer(session, fleet !== undefined), lookBehindNames(session, this.#effects)]);
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

  /** A borrower has created views or triggers, so the definitions known to the pool are outdated. */
  async #lookAgain(session: Session, cleaning: Promise<Cleaning> | undefined): Promise<Cleaning> {
    const kind = (await cleaning) ?? 'none';
    await lookBehindNames(session, this.#effects);
    return kind;
  }

  /** Sends COM_QUIT and waits for the server to close the connection. */
  async close(connection: MysqlConnection): Promise<void> {
    const done = hungUp(connection);
    await this.#source.close(connection);
    await done;
  }

  destroy(connection: MysqlConnection, cause?: Error): void {
    // Marked as mysql2 marks a lost connection, but with the actual cause: it was not the server that closed it.
    const mark = { code: 'PROTOCOL_CONNECTION_LOST', fatal: true };
    drop(connection, cause && Object.assign(new Error(`Connection lost: ${cause.message}`), mark));
  }

  /** A session that was running a statement continues to count until the server has ended it. */
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

  /** The server was last known to be alive at the time of the last command, which it has answered since. */
  loanEnded(connection: MysqlConnection): number {
    const session = sessionOf(connection);
    session.onLoanEnd?.();
    return session.sentAt;
  }

  classify(error: unknown): OpenFailure {
    return error instanceof FleetFullError ? 'full' : this.#source.classify(error);
  }
}

async function initialize(session: Session, init: Init): Promise<void> {
  const { again } = init;
  const { state } = session;
  const within = async (initialized: Promise<unknown>): Promise<void> => {
    await initialized;
    // Session limits (wait_timeout, statement time) that the init raised above those of the fleet are lowered again.
    const isTouched = state.variables.hasBounded(state.changed) || !state.isTracked;
    const bound = isTouched ? state.variables.bound() : undefined;
    if (bound !== undefined) await runWatched(session, bound);
  };
  await within(init.first());
  session.initAgain = again && (() => within(again()));
  state.mayHaveTables = again !== undefined;
  // A role that the init activates is part of the clean state.
  if (state.isForeign || state.mayHaveOtherRole) state.identity = await askIdentity(session);
  session.adopt();
}
