import assert from 'node:assert/strict';
import type { Connector, Errands, OpenContext, OpenFailure, ResetMode } from 'node-mysqlpool/pool';
import type { FakeClock } from './fake-clock.js';
import { Script, type Behaviour } from './script.js';

/** A physical connection of the fake server. */
export interface FakeConnection {
  /** The entry's number in the pool. */
  readonly id: number;
  readonly context: OpenContext;
  /** What it has told the engine, which every connector does once only. */
  readonly told: { lost: boolean; unfit: boolean };
  /** Whether the server still has it. */
  alive: boolean;
  destroyed: boolean;
  /** What runs on it: a borrower's statement, a ping, a cleaning. */
  running: string | undefined;
  /** Whether a borrower has used it since it was last cleaned. */
  used: boolean;
  /** When the server last gave a sign of life. */
  seenAt: number;
}

/** A failure whose class `classify` reports. */
export class FakeFailure extends Error {
  readonly kind: OpenFailure;

  constructor(message: string, kind: OpenFailure = 'transient') {
    super(message);
    this.kind = kind;
  }
}

const STATEMENT = 'a statement';

/**
 * A server that is not there. It does what its scripts say, writes down every call, and notes each breach of the rules
 * between engine and connector; `FakePool.finish` fails on those.
 */
export class FakeConnector implements Connector<FakeConnection> {
  readonly opening: Script;
  readonly pinging: Script;
  /** Used only for connections that need cleaning: see `dirty`. */
  readonly cleaning: Script;
  readonly closing: Script;
  /** Whether returned connections need a round trip to be clean: all, none, or those that were used. */
  dirty: boolean | 'when used' = false;
  /** Whether a dial goes on after its signal has aborted, as one does whose driver cannot be stopped. */
  deaf = false;
  /** Every call, in order, such as `open 1`, `ping 1`, `clean 1 auto`. */
  readonly trace: string[] = [];
  readonly violations: string[] = [];
  readonly live = new Set<FakeConnection>();
  /** Everything ever opened, by id. */
  readonly opened = new Map<number, FakeConnection>();
  /** Given away by `detach`: closing them is the borrower's business. */
  readonly detached = new Set<FakeConnection>();
  /** Dials that have not ended. */
  dialling = 0;
  /** Most sockets there ever were at once: dials, and connections that the pool owns. */
  peak = 0;
  peakDialling = 0;
  /** When the pool was told last that the server has no room. */
  fullAt = -Infinity;
  /** How it borrows connections of the pool itself. */
  errands!: Errands<FakeConnection>;

  readonly #clock: FakeClock;

  constructor(clock: FakeClock) {
    this.#clock = clock;
    this.opening = new Script(clock);
    this.pinging = new Script(clock);
    this.cleaning = new Script(clock);
    this.closing = new Script(clock);
  }

  attach(pool: Errands<FakeConnection>): void {
    this.errands = pool;
  }

  async open(context: OpenContext): Promise<FakeConnection> {
    const { id, signal } = context;
    this.trace.push(`open ${id}`);
    if (!this.deaf) signal.throwIfAborted();
    this.#count(1);
    let dialling = true;
    const end = (): void => {
      if (dialling) this.#count(-1);
      dialling = false;
    };
    signal.addEventListener('abort', () => {
      this.trace.push(`abort ${id}`);
      end();
    });
    try {
      await this.opening.play(this.opening.take(), this.deaf ? undefined : signal);
    } finally {
      end();
    }
    const connection = {
      id,
      context,
      told: { lost: false, unfit: false },
      alive: true,
      destroyed: false,
      running: undefined,
      used: false,
      seenAt: this.#clock.now(),
    };
    this.live.add(connection);
    this.opened.set(id, connection);
    this.trace.push(`${signal.aborted ? 'opened late' : 'opened'} ${id}`);
    if (!signal.aborted) this.#count(0);
    return connection;
  }

  async ping(connection: FakeConnection): Promise<void> {
    this.trace.push(`ping ${connection.id}`);
    const behaviour = connection.alive ? this.pinging.take() : { fail: new FakeFailure('gone away') };
    await this.#run(connection, 'ping', this.pinging.play(behaviour));
    connection.seenAt = this.#clock.now();
  }

  clean(connection: FakeConnection, mode: ResetMode): Promise<void> | undefined {
    this.trace.push(`clean ${connection.id} ${mode}`);
    // What a borrower has left running is the connector's business; what the engine itself runs is not.
    if (connection.running === STATEMENT) return this.#refuse(connection);
    if (mode === 'none') return undefined;
    if (connection.running !== undefined) this.violations.push(`clean ${connection.id} during ${connection.running}`);
    if (this.dirty === 'when used' ? connection.used || mode === 'session' : this.dirty) return this.#clean(connection);
    connection.used = false;
    return undefined;
  }

