import { noteFleet, type Fleet } from '../budget/index.js';
import { startLog, type Logger } from '../log/index.js';
import { noteGateway, type GatewayReading } from '../metrics/gateway-of.js';
import { Pool, type Lease, type Permits, type PoolOptions } from '../pool/index.js';
import { arriving, ClientSession, type Carried, type CarriedStates, type Readings } from '../session/index.js';
import { Capability, type ErrorPacket, type Password } from '../wire/index.js';
import type { Backend } from './backend.js';
import { BackendConnector } from './backend-connector.js';
import { carry, MOST_LOSSES, NeedsNew } from './carrying.js';
import { errorFor, noRoomFor, SHUTDOWN } from './errors.js';
import { FleetSessions } from './fleet-sessions.js';
import { newCounts, type AccountCounts } from './gateway-stats.js';
import { OnePermit } from './one-permit.js';
import { ServerError } from './own-answer.js';
import type { ServerAddress } from './server.js';

/** For how long (ms) a client that may ask about its last statement keeps its backend although others wait. */
const PATIENCE = 20;

export interface AccountOptions {
  readonly user: string;
  readonly findsRows: boolean;
  readonly readsFiles: boolean;
  readonly server: ServerAddress;
  readonly pool: PoolOptions;
  readonly permits: Permits;
  readonly trustRoutines: boolean;
  /** Mode `rotate`: each transaction gets another backend than the one before, namely the longest idle. */
  readonly isRotating: boolean;
  /** How long (ms) checking a password at the server may take. */
  readonly loginTimeout: number;
  readonly logger: Logger | undefined;
  readonly fleet: Fleet | undefined;
  /** The accounts that share a limit with this one, itself included. */
  neighbours(): Iterable<Account>;
  /** The states of the account's clients, for metrics. */
  readonly read: (account: Account) => GatewayReading;
  /** The password to log in to the server with. */
  password(): Password | undefined;
  /** The server has refused a login with this password. */
  refused(password: Password): void;
  /** The server has accepted a login with this password. */
  confirmed(password: Password): void;
}

/** The number of no collation, for which `arriving` takes the server's own character set. */
const OF_SERVER = 0;

/** The properties of a session that a client's handshake sets. */
interface Handshake {
  /** The number of a collation. */
  readonly charset: number;
  /** The capabilities that both sides have. */
  readonly capabilities: number;
}

/** A client that keeps its backend between two statements, only because the next one may ask about the last. */
interface Lingering {
  /** Whether that is likely: the last statement has left warnings, an error or the like. */
  readonly isExpectant: boolean;
  giveBack(): void;
}

/** The sessions of one user with the same capabilities: their pool, and the state of a new session. */
export class Account {
  readonly user: string;
  readonly connector: BackendConnector;
  /** Counts of this account, except resets, which the connector counts. */
  readonly counts: AccountCounts = newCounts();
  /** How many logins are in progress. */
  asked = 0;
  readonly #options: AccountOptions;
  /** Databases that the server has let this account into. */
  readonly #schemas = new Set<string>();
  readonly #lingering = new Set<Lingering>();
  #timer: NodeJS.Timeout | undefined;
  #isSure = false;
  #pool: Pool<Backend> | undefined;
  #isClosed = false;

  constructor(options: AccountOptions) {
    this.#options = options;
    this.user = options.user;
    const { fleet } = options;
    this.connector = new BackendConnector({
      ...options,
      fleet: fleet && new FleetSessions(fleet),
      giveWay: () => this.#hurryAll(true),
    });
  }

