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

/** A backend is kept for so long (ms) for a client that may ask about its last statement, while others wait. */
const PATIENCE = 20;

export interface AccountOptions {
  readonly user: string;
  readonly findsRows: boolean;
  readonly readsFiles: boolean;
  readonly server: ServerAddress;
  readonly pool: PoolOptions;
  readonly permits: Permits;
  readonly trustRoutines: boolean;
  /** Each transaction is to have another backend than the last: the one that has lain idle for the longest. */
  readonly isRotating: boolean;
  /** How long (ms) a password may take to be checked at the server. */
  readonly loginTimeout: number;
  readonly logger: Logger | undefined;
  readonly fleet: Fleet | undefined;
  /** Whoever shares a limit with the account, itself included. */
  neighbours(): Iterable<Account>;
  /** What the clients of the account do. */
  readonly read: (account: Account) => GatewayReading;
  password(): Password | undefined;
  refused(password: Password): void;
  /** A session was opened with it. */
  confirmed(password: Password): void;
}

/** Stands for the server's own. */
const ANY_CHARSET = 255;

/** What a client's handshake says of its session. */
interface Handshake {
  /** The number of a collation. */
  readonly charset: number;
  /** What both sides can do. */
  readonly capabilities: number;
}

/** A client that keeps its backend only for what it might ask next. */
interface Lingering {
  /** It is likely to. */
  readonly isExpectant: boolean;
  giveBack(): void;
}

/** The sessions of one account, with what cannot be switched on a session: one pool, and what a new session is. */
export class Account {
  readonly user: string;
  readonly connector: BackendConnector;
  /** What happens here is counted here; resets are the connector's. */
  readonly counts: AccountCounts = newCounts();
  /** How many who want to come in are asked after at the moment. */
  asked = 0;
  readonly #options: AccountOptions;
  /** Databases that it was let into. */
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

  /** It begins when somebody has proven to be the user: before there is nothing to log in with. */
  get pool(): Pool<Backend> {
    if (this.#isClosed && this.#pool === undefined) throw new ServerError(SHUTDOWN);
    return (this.#pool ??= this.#open());
  }

  /** Undefined while nobody has proven to be the user. */
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

  /** Whether the server lets the user in with this password: its refusal, or undefined. Rejects when it cannot be asked. */
  async prove(password: Password): Promise<ErrorPacket | undefined> {
    const { loginTimeout } = this.#options;
    const signal = AbortSignal.timeout(loginTimeout);
    const permit = new OnePermit(this.#options.permits, `${this.user}: login`);
    try {
      for (;;) {
        this.#hurryAll();
        await permit.taken(signal);
        const refusal = await this.#logIn(password, signal);
        // A full account of a fleet is a line, not an error.
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

  /** Resolves when it is known what a new session of the account is. */
  async isReady(): Promise<void> {
    if (this.connector.first !== undefined) return;
    const label = `${this.user}: first login`;
    (await this.pool.acquire({ label })).release();
    if (!this.#options.isRotating) return;
    // As many as there are to be had for the asking, one after the other: where a limit is reached, that is told at once.
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

  /** A client's session after its login, before its database. */
  newSession(readings: Readings, client: Handshake): ClientSession {
    const { states } = this;
    const { trustRoutines } = this.#options;
    return new ClientSession({ states, readings, trustRoutines, carried: this.#arriving(client) });
  }

  #arriving({ charset, capabilities }: Handshake): Carried {
    const { states, collations } = this.connector.learned!;
    return arriving(states, this.connector.first!, { charset, capabilities, collations });
  }

  /** What the server still knows of a client's capabilities when its session begins anew. */
  remembered(capabilities: number): number {
    const isMysql = this.states.tracked.server === 'mysql';
    return isMysql ? capabilities : capabilities & ~(Capability.IGNORE_SPACE | Capability.INTERACTIVE);
  }

  /** What the session of a client is after COM_RESET_CONNECTION, in which the two servers differ. */
  afterReset({ schema, several }: Carried, client: Handshake): Carried {
    const { states } = this.connector.learned!;
    const isMysql = states.tracked.server === 'mysql';
    const charset = isMysql ? ANY_CHARSET : client.charset;
    const capabilities = this.remembered(client.capabilities);
    // No reset can make a backend so where none is reset: see `BackendConnector.reset`.
    const isEntered = schema === '' || (!isMysql && this.#options.fleet !== undefined);
    return states.with(this.#arriving({ charset, capabilities }), { schema, isEntered, several });
  }

  /** The client's default database. Rejects with the server's refusal. */
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

  /** What the server lets the account do, a statement each. @param within ms for a session to ask in */
  async grants(within: number): Promise<string[]> {
    const lease = await this.pool.acquire({ label: `${this.user}: grants`, timeout: within });
    try {
      return (await lease.connection.ask('SHOW GRANTS')).rows.map(([grant]) => grant ?? '');
    } finally {
      lease.release();
    }
  }

  /** A client keeps its backend for the moment, as its next statement may ask about the last. */
  linger(client: Lingering): void {
    this.#lingering.add(client);
    if (this.#isWanted) this.hurry();
  }

  /** Whether somebody waits for a session of it, or for room that one takes. */
  get #isWanted(): boolean {
    for (const { isWanting } of this.#options.neighbours()) if (isWanting) return true;
    return false;
  }

  noLonger(client: Lingering): void {
    if (this.#lingering.size > 0) this.#lingering.delete(client);
  }

  /** Whether somebody waits for a session of it, or for a login. */
  get isWanting(): boolean {
    return this.asked > 0 || (this.#pool?.stats().waiters ?? 0) > 0;
  }

  #hurryAll(isSure = false): void {
    for (const account of this.#options.neighbours()) account.hurry(isSure);
  }

  /**
   * Somebody waits: backends that are kept for nothing but questions go back, at once or before long.
   * @param isSure whoever waits goes on to do so, and in no line
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
    // Whoever waits for one that is being reset has no need of another, as long as that goes well.
    else if (all.some(({ isWanting }) => isWanting)) this.#timer = setTimeout(() => this.#look(), PATIENCE);
  }

  /** Whether somebody waits for whom no session that lies idle is being made ready. */
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
