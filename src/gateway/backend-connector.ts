import { once as onceEvent } from 'node:events';
import type { Connector, Errands, OpenContext, OpenFailure } from '../pool/index.js';
import {
  askCollations,
  askVariables,
  CarriedStates,
  classifyOpenFailure,
  Collations,
  maskStatement,
  placeExpression,
  serverWord,
  startExpression,
  Tracked,
  valuesOf,
  versionIn,
  type Carried,
  type Killer,
} from '../session/index.js';
import {
  ASKED,
  Capability,
  Command,
  encodeSslRequest,
  has,
  ServerLogin,
  together,
  Password,
  type Greeting,
} from '../wire/index.js';
import { Backend, frameOf } from './backend.js';
import { killerOf } from './backend-killer.js';
import { enter, NeedsNew } from './carrying.js';
import type { FleetSessions } from './fleet-sessions.js';
import { ServerError } from './own-answer.js';
import type { PacketSocket } from './packet-socket.js';
import { addressOf, greetedBy, type ServerAddress } from './server.js';
import { secureServer } from './tls.js';

/** The collation of new sessions: utf8mb4_general_ci, which both servers have. */
const CHARSET = 45;
/** ER_UNKNOWN_SYSTEM_VARIABLE. */
const UNKNOWN_VARIABLE = 1193;
/** Bytes of the largest packet that a server may send. */
const LARGEST = 0x4000_0000;

/** The account that the sessions of a pool are opened for. */
export interface BackendAccount {
  readonly server: ServerAddress;
  readonly user: string;
  /** FOUND_ROWS: affected rows are those that were matched, not those that were changed. */
  readonly findsRows: boolean;
  /** LOCAL_FILES: LOAD DATA LOCAL may ask the client for a file. */
  readonly readsFiles: boolean;
  /** Asks clients that linger on a backend to give it back, as it is needed. */
  giveWay?(): void;
  /** The latest password that the server has accepted. */
  password(): Password | undefined;
  /** What the account's fleet requires of the sessions; undefined outside a fleet. */
  readonly fleet?: FleetSessions | undefined;
  /** The server has refused a login with this password. */
  refused(password: Password): void;
  /** The server has accepted a login with this password. */
  confirmed(password: Password): void;
}

/** What the first session of an account has told of the server. */
export interface Learned {
  readonly states: CarriedStates;
  readonly collations: Collations;
  /** The server's `max_allowed_packet`, in bytes. */
  readonly largestCommand: number;
}

/** Opens and resets the sessions of one account: the gateway's `Connector`. */
export class BackendConnector implements Connector<Backend> {
  readonly #account: BackendAccount;
  #killer: Killer | undefined;
  #learned: Learned | undefined;
  #first: Carried | undefined;

  /** How many resets there were. */
  resets = 0;

  constructor(account: BackendAccount) {
    this.#account = account;
  }

  /** Stops statements of this pool's sessions that nobody waits for any more. */
  get killer(): Killer {
    return this.#killer!;
  }

  /** Undefined until the first session is open. */
  get learned(): Learned | undefined {
    return this.#learned;
  }

  /** The state of the latest new session, before anybody changed it. */
  get first(): Carried | undefined {
    return this.#first;
  }

  attach(pool: Errands<Backend>): void {
    const outsidePool = { id: 0, lost: () => undefined, unfit: () => undefined };
    const giveWay = (): void => this.#account.giveWay?.();
    this.#killer = killerOf(pool, (signal) => this.open({ ...outsidePool, signal }), giveWay);
    this.#account.fleet?.attach(pool);
  }