  async #refuse(connection: FakeConnection): Promise<void> {
    await Promise.resolve();
    throw new FakeFailure(`a statement still runs on ${connection.id}`);
  }

  async close(connection: FakeConnection): Promise<void> {
    this.trace.push(`close ${connection.id}`);
    if (connection.destroyed) this.violations.push(`close ${connection.id} after its end`);
    // A driver queues the good-bye behind what runs, and waits for that.
    if (connection.running === STATEMENT) return new Promise(() => undefined);
    if (connection.running !== undefined) this.violations.push(`close ${connection.id} during ${connection.running}`);
    await this.closing.play(this.closing.take());
  }

  destroy(connection: FakeConnection): void {
    this.trace.push(`destroy ${connection.id}`);
    if (connection.destroyed) this.violations.push(`${connection.id} destroyed twice`);
    if (this.detached.has(connection)) this.violations.push(`${connection.id} destroyed after it was detached`);
    connection.destroyed = true;
    connection.alive = false;
    connection.running = undefined;
    this.live.delete(connection);
    // A socket tells that it is closed whoever has closed it, and not in the same tick.
    queueMicrotask(() => this.#lose(connection, new FakeFailure('closed')));
  }

  /** Whether it tells when the server spoke last, and when a detached connection is closed. */
  tellsLife = false;
  tellsEnd = false;
  readonly #ends = new Map<FakeConnection, () => void>();

  spokeAt(connection: FakeConnection): number | undefined {
    return this.tellsLife ? connection.seenAt : undefined;
  }

  watchEnd(connection: FakeConnection, closed: () => void): boolean {
    if (this.tellsEnd) this.#ends.set(connection, closed);
    return this.tellsEnd;
  }

  /** The borrower closes what it has detached; every socket tells that but once, if anybody listens. */
  endDetached(connection: FakeConnection): void {
    this.live.delete(connection);
    this.#ends.get(connection)?.();
  }

  busy(connection: FakeConnection): boolean {
    return connection.running !== undefined;
  }

  classify(error: unknown): OpenFailure {
    const kind = error instanceof FakeFailure ? error.kind : 'transient';
    if (kind === 'full') this.fullAt = this.#clock.now();
    return kind;
  }

  /** The server drops a connection; `silent` when the client does not notice. */
  kill(connection: FakeConnection, { silent = false, cause = new FakeFailure('connection lost') } = {}): void {
    connection.alive = false;
    if (!silent) this.#lose(connection, cause);
  }

  /** A statement on the connection finds the server to be read-only. Says whether that was told. */
  demote(connection: FakeConnection): boolean {
    if (connection.told.unfit) return false;
    connection.told.unfit = true;
    connection.context.unfit(new FakeFailure('read only'));
    return true;
  }

  #lose(connection: FakeConnection, cause: unknown): void {
    if (connection.told.lost) return;
    connection.told.lost = true;
    connection.context.lost(cause);
  }

  /** A borrower runs a statement on it; returns the end of the statement. Fails when anything else runs on it. */
  use(connection: FakeConnection): () => void {
    assert.equal(connection.destroyed, false, `connection ${connection.id} is lent after its end`);
    assert.equal(connection.running, undefined, `connection ${connection.id} has two users`);
    assert.equal(connection.used, false, `connection ${connection.id} is lent without having been cleaned`);
    connection.running = STATEMENT;
    connection.used = true;
    return () => {
      if (connection.destroyed) return;
      connection.running = undefined;
      connection.seenAt = this.#clock.now();
    };
  }

  /** What a borrower wants undone on it, before it is cleaned. */
  undo(connection: FakeConnection, behaviour: Behaviour): Promise<void> {
    // Behind what still runs, as in any driver.
    if (connection.running === STATEMENT) return new Promise(() => undefined);
    return this.#run(connection, 'undo', this.cleaning.play(behaviour));
  }

  /** How often a call was made, such as `open`. */
  calls(what: string): number {
    return this.trace.filter((call) => call.startsWith(`${what} `)).length;
  }

  /** What the pool owns and has not closed. */
  get left(): number {
    return [...this.live].filter((connection) => !this.detached.has(connection)).length;
  }

  async #clean(connection: FakeConnection): Promise<void> {
    const behaviour = connection.alive ? this.cleaning.take() : { fail: new FakeFailure('gone away') };
    await this.#run(connection, 'clean', this.cleaning.play(behaviour));
    connection.used = false;
    connection.seenAt = this.#clock.now();
  }

  async #run(connection: FakeConnection, what: string, work: Promise<void>): Promise<void> {
    if (connection.destroyed) this.violations.push(`${what} ${connection.id} after its end`);
    if (connection.running !== undefined) this.violations.push(`${what} ${connection.id} during ${connection.running}`);
    connection.running = what;
    try {
      await work;
    } finally {
      if (connection.running === what) connection.running = undefined;
    }
  }

  #count(change: number): void {
    this.dialling += change;
    this.peakDialling = Math.max(this.peakDialling, this.dialling);
    this.peak = Math.max(this.peak, this.dialling + this.left);
  }
}
