import {
  askCollations,
  askVariables,
  CarriedStates,
  ClientSession,
  Collations,
  Readings,
  Tracked,
  arriving,
  valuesOf,
  type Carried,
  type Doubt,
  type Rows,
} from '#internal/session/index.js';
import {
  ASKED,
  Capability,
  Command,
  decodeError,
  decodeTextRow,
  isError,
  type ErrorPacket,
  type Ok,
  type Packet,
} from '#internal/wire/index.js';
import type { TestServer } from '../../support/servers/index.js';
import { endOf } from '#support/wire-answer.js';
import { WireClient } from '#support/wire-client.js';

/** One of the results of an answer (a multi-statement has several). */
export interface Result {
  readonly ok?: Ok;
  readonly error?: ErrorPacket;
  readonly rows: Rows;
  /** The column definitions, as raw bytes. */
  readonly columns: readonly string[];
}

/** A server session on a direct connection. */
export class Direct implements AsyncDisposable {
  readonly wire: WireClient;

  constructor(wire: WireClient) {
    this.wire = wire;
  }

  static async open(server: TestServer, database: string, capabilities: number = 0): Promise<Direct> {
    const { host, port, user, password } = server;
    return new Direct(
      await WireClient.connect({ host, port, user, password, database, capabilities: (ASKED | capabilities) >>> 0 }),
    );
  }

  /** @param sql one character per byte (latin1) */
  async query(sql: string): Promise<Result[]> {
    const text = Buffer.concat([Buffer.of(Command.QUERY), Buffer.from(sql, 'latin1')]);
    return resultsIn(await this.wire.command(text), this.wire.capabilities);
  }

  async command(...bytes: readonly number[]): Promise<Result[]> {
    return resultsIn(await this.wire.command(Buffer.from(bytes)), this.wire.capabilities);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.wire[Symbol.asyncDispose]();
  }
}

function resultsIn(packets: readonly Packet[], capabilities: number): Result[] {
  const results: Result[] = [];
  for (let at = 0; at < packets.length; at++) {
    const { payload } = packets[at]!;
    if (isError(payload)) results.push({ error: decodeError(payload), rows: [], columns: [] });
    else if (payload[0] === 0) results.push({ ok: endOf(payload, capabilities), rows: [], columns: [] });
    else if (payload[0] === 0xfe) results.push({ ok: endOf(payload, capabilities), rows: [], columns: [] });
    else {
      const count = payload[0]!;
      const columns = packets.slice(at + 1, at + 1 + count).map(({ payload: column }) => column.toString('latin1'));
      const rows: (string | null)[][] = [];
      for (at += count + 1; packets[at]!.payload[0] !== 0xfe && !isError(packets[at]!.payload); at++)
        rows.push(decodeTextRow(packets[at]!.payload).map((value) => value?.toString('latin1') ?? null));
      const last = packets[at]!.payload;
      results.push(
        isError(last) ? { error: decodeError(last), rows, columns } : { ok: endOf(last, capabilities), rows, columns },
      );
    }
  }
  return results;
}

interface Backend {
  readonly direct: Direct;
  carried: Carried;
}

/**
 * The part of a gateway that moves a client's session: whenever the session is free, it continues on another backend,
 * whose state is changed by the difference. The backends are in the states that other clients have left.
 */
export class Rotation implements AsyncDisposable {
  /** The present client. */
  client: ClientSession;
  readonly states: CarriedStates;
  readonly #backends: readonly Backend[];
  #at = 0;
  /** The client must stay on its present backend. */
  #isBound = false;
  /** How often the session was moved to another backend. */
  moves = 0;
  resets = 0;
  readonly asked: string[] = [];

  readonly #newClient: () => ClientSession;

  private constructor(backends: readonly Backend[], states: CarriedStates, newClient: () => ClientSession) {
    this.#backends = backends;
    this.states = states;
    this.#newClient = newClient;
    this.client = newClient();
  }

  static async open(server: TestServer, database: string, size = 3, trustRoutines = false): Promise<Rotation> {
    const opened = await Promise.all(Array.from({ length: size }, () => Direct.open(server, database, MULTI)));
    const first = await opened[0]!.query(askVariables(server.kind));
    const collations = new Collations((await opened[0]!.query(askCollations))[0]!.rows);
    const tracked = new Tracked(server.kind, first[0]!.rows);
    const states = new CarriedStates(tracked, valuesOf(first[0]!.rows));
    const backends: Backend[] = [];
    for (const direct of opened) {
      const values = valuesOf((await direct.query(askVariables(server.kind)))[0]!.rows);
      const [answer] = await direct.query(tracked.setUp);
      if (answer!.error !== undefined) throw new Error(answer!.error.message);
      backends.push({ direct, carried: states.stateOf(values, database, true) });
    }
    const carried = arriving(states, backends[0]!.carried, { charset: 45, capabilities: MULTI, collations });
    const readings = new Readings();
    return new Rotation(backends, states, () => new ClientSession({ states, readings, carried, trustRoutines }));
  }