  async open({ signal, lost, unfit }: OpenContext): Promise<Backend> {
    // A password that has been forgotten meanwhile counts as wrong: the server's refusal says so.
    const password = this.#account.password() ?? Password.of('');
    return this.#connected(signal, password, async (packets, greeting, capabilities) => {
      this.#account.confirmed(password);
      const backend = new Backend(packets.socket, greeting, capabilities, packets.handOver(), { lost, unfit });
      await this.#setUp(backend);
      return backend;
    });
  }

  /** Logs in with a password and disconnects. Rejects if the server refuses the login. */
  async logInOnce(password: Password, signal: AbortSignal): Promise<void> {
    await this.#connected(signal, password, async ({ socket }) => {
      const closed = onceEvent(socket, 'close');
      socket.end(frameOf(Command.QUIT));
      socket.resume();
      await closed;
    });
  }

  async #connected<T>(
    signal: AbortSignal,
    password: Password,
    use: (packets: PacketSocket, greeting: Greeting, capabilities: number) => Promise<T>,
  ): Promise<T> {
    signal.throwIfAborted();
    let packets: PacketSocket | undefined;
    const abort = (): void => void packets?.socket.destroy();
    signal.addEventListener('abort', abort);
    try {
      const greeted = await greetedBy(this.#account.server, signal);
      packets = greeted.packets;
      const capabilities = await this.#logIn(packets, greeted.greeting, password);
      return await use(packets, greeted.greeting, capabilities);
    } catch (error) {
      abort();
      const kind = this.classify(error);
      if (kind !== 'full') this.#killer?.giveUp();
      else this.#account.fleet?.refused(error);
      if (kind === 'fatal' && error instanceof ServerError) this.#account.refused(password);
      throw signal.aborted ? signal.reason : error;
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  /** @returns the capabilities that both sides have */
  async #logIn(packets: PacketSocket, greeting: Greeting, password: Password): Promise<number> {
    const { server, user, findsRows, readsFiles } = this.#account;
    const { tls } = server;
    const flags = [findsRows ? Capability.FOUND_ROWS : 0, readsFiles ? Capability.LOCAL_FILES : 0];
    const wanted = together(ASKED, ...flags, tls === undefined ? 0 : Capability.SSL);
    if (tls !== undefined) {
      if (!has(greeting.capabilities, Capability.SSL))
        throw Object.assign(new Error(`${addressOf(server)} has no TLS`), { code: 'HANDSHAKE_NO_SSL_SUPPORT' });
      const capabilities = together(wanted & greeting.capabilities);
      packets.write(encodeSslRequest({ capabilities, maxPacket: LARGEST, charset: CHARSET }));
      await packets.upgrade((socket) => secureServer(socket, server));
    }
    const isSecure = tls !== undefined || server.socketPath !== undefined;
    const attributes = { _client_name: 'node-mysqlpool', _pid: String(process.pid), program_name: 'mysqlpool gateway' };
    const account = {
      user,
      password,
      charset: CHARSET,
      capabilities: wanted,
      maxPacket: LARGEST,
      attributes,
      isSecure,
    };
    const login = new ServerLogin(greeting, account);
    packets.write(login.first());
    for (;;) {
      const { send, done, error } = login.feed(await packets.read());
      if (error !== undefined) throw new ServerError(error);
      if (send !== undefined) packets.write(send);
      if (done === true) return login.capabilities;
    }
  }

  /** Turns the session trackers on, and learns the session's state and which server it is on. */
  async #setUp(backend: Backend): Promise<void> {
    const { kind } = backend;
    const where = backend.ask(`SELECT ${placeExpression(kind)}, ${startExpression(kind)}, CURRENT_ROLE()`);
    // Awaited together, so that a lost connection, which rejects both, leaves no rejection unhandled.
    const [{ rows }] = await Promise.all([where, this.#begin(backend)]);
    const [server, start, role = null] = rows[0] ?? [];
    backend.role = role;
    if (typeof server === 'string' && typeof start === 'string') backend.server = serverWord(server, start);
    await this.#account.fleet?.admit(backend);
  }

  async #begin(backend: Backend): Promise<void> {
    if (this.#learned === undefined) {
      const learned = await this.#learn(backend);
      // Another session may have been faster. All must share one `CarriedStates`: equal states are the same object.
      this.#learned ??= learned;
    }
    await this.#renew(backend, '');
    this.#first = backend.carried;
  }

  /** Asks the account's first session for the server's variables, collations and limits. */
  async #learn(backend: Backend): Promise<Learned> {
    const questions = [askVariables(backend.kind), askCollations, 'SELECT @@max_allowed_packet'];
    const [variables, known, largest] = await Promise.all(questions.map((sql) => backend.ask(sql)));
    const tracked = new Tracked(backend.kind, variables!.rows, versionIn(backend.version));
    const collations = new Collations(known!.rows);
    const states = new CarriedStates(tracked, valuesOf(variables!.rows), collations.defaults);
    return { states, collations, largestCommand: Number(largest!.rows[0]![0]) };
  }

  /** Reads the state of a session that is new or was reset, and turns its trackers on. */
  async #renew(backend: Backend, schema: string): Promise<void> {
    const { tracked } = this.#learned!.states;
    if (backend.kind !== tracked.server)
      throw new Error(`the server was ${tracked.server} before, and is ${backend.kind} now (${backend.version})`);
    try {
      await this.#takeAsIs(backend, schema);
    } catch (error) {
      if (!(error instanceof ServerError) || error.errno !== UNKNOWN_VARIABLE) throw error;
      // The server was upgraded meanwhile, and no longer has one of the tracked variables.
      tracked.compare((await backend.ask(askVariables(backend.kind))).rows);
      await this.#takeAsIs(backend, schema);
    }
  }

  async #takeAsIs(backend: Backend, schema: string): Promise<void> {
    const { states } = this.#learned!;
    const { tracked } = states;
    // Multi-statements are on in a new session, and keep their setting over a reset: switch them off in either.
    const one = backend.command(Buffer.of(1, 0), Command.SET_OPTION, 'simple');
    const [{ rows }] = await Promise.all([backend.ask(tracked.ask), backend.ask(tracked.setUp), one]);
    backend.carried = states.stateOf(tracked.values(rows), schema);
  }

  /**
   * Resets a session and reads its new state. Rejects with NeedsNew if a reset cannot make it as good as new.
   * @param enters whether to enter the default database again, as a reset takes its character set from the session
   */
  async reset(backend: Backend, enters = true): Promise<void> {
    const { fleet } = this.#account;
    // After a reset, MariaDB no longer counts the session for its account, whose limit is that of the fleet.
    if (fleet !== undefined && backend.kind === 'mariadb')
      throw new NeedsNew('after a reset, the server no longer counts the session for its account');
    this.resets++;
    backend.statements.clear();
    const reset = backend.command(undefined, Command.RESET_CONNECTION, 'simple');
    const [, { rows }] = await Promise.all([reset, backend.ask('SELECT DATABASE(), CURRENT_ROLE()')]);
    const schema = rows[0]?.[0] ?? '';
    // On MySQL a role that was set by SET ROLE outlasts the reset; the next client must not get it.
    const role = rows[0]?.[1] ?? null;
    if (role !== backend.role)
      throw new NeedsNew(
        `after a reset, the role of the session is ${role ?? 'none'} instead of ${backend.role ?? 'none'}`,
      );
    // After the reset, character_set_database is the server's. Entering the database again makes it right.
    const entered = schema === '' || !enters ? undefined : enter(backend, schema);
    const [entry, renewal] = await Promise.allSettled([entered, this.#renew(backend, schema)]);
    if (renewal.status === 'rejected') throw renewal.reason;
    if (entry.status === 'fulfilled') {
      if (!enters) backend.carried = this.#learned!.states.with(backend.carried!, { isEntered: false });
      await fleet?.wasReset(backend);
      return;
    }
    // The default database was dropped by somebody, but the session keeps its name.
    backend.carried = undefined;
    throw entry.reason instanceof ServerError ? new NeedsNew(entry.reason.message) : entry.reason;
  }

  async ping(backend: Backend): Promise<void> {
    await backend.command(undefined, Command.PING, 'simple');
  }

  clean(backend: Backend): Promise<string> | undefined {
    const { carried } = backend;
    backend.cleaning = undefined;
    if (backend.isBusy) return Promise.reject(new Error('a statement was still running'));
    if (carried !== undefined) return this.bound(backend, carried)?.then(() => 'bound');
    const cleaned = this.#cleaned(backend);
    backend.cleaning = cleaned.then(
      () => undefined,
      () => undefined,
    );
    return cleaned;
  }

  async #cleaned(backend: Backend): Promise<string> {
    // The client has gone while a KILL of its statement was still under way.
    await backend.stopping;
    await this.reset(backend);
    return 'reset';
  }

  /** Applies the fleet's bounds to a session whose state is `carried`. Returns undefined if nothing has to be done. */
  bound(backend: Backend, carried: Carried): Promise<void> | undefined {
    return this.#account.fleet?.bound(backend, carried);
  }

  async close(backend: Backend): Promise<void> {
    if (backend.isLost) return;
    const closed = onceEvent(backend.socket, 'close');
    backend.quit();
    await closed;
  }

  destroy(backend: Backend, cause?: Error): void {
    backend.lose(cause ?? new Error('the connection was given up'));
  }

  /** A session that was running a statement keeps its place in the pool until the server has ended it. */
  lingers(backend: Backend): Promise<void> | undefined {
    const { id, server, wasBusy } = backend;
    return this.#killer!.end({ id, server, isRunning: wasBusy });
  }

  busy(backend: Backend): boolean {
    return backend.isBusy;
  }

  loanEnded(backend: Backend): number {
    return backend.sentAt;
  }

  recent(backend: Backend): readonly string[] {
    const { lastFrame } = backend;
    return lastFrame === undefined ? [] : [maskStatement(lastFrame.toString('utf8', 5))];
  }

  classify(error: unknown): OpenFailure {
    return classifyOpenFailure(error);
  }
}