  /** The pool. Created on first use, after the first successful login: before, no password is known. */
  get pool(): Pool<Backend> {
    if (this.#isClosed && this.#pool === undefined) throw new ServerError(SHUTDOWN);
    return (this.#pool ??= this.#open());
  }

  /** Undefined before the first successful login. */
  get openPool(): Pool<Backend> | undefined {
    return this.#pool;
  }

  get counted(): AccountCounts {
    return { ...this.counts, resets: this.connector.resets };
  }

  get isAsked(): boolean {
    return this.asked > 0;
  }

  #open(): Pool<Backend> {
    const { permits, isRotating, pool, logger, fleet, read } = this.#options;
    const opened = new Pool<Backend>(
      { connector: this.connector, permits },
      isRotating ? { ...pool, order: 'fifo' } : pool,
    );
    opened.on('waiting', () => this.#hurryAll());
    startLog(opened, logger);
    noteGateway(opened, () => read(this));
    if (fleet !== undefined) noteFleet(opened, fleet);
    return opened;
  }

  /** Bytes of the largest command that the server takes. */
  get largestCommand(): number {
    return this.connector.learned!.largestCommand;
  }

  get states(): CarriedStates {
    return this.connector.learned!.states;
  }

  /**
   * Checks a password by logging in to the server. Resolves with the server's refusal, or with undefined if it accepts.
   * Rejects if the server cannot be asked within `loginTimeout`.
   */
  async prove(password: Password): Promise<ErrorPacket | undefined> {
    const { loginTimeout } = this.#options;
    const signal = AbortSignal.timeout(loginTimeout);
    const permit = new OnePermit(this.#options.permits, `${this.user}: login`);
    try {
      for (;;) {
        this.#hurryAll();
        await permit.taken(signal);
        const refusal = await this.#logIn(password, signal);
        // In a fleet, an account that has reached its limit is back-pressure, not an error: wait for the next permit.
        if (refusal === undefined || this.#options.fleet === undefined || !this.#isFull(refusal))
          return refusal && errorFor(refusal);
        permit.refused();
      }
    } catch (error) {
      const { denial } = permit;
      throw signal.aborted && denial !== undefined ? noRoomFor(permit.name, loginTimeout, denial) : error;
    } finally {
      permit.end();
    }
  }

  async #logIn(password: Password, signal: AbortSignal): Promise<ServerError | undefined> {
    try {
      await this.connector.logInOnce(password, signal);
      return undefined;
    } catch (error) {
      if (error instanceof ServerError) return error;
      throw error;
    }
  }

  #isFull(refusal: ServerError): boolean {
    return this.connector.classify(refusal) === 'full';
  }

  /** Resolves when the state of a new session is known; opens one if there was none yet. */
  async isReady(): Promise<void> {
    if (this.connector.first !== undefined) return;
    const label = `${this.user}: first login`;
    (await this.pool.acquire({ label })).release();
    if (!this.#options.isRotating) return;
    // Rotation needs several sessions: opens them one after the other, without waiting, until a limit refuses one more.
    const { maxSize = 10 } = this.#options.pool;
    const ask = (): Promise<Lease<Backend> | undefined> =>
      this.pool.acquire({ label, timeout: 0 }).catch(() => undefined);
    const leases: Lease<Backend>[] = [];
    while (leases.length < maxSize) {
      const lease = await ask();
      if (lease === undefined) break;
      leases.push(lease);
    }
    for (const lease of leases) lease.release();
  }

  /** The session of a client right after its login, before it enters its default database. */
  newSession(readings: Readings, client: Handshake): ClientSession {
    const { states } = this;
    const { trustRoutines } = this.#options;
    return new ClientSession({ states, readings, trustRoutines, carried: this.#arriving(client) });
  }

  #arriving({ charset, capabilities }: Handshake): Carried {
    const { states, collations } = this.connector.learned!;
    return arriving(states, this.connector.first!, { charset, capabilities, collations });
  }

  /** The capabilities that still apply after COM_RESET_CONNECTION or COM_CHANGE_USER: MariaDB forgets two. */
  remembered(capabilities: number): number {
    const isMysql = this.states.tracked.server === 'mysql';
    return isMysql ? capabilities : capabilities & ~(Capability.IGNORE_SPACE | Capability.INTERACTIVE);
  }

  /** The state of a client's session after COM_RESET_CONNECTION, in which MySQL and MariaDB differ. */
  afterReset({ schema, several }: Carried, client: Handshake): Carried {
    const { states } = this.connector.learned!;
    const isMysql = states.tracked.server === 'mysql';
    const charset = isMysql ? OF_SERVER : client.charset;
    const capabilities = this.remembered(client.capabilities);
    // A reset leaves a session whose database counts as not entered. Where backends are never reset (MariaDB in a
    // fleet, see `BackendConnector.reset`), none could be brought to that state, so it is not asked for.
    const isEntered = schema === '' || (!isMysql && this.#options.fleet !== undefined);
    return states.with(this.#arriving({ charset, capabilities }), { schema, isEntered, several });
  }

  /** Sets the client's default database, tried on a backend the first time. Rejects with the server's refusal. */
  async enter(session: ClientSession, schema: string): Promise<void> {
    const carried = this.states.with(session.carried, { schema });
    if (!this.#schemas.has(schema)) await this.#tryOn(carried);
    this.#schemas.add(schema);
    session.arrive(carried);
  }

  async #tryOn(carried: Carried, losses = 0): Promise<void> {
    const lease = await this.pool.acquire({ label: `${this.user}: login` });
    const backend = lease.connection;
    try {
      const from = backend.carried!;
      backend.carried = undefined;
      await carry(backend, from, carried, this.connector);
      backend.carried = carried;
      lease.release();
    } catch (error) {
      if (!(error instanceof NeedsNew)) {
        lease.release();
        throw error;
      }
      lease.destroy(error);
      const lost = backend.isNew ? losses + 1 : losses;
      if (lost === MOST_LOSSES) throw error;
      await this.#tryOn(carried, lost);
    }
  }

  /** The account's grants, as SHOW GRANTS lists them. @param within how long (ms) to wait for a session */
  async grants(within: number): Promise<string[]> {
    const lease = await this.pool.acquire({ label: `${this.user}: grants`, timeout: within });
    try {
      return (await lease.connection.ask('SHOW GRANTS')).rows.map(([grant]) => grant ?? '');
    } finally {
      lease.release();
    }
  }

  /** A client keeps its backend for the moment, as its next statement may ask about the last: see `Lingering`. */
  linger(client: Lingering): void {
    this.#lingering.add(client);
    if (this.#isWanted) this.hurry();
  }

  /** Whether a client waits for a session of this account, or of one that shares a limit with it. */
  get #isWanted(): boolean {
    for (const { isWanting } of this.#options.neighbours()) if (isWanting) return true;
    return false;
  }

  noLonger(client: Lingering): void {
    if (this.#lingering.size > 0) this.#lingering.delete(client);
  }

  /** Whether a client waits for a session of this account, or for its login. */
  get isWanting(): boolean {
    return this.asked > 0 || (this.#pool?.stats().waiters ?? 0) > 0;
  }

  #hurryAll(isSure = false): void {
    for (const account of this.#options.neighbours()) account.hurry(isSure);
  }

  /**
   * Has lingering clients give their backends back, since others wait: at once, or after PATIENCE if they are likely to
   * ask about their last statement.
   * @param isSure whether the waiting lasts, although it does not show in the pool's queue
   */
  hurry(isSure = false): void {
    if (this.#lingering.size === 0) return;
    for (const client of this.#lingering) if (!client.isExpectant) client.giveBack();
    if (this.#lingering.size === 0) return;
    this.#isSure ||= isSure;
    this.#timer ??= setTimeout(() => this.#look(), PATIENCE);
  }

  #look(): void {
    this.#timer = undefined;
    const all = [...this.#options.neighbours()];
    const isShort = this.#isSure || all.some((account) => account.isShort);
    this.#isSure = false;
    if (isShort) for (const client of this.#lingering) client.giveBack();
    // Enough idle sessions are being made ready for the waiters. The next look finds out if one of them has failed.
    else if (all.some(({ isWanting }) => isWanting)) this.#timer = setTimeout(() => this.#look(), PATIENCE);
  }

  /** Whether more clients wait than idle sessions are being made ready for them. */
  get isShort(): boolean {
    const { waiters, idle } = this.#pool?.stats() ?? { waiters: 0, idle: 0 };
    return this.asked > 0 || waiters > idle;
  }

  async close(timeout: number): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#pool?.close({ timeout });
  }
}
