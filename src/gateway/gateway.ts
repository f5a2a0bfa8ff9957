import { randomInt } from 'node:crypto';
import type { Server, Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import { LONGEST_TIMER } from '../pool/clock.js';
import type { Pool } from '../pool/index.js';
import { Readings, type ClientSession } from '../session/index.js';
import {
  Capability,
  encodeOk,
  OFFERED,
  RsaKey,
  Status,
  together,
  type ErrorPacket,
  type Greeting,
  type Password,
} from '../wire/index.js';
import type { Account } from './account.js';
import { Accounts } from './accounts.js';
import { fromOf, type Admitted, type Applicant } from './admission.js';
import { receive, Refused, refuse, type Reception } from './arrival.js';
import { changeUser } from './change-user.js';
import type { Backend } from './backend.js';
import { Client } from './client.js';
import type { ChangedUser, ClientHost } from './client-host.js';
import { Credentials } from './credentials.js';
import { errorFor, IDLE, KILLED, SHUTDOWN, TOO_MANY } from './errors.js';
import { serverFailure } from './failures.js';
import { mayKill } from './kill-rights.js';
import { listenAt } from './listener.js';
import { newCounts, readingOf, statsOf, type AccountCounts, type GatewayStats } from './gateway-stats.js';
import type { ResolvedGatewayOptions } from './options.js';
import { ownCertificate } from './own-certificate.js';
import { PacketSocket } from './packet-socket.js';
import { addressOf, greetedBy, type ServerAddress } from './server.js';
import { ClientTlsContext, secureClient } from './tls.js';

/** How long (ms) to wait for the server's greeting at the start, without `connectTimeout`. */
const GREETED_WITHIN = 10_000;
/** How often (ms) to look for clients that have been idle for too long. */
const LOOK_EVERY = 1_000;
/** How long (ms) a KILL QUERY waits for the statement to stop. */
const STOPPED_WITHIN = 3_000;

/**
 * Clients' connection ids are from FIRST_ID up, beyond those that servers give, so that a KILL of a client cannot be
 * mistaken for one of a server's session. Each gateway starts at a random one, as a KILL for a client of another must
 * not hit one here.
 */
const FIRST_ID = 0x4000_0000;
const IDS = 0x4000_0000;

/** Decrypts passwords that come over insecure connections. One key for all gateways of the process. */
let ownKey: Promise<RsaKey> | undefined;

/** A gateway: its listeners, its clients, and the accounts with their sessions. */
export class Gateway implements ClientHost {
  readonly options: ResolvedGatewayOptions;
  readonly readings: Readings;
  readonly clients: Map<number, Client> = new Map<number, Client>();
  readonly accounts: Accounts;
  readonly credentials: Credentials;
  /** Counts that belong to no account, of logins that failed before. */
  readonly #counts: AccountCounts = newCounts();
  readonly #servers: Server[] = [];
  /** Sockets of clients that are logging in. */
  readonly #arriving = new Set<Socket>();
  /** All open sockets, also of clients that are being disconnected. */
  readonly #sockets = new Set<Socket>();
  readonly #tls: { current(): SecureContext } | undefined;
  #greeting!: Greeting;
  #sweeper: NodeJS.Timeout | undefined;
  #ids: number = randomInt(IDS);
  #isClosing = false;
  /** Called when the last client has disconnected. */
  #emptied: (() => void) | undefined;

  constructor(options: ResolvedGatewayOptions) {
    this.options = options;
    this.readings = new Readings();
    this.credentials = new Credentials(options.users === undefined ? {} : { users: options.users });
    this.accounts = new Accounts(options, {
      password: (user) => this.credentials.password(user),
      refused: (user, password) => this.credentials.refused(user, password),
      confirmed: (user, password) => this.credentials.confirmed(user, password),
      read: (account) => readingOf(this.#clientsOf(account), account.counted),
    });
    this.#tls = tlsOf(options);
  }

  /** Reads the server's greeting, and begins to listen. */
  async open(): Promise<void> {
    const { server, listen } = this.options;
    this.#greeting = await this.#greetingOf(server);
    try {
      for (const place of listen) this.#servers.push(await listenAt(place, this.#arrived));
    } catch (error) {
      for (const each of this.#servers) each.close();
      throw error;
    }
    const { clientIdleTimeout, transactionIdleTimeout } = this.options;
    if (clientIdleTimeout > 0 || transactionIdleTimeout > 0)
      this.#sweeper = setInterval(() => this.#sweep(), LOOK_EVERY);
  }

  async #greetingOf(server: ServerAddress): Promise<Greeting> {
    const within = this.options.pool.connectTimeout ?? GREETED_WITHIN;
    try {
      const { packets, greeting } = await greetedBy(server, AbortSignal.timeout(within));
      packets.socket.destroy();
      return greeting;
    } catch (error) {
      throw serverFailure(addressOf(server), within, error);
    }
  }

  get version(): string {
    return this.#greeting.version;
  }

  /** The addresses it listens on, with the actual ports. */
  get addresses(): string[] {
    return this.#servers.map((server) => {
      const address = server.address();
      if (address === null || typeof address === 'string') return address ?? '';
      return address.family === 'IPv6' ? `[${address.address}]:${address.port}` : `${address.address}:${address.port}`;
    });
  }

  get rotates(): boolean {
    return this.options.mode === 'rotate';
  }

  get keepsBackends(): boolean {
    return this.options.mode === 'session';
  }

  get isClosing(): boolean {
    return this.#isClosing;
  }

  // ---- A client connects ----

  readonly #arrived = (socket: Socket, isLocal: boolean): void => void this.#welcome(socket, isLocal);

  async #welcome(socket: Socket, isLocal: boolean): Promise<void> {
    this.#keepTrackOf(socket);
    const packets = new PacketSocket(socket);
    if (this.#isClosing) return refuse(packets, SHUTDOWN);
    if (this.clients.size + this.#arriving.size >= this.options.maxClients) {
      this.#counts.refusedLogins++;
      return refuse(packets, TOO_MANY);
    }
    this.#arriving.add(socket);
    const id = this.#nextId();
    const timer = setTimeout(() => packets.socket.destroy(), this.options.loginTimeout);
    try {
      const { response, capabilities, isSecure, password, scramble } = await receive(
        packets,
        id,
        this.reception(isLocal),
      );
      // The client has done its part. What it waits for now has its own limits, which end in an error message.
      clearTimeout(timer);
      const { user, database, charset, attributes } = response;
      const { account, session } = await this.admit({
        user,
        from: fromOf(packets.socket),
        database,
        charset,
        capabilities,
        password,
        connection: packets,
      });
      if (this.#isClosing) return refuse(packets, SHUTDOWN);
      // The client has disconnected without waiting for the answer.
      if (packets.socket.destroyed) return;
      const program = attributes['program_name'];
      const identity = {
        user,
        account,
        capabilities,
        program,
        charset,
        scramble: scramble.toString('latin1'),
        isSecure,
      };
      const client = new Client(this, id, packets.socket, identity, session);
      this.clients.set(id, client);
      packets.write(okFor(capabilities, session));
      client.start(packets.handOver());
    } catch (error) {
      refuse(packets, error instanceof Refused ? error.packet : errorFor(error));
    } finally {
      clearTimeout(timer);
      this.#arriving.delete(socket);
    }
  }

  /**
   * A method of its own: as closures inside `#welcome`, the listeners would keep all data of the login alive with the
   * socket.
   */
  #keepTrackOf(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', ignore);
    socket.on('close', () => this.#sockets.delete(socket));
  }

  #nextId(): number {
    do this.#ids = (this.#ids + 1) % IDS;
    while (this.clients.has(FIRST_ID + this.#ids));
    return FIRST_ID + this.#ids;
  }

  reception(isLocal: boolean): Reception {
    const tls = this.#tls;
    const local = this.#greeting.capabilities & Capability.LOCAL_FILES;
    return {
      server: this.#greeting,
      offered: together(OFFERED, local),
      secure: tls && ((socket) => secureClient(socket, tls.current())),
      isLocal,
      key: () => (ownKey ??= RsaKey.generate()),
      known: (user, from) => this.credentials.known(user, from),
    };
  }

  /** Checks a client's login and makes its session. Rejects if it is refused, or the client disconnects. */
  async admit(applicant: Applicant): Promise<Admitted> {
    const account = this.accounts.of(applicant.user, applicant.capabilities);
    account.asked++;
    try {
      const session = await this.#sessionFor(applicant, account);
      if (applicant.connection.failure !== undefined) throw applicant.connection.failure;
      account.counts.logins++;
      return { account, session };
    } catch (error) {
      account.counts.refusedLogins++;
      throw error;
    } finally {
      account.asked--;
      if (this.accounts.forgetUnproven(account)) this.#counts.refusedLogins += account.counts.refusedLogins;
    }
  }

  async #sessionFor(
    { user, from, connection, database, ...client }: Applicant,
    account: Account,
  ): Promise<ClientSession> {
    const prove = (candidate: Password): Promise<ErrorPacket | undefined> => account.prove(candidate);
    const signal = (): AbortSignal => connection.gone;
    const refusal = await this.credentials.check(user, client.password, prove, { from, signal });
    if (refusal !== undefined) throw new Refused(refusal);
    await account.isReady();
    const session = account.newSession(this.readings, client);
    if (database !== undefined) await account.enter(session, database);
    return session;
  }

  // ---- Statistics ----

  *#clientsOf(account: Account | undefined): Generator<Client> {
    for (const client of this.clients.values()) if (account === undefined || client.account === account) yield client;
  }

  /** The pools of the accounts that have been logged in to. */
  get pools(): Pool<Backend>[] {
    return [...this.accounts].map(({ openPool }) => openPool).filter((pool) => pool !== undefined);
  }

  stats(): GatewayStats {
    const others = [...this.accounts].map(({ counted }) => counted);
    const reading = readingOf(this.#clientsOf(undefined), this.#counts);
    return statsOf(
      reading,
      others,
      this.pools.map((pool) => pool.stats()),
    );
  }

  // ---- A client disconnects, or is to be disconnected ----

  left(id: number): void {
    this.clients.delete(id);
    if (this.clients.size === 0) this.#emptied?.();
  }

  changeUser(
    ...[socket, identity, frame, several, ahead]: Parameters<ClientHost['changeUser']>
  ): Promise<ChangedUser | undefined> {
    return changeUser(new PacketSocket(socket, 1, ahead), identity, frame, this, several);
  }

  knows(id: number): boolean {
    return this.clients.has(id);
  }

  async kill(by: Account, id: number, what: 'query' | 'connection'): Promise<ErrorPacket | undefined> {
    const target = this.clients.get(id);
    if (target === undefined) return { errno: 1094, sqlState: 'HY000', message: `Unknown thread id: ${id}` };
    try {
      if (!(await mayKill(by, target.account, STOPPED_WITHIN)))
        return { errno: 1095, sqlState: 'HY000', message: `You are not owner of thread ${id}` };
    } catch (error) {
      return errorFor(error);
    }
    if (what === 'query') await target.binding.stop(STOPPED_WITHIN);
    else target.turnOut(KILLED);
    return undefined;
  }

  #sweep(): void {
    const { clientIdleTimeout, transactionIdleTimeout } = this.options;
    const now = performance.now();
    for (const client of this.clients.values()) {
      if (client.isRunning) {
        client.heardAt = now;
        continue;
      }
      const limit = client.isIdle ? clientIdleTimeout : transactionIdleTimeout;
      if (limit > 0 && now - client.heardAt > limit) client.turnOut(IDLE);
    }
  }

  /**
   * Accepts no more clients, disconnects the others when their transactions are over, and closes after `timeout` ms at
   * the latest.
   */
  async close(timeout: number): Promise<void> {
    if (this.#isClosing) return;
    this.#isClosing = true;
    clearInterval(this.#sweeper);
    for (const server of this.#servers) server.close();
    const gone = new Promise<void>((resolve) => (this.#emptied = resolve));
    for (const client of this.clients.values()) client.leaveWhenIdle();
    if (this.clients.size > 0) {
      const late = new Promise<void>((resolve) => {
        // Infinity: waits for the last client, without a timer.
        const timer = timeout === Infinity ? undefined : setTimeout(resolve, Math.min(timeout, LONGEST_TIMER));
        void gone.then(() => clearTimeout(timer));
      });
      await Promise.race([gone, late]);
    }
    for (const client of this.clients.values()) client.turnOut(SHUTDOWN);
    for (const socket of this.#arriving) socket.destroy();
    await Promise.all([...this.accounts].map((account) => account.close(Math.min(timeout, 1_000))));
    for (const socket of this.#sockets) socket.destroy();
  }
}

function okFor(capabilities: number, session: ClientSession): Buffer {
  const status = session.serverStatus & ~Status.IN_TRANS;
  const ok = { affectedRows: 0, insertId: 0, status, warnings: 0, info: NOTHING, change: session.arrival };
  return encodeOk(ok, capabilities, 0);
}

const NOTHING = Buffer.alloc(0);

/** Errors of a socket need no handling of their own, as `close` follows. */
const ignore = (): void => undefined;

/** The certificate for clients; undefined if TLS is switched off. @throws TlsFileError */
function tlsOf({ tls }: ResolvedGatewayOptions): { current(): SecureContext } | undefined {
  if (tls !== 'own') return tls && new ClientTlsContext(tls);
  const context = ownCertificate();
  return { current: () => context };
}
