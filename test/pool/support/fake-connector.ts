import assert from 'node:assert/strict';
import type { Connector, Errands, OpenContext, OpenFailure, ResetMode } from 'node-mysqlpool/pool';
import type { FakeClock } from './fake-clock.js';
import { Script, type Behaviour } from './script.js';

/** A physical connection of the fake server. */
export interface FakeConnection {
  /** The entry's number in the pool. */
  readonly id: number;
  readonly context: OpenContext;
  /** Which callbacks were called for this connection: a connector calls each of them once at most. */
  readonly told: { lost: boolean; unfit: boolean };
  /** Whether the connection still exists on the server. */
  alive: boolean;
  destroyed: boolean;
  /** The operation running on it: a borrower's statement, a ping, a cleaning. */
  running: string | undefined;
  /** Whether a borrower has used it since the last cleaning. */
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
 * A fake server and its connector. It behaves as its scripts say, records every call, and records violations of the
 * contract between engine and connector, on which `FakePool.finish` fails.
 */
export class FakeConnector implements Connector<FakeConnection> {
  readonly opening: Script;
  readonly pinging: Script;
  /** Used only for connections that need cleaning: see `dirty`. */
  readonly cleaning: Script;
  readonly closing: Script;
  /** Whether returned connections need a round trip to be clean: all, none, or those that were used. */
  dirty: boolean | 'when used' = false;
  /** Whether a dial continues after its signal is aborted, as with a driver that cannot stop one. */
  deaf = false;
  /** All calls in order, such as `open 1`, `ping 1`, `clean 1 auto`. */
  readonly trace: string[] = [];
  readonly violations: string[] = [];
  readonly live = new Set<FakeConnection>();
  /** All connections ever opened, by id. */
  readonly opened = new Map<number, FakeConnection>();
  /** Connections taken out of the pool by `detach`, which the borrower has to close. */
  readonly detached = new Set<FakeConnection>();
  /** The number of dials in progress. */
  dialling = 0;
  /** The peak number of sockets: dials, and connections that the pool owns. */
  peak = 0;
  peakDialling = 0;
  /** When a dial last failed because the server was full. */
  fullAt = -Infinity;
  /** Lets the connector itself borrow connections of the pool. */
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
    // A statement that a borrower left running is for the connector to handle; the engine's own operations are not.
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
    // A driver queues COM_QUIT behind the running statement: the close does not finish before it.
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
    // A socket emits 'close' whichever side has closed it, and never in the same tick.
    queueMicrotask(() => this.#lose(connection, new FakeFailure('closed')));
  }

  /** Whether the connector tells when the server last spoke, and whether it reports when a detached connection is closed. */
  tellsLife = false;
  tellsEnd = false;
  readonly #ends = new Map<FakeConnection, () => void>();

  loanEnded(connection: FakeConnection): number | undefined {
    return this.tellsLife ? connection.seenAt : undefined;
  }

  watchEnd(connection: FakeConnection, closed: () => void): boolean {
    if (this.tellsEnd) this.#ends.set(connection, closed);
    return this.tellsEnd;
  }

  /** The borrower closes a connection that it has detached; the listener, if any, is called. */
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

  /** The server drops a connection. With `silent`, the client does not notice. */
  kill(connection: FakeConnection, { silent = false, cause = new FakeFailure('connection lost') } = {}): void {
    connection.alive = false;
    if (!silent) this.#lose(connection, cause);
  }

  /** A statement finds that the server is read-only. Returns false if that was reported for this connection before. */
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

  /**
   * Begins a borrower's statement; returns a function that ends it. Fails if another operation runs on the connection.
   */
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

  /** Runs an undo that a borrower has registered, which comes before the cleaning. */
  undo(connection: FakeConnection, behaviour: Behaviour): Promise<void> {
    // Queued behind the running statement, as in any driver.
    if (connection.running === STATEMENT) return new Promise(() => undefined);
    return this.#run(connection, 'undo', this.cleaning.play(behaviour));
  }

  /** How often an operation, such as `open`, was called. */
  calls(what: string): number {
    return this.trace.filter((call) => call.startsWith(`${what} `)).length;
  }

  /** The number of connections that the pool owns and has not closed. */
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