  /** The client disconnects and another one connects, which finds the backends in the states that were left. */
  async nextClient(): Promise<void> {
    if (this.#isBound && !(await this.release())) {
      const backend = this.#backends[this.#at]!;
      backend.carried = await this.#reset(backend);
      this.#isBound = false;
    }
    this.client = this.#newClient();
  }

  async query(sql: string): Promise<Result[]> {
    const { client } = this;
    const backend = this.#backends[this.#at]!;
    const reading = client.read(sql);
    // How long a backend is kept for statements that ask about the previous one (diagnostics) is not this class's
    // concern.
    if (!this.#isBound) await this.#carryTo(backend);
    this.#isBound = true;
    for (let doubt = client.before(reading); doubt !== undefined; doubt = client.before(reading))
      await this.#ask(backend, doubt);
    client.sent(reading);
    const results = await backend.direct.query(sql);
    for (const { ok, error } of results) {
      if (ok !== undefined) client.answered(reading, ok);
      else client.failed(reading, error!);
    }
    await this.#askDoubts(backend, true);
    return results;
  }

  /** Leaves the backend if the session is free, so that another one continues the session. */
  async release(): Promise<boolean> {
    const { client } = this;
    const backend = this.#backends[this.#at]!;
    if (!client.mayBeFree) return false;
    await this.#askDoubts(backend, false);
    if (!client.isFree) return false;
    backend.carried = client.carried;
    this.#at = (this.#at + 1) % this.#backends.length;
    this.#isBound = false;
    this.moves++;
    return true;
  }

  async #carryTo(backend: Backend): Promise<void> {
    const difference =
      this.states.difference(backend.carried, this.client.carried) ??
      this.states.difference(await this.#reset(backend), this.client.carried)!;
    for (const statement of difference.statements) await this.#own(backend, statement);
    const { direct } = backend;
    if (difference.schema !== undefined)
      fail(await direct.command(Command.INIT_DB, ...Buffer.from(difference.schema, 'latin1')));
    if (difference.several !== undefined) fail(await direct.command(Command.SET_OPTION, difference.several ? 0 : 1, 0));
  }

  async #reset({ direct, carried }: Backend): Promise<Carried> {
    const { tracked } = this.states;
    fail(await direct.command(Command.RESET_CONNECTION));
    fail(await direct.query(tracked.setUp));
    // A reset keeps the database, but not the database's default character set, which USE sets again.
    fail(await direct.command(Command.INIT_DB, ...Buffer.from(carried.schema, 'latin1')));
    const values = tracked.values((await direct.query(tracked.ask))[0]!.rows);
    this.resets++;
    return this.states.stateOf(values, carried.schema, carried.several);
  }

  async #own(backend: Backend, sql: string): Promise<void> {
    fail(await backend.direct.query(sql), sql);
  }

  async #askDoubts(backend: Backend, isOnlyUrgent: boolean): Promise<void> {
    const next = (): Doubt | undefined => (isOnlyUrgent ? this.client.urgentDoubt : this.client.doubt);
    for (let doubt = next(); doubt !== undefined; doubt = next()) await this.#ask(backend, doubt);
  }

  async #ask({ direct }: Backend, doubt: Doubt): Promise<void> {
    const { sql, after } = doubt;
    this.asked.push(sql ?? 'ping');
    const results = sql === undefined ? await direct.command(Command.PING) : await direct.query(sql);
    fail(results, sql);
    if (after !== undefined) fail(await direct.query(after), after);
    doubt.told(results[0]!.rows, results[0]!.ok!);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { direct } of this.#backends) await direct[Symbol.asyncDispose]();
  }
}

const MULTI = Capability.MULTI_STATEMENTS;

function fail(results: readonly Result[], sql = ''): void {
  const failure = results.find(({ error }) => error !== undefined);
  if (failure !== undefined) throw new Error(`${failure.error!.errno} ${failure.error!.message}: ${sql}`);
}
