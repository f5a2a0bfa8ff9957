import { Pool, Refusal, type Lease } from '../pool/index.js';
import type { Answer, AnswerKind, Dialect, ErrorPacket, Ok } from '../wire/index.js';
import type { Backend, BackendUser } from './backend.js';
import type { BindingClient, Sharing } from './binding-client.js';
import { MOST_LOSSES, NeedsNew, settle } from './carrying.js';
import { entersAgain, isOutside, leavesDropped } from './dropped-database.js';
import { errorFor, INTERRUPTED, lostError } from './errors.js';
import { Holds } from './holds.js';
import { ServerError } from './own-answer.js';
import { makeReady } from './ready.js';
import { closeStatements, nameStatement } from './statement-on-backend.js';
import { SETTLING, type Task } from './task.js';

/**
 * Runs a client's commands, one at a time, on a backend. The client is bound to the backend from the first packet of a
 * command until nothing of its session is left there that could not be carried to another backend.
 */
export class Binding implements Answer, BackendUser {
  kind: AnswerKind = 'query';
  asksForCursor = false;
  readonly to: Dialect;
  readonly #client: BindingClient;
  readonly #sharing: Sharing;
  #task: Task | undefined;
  #lease: Lease<Backend> | undefined;
  #backend: Backend | undefined;
  /** Nothing was sent since the client was bound: the session may still be in another client's state. */
  #isFresh = false;
  /** The command is the first on its backend and only reads: it may be repeated on another backend, once. */
  #mayRepeat = false;
  /** How many backends were lost, or unusable although new, before they ran the command. */
  #losses = 0;
  /** Leaves the pool's queue; undefined while the client is not waiting for a backend. */
  #leaveLine: ((why: unknown) => void) | undefined;
  /** Cursors and the like of its prepared statements on the backend. */
  readonly holds: Holds = new Holds();
  /** The backend is kept only because the client's next statement may ask about the last. */
  #isLingering = false;
  #last: Backend | undefined;
  /** The client has told the server to end the session (COMMIT RELEASE). */
  #leaves = false;

  constructor(client: BindingClient, sharing: Sharing) {
    this.#client = client;
    this.to = client;
    this.#sharing = sharing;
  }

  /** Undefined while the client has none. */
  get backend(): Backend | undefined {
    return this.#backend;
  }

  get isRunning(): boolean {
    return this.#task !== undefined;
  }

  get isWaiting(): boolean {
    return this.#leaveLine !== undefined;
  }

  // ---- A command gets a backend ----

  run(task: Task): void {
    this.#task = task;
    this.#mayRepeat = false;
    this.#losses = 0;
    const backend = this.#backend;
    if (backend === undefined) return this.#acquire(task);
    const wasLingering = this.#isLingering;
    if (wasLingering) this.#stay();
    const { session } = this.#client;
    const moves = wasLingering && (this.#sharing.rotates || isOutside(session));
    if (moves && !session.keepsDiagnosticsAfter(task.reading)) void this.#moveOn(backend, task);
    else this.#proceed(backend);
  }

  #acquire(task: Task): void {
    this.#mayRepeat = true;
    entersAgain(this.#client);
    const { account, label } = this.#client;
    const lease = account.pool.tryAcquire(label, this.#preferenceFor(task));
    if (lease === undefined) this.#wait();
    else this.#bind(lease);
  }

  /** Which idle backend to prefer. In rotation there is no preference: the pool then gives the longest idle. */
  #preferenceFor({ reading }: Task): ((backend: Backend) => boolean) | undefined {
    if (reading?.asksDiagnostics === true) return (backend) => backend.lastUser === this;
    return this.#sharing.rotates ? undefined : this.#fits;
  }

  readonly #fits = (backend: Backend): boolean => backend.carried === this.#client.session.carried;

  #wait(): void {
    const { account, label } = this.#client;
    const since = performance.now();
    account.counts.queued++;
    this.#leaveLine = Pool.wait(account.pool, (outcome) => this.#waited(outcome, since), label);
  }

  #waited(outcome: Lease<Backend> | Refusal, since: number): void {
    const { account, isGone } = this.#client;
    this.#leaveLine = undefined;
    if (outcome instanceof Refusal) {
      if (!isGone) this.#finishWith(errorFor(outcome.error));
      return;
    }
    account.counts.queueTime += performance.now() - since;
    // The client has disconnected meanwhile: the backend goes to the next waiter.
    if (isGone) outcome.release();
    else this.#bind(outcome);
  }

  #bind(lease: Lease<Backend>): void {
    const backend = (this.#backend = lease.connection);
    this.#lease = lease;
    this.#isFresh = true;
    backend.user = this;
    this.#proceed(backend);
  }

  /** Sends the command, after bringing the backend's session into the client's state where it differs. */
  #proceed(backend: Backend): void {
    const { reading, statement, frame } = this.#task!;
    const { session } = this.#client;
    const isFit = !this.#isFresh || (backend.carried === session.carried && !backend.hasDiagnosticsOfOthers(this));
    const isReady = reading === undefined || session.before(reading) === undefined;
    const isNamed = statement === undefined || nameStatement(backend, frame, statement);
    if (isFit && isReady && isNamed) this.#send(backend);
    else this.#makeReady(backend, this.#task!);
  }

  #makeReady(backend: Backend, task: Task): void {
    makeReady(backend, this, this.#client, task, this.#isFresh).then(
      (ready) => {
        if (this.#backend !== backend) return;
        this.#task = ready;
        this.#send(backend);
      },
      (error: unknown) => this.#cannotProceed(backend, error),
    );
  }

  #cannotProceed(backend: Backend, error: unknown): void {
    // The backend was lost, which `lost` has handled already.
    if (this.#backend !== backend) return;
    const { isNew } = backend;
    if (error instanceof NeedsNew) {
      this.#letGo().destroy(error);
      if (!isNew || ++this.#losses < MOST_LOSSES) return this.#wait();
    } else if (this.#isFresh) {
      this.#letGo().release();
      if (leavesDropped(error, this.#client)) return this.#wait();
    }
    this.#finishWith(errorFor(error));
  }

  #send(backend: Backend): void {
    const { reading, kind, frame, preparing, asksForCursor = false } = this.#task!;
    this.#mayRepeat &&= this.#isFresh && kind === 'query' && reading?.effect.kind === 'read';
    this.#isFresh = false;
    backend.carried = undefined;
    if (reading !== undefined && reading.keepsDiagnostics !== true) backend.hasDiagnostics = false;
    if (reading !== undefined) this.#client.session.sent(reading);
    if (preparing === undefined && kind === 'query') backend.note(frame);
    this.kind = kind;
    this.asksForCursor = asksForCursor;
    this.#client.account.counts.commands++;
    if (!backend.send(frame, kind === 'none' ? undefined : this)) this.#client.pause();
    if (kind === 'none') this.end();
  }

  // ---- Its answer ----

  take(bytes: Buffer): boolean {
    return this.#client.take(bytes);
  }

  drained(): void {
    this.#client.resume();
  }

  ok(ok: Ok): void {
    const { reading, several } = this.#task!;
    const { session } = this.#client;
    if (reading !== undefined) {
      session.answered(reading, ok);
      this.#leaves = session.leavesWith(reading, ok);
    }
    if (several !== undefined) session.arrive(this.#client.account.states.with(session.carried, { several }));
    this.holds.answered(this.#task!, ok.status);
  }

  error(error: ErrorPacket): void {
    const task = this.#task!;
    this.#backend?.refused(error);
    if (task.kind === 'prepare') this.#client.statements.failed();
    this.#client.session.failed(task.reading, error);
    this.holds.failed(task, error);
  }

  prepared({ id, parameters }: { readonly id: number; readonly parameters: number }): number {
    const backend = this.#backend!;
    const statement = this.#client.statements.add(this.#task!.preparing!, this.#client.session.carried, parameters);
    if (statement.isUnrepeatable) this.holds.prepared(statement);
    closeStatements(backend, backend.statements.set(statement.key, id, this.holds.isHeld));
    return statement.id;
  }

  file(ahead: number): void {
    this.#client.sendsFile(ahead);
  }

  end(): void {
    const backend = this.#backend;
    if (backend === undefined) return;
    // The answer is complete: further packets are for the gateway itself, and need not wait for a slow client.
    if (backend.socket.isPaused()) backend.socket.resume();
    if (this.#leaves) return this.#client.cutOff(undefined);
    const { stopping, isUnfit } = backend;
    if (stopping === undefined && this.#client.session.urgentDoubt === undefined && !isUnfit) return this.#finish();
    this.#task = SETTLING;
    void this.#settle(backend, !isUnfit);
  }

  /** Whether the backend may go back to the pool, once all doubts about the session's state are settled. */
  get #mayGo(): boolean {
    return this.#client.session.mayBeFree && this.holds.isEmpty && !this.#sharing.keepsBackends;
  }

  /** The command is done: the backend goes back to the pool, unless the client is pinned to it or lingers on it. */
  #finish(): void {
    const { session, account } = this.#client;
    const isFree = this.#mayGo;
    const lingers = isFree && (session.holdsDiagnostics || session.doubt !== undefined);
    if (isFree && !lingers) this.release();
    this.#done();
    // `done` may have begun the next command already.
    if (!lingers || this.#task !== undefined || this.#backend === undefined) return;
    this.#isLingering = true;
    account.linger(this);
  }

  /** Whether the client's next statement is likely to ask about the last. */
  get isExpectant(): boolean {
    return this.#client.session.holdsDiagnostics;
  }

  /** Another client waits: gives the backend back if the client only lingers on it. */
  giveBack(): void {
    const backend = this.#backend;
    if (!this.#isLingering || backend === undefined) return;
    this.#stay();
    this.#task = SETTLING;
    void this.#settle(backend, false);
  }

  /** Asks the server for what is in doubt of the session's state: what is urgent, or everything. */
  async #settle(backend: Backend, urgentOnly: boolean): Promise<void> {
    if (!(await this.#isSettled(backend, urgentOnly))) return;
    if (urgentOnly) return this.#finish();
    if (this.#mayGo) this.release();
    // The client has left something there and has disconnected, so that nobody needs it any more.
    else if (this.#client.isGone) void this.reset();
    this.#done();
  }

  /** Exchanges the backend before the command: for rotation, or since the client's database was dropped. */
  async #moveOn(backend: Backend, task: Task): Promise<void> {
    // If nothing is in doubt, a loss of the backend loses nothing of the session: the command may go to another one.
    this.#isFresh = this.#client.session.doubt === undefined;
    if (!(await this.#isSettled(backend, false))) return;
    this.#isFresh = false;
    if (!this.#mayGo) return this.#proceed(backend);
    this.release();
    this.#acquire(task);
  }

  /** Settles doubts. Resolves with false if the backend was lost meanwhile. */
  async #isSettled(backend: Backend, urgentOnly: boolean): Promise<boolean> {
    try {
      // A KILL that comes late must not hit another client's statement.
      await backend.stopping;
      const { session } = this.#client;
      await settle(backend, () => (urgentOnly ? session.urgentDoubt : session.doubt));
    } catch (error) {
      if (this.#backend === backend) backend.lose(error);
    }
    return this.#backend === backend;
  }

  #done(): void {
    this.#task = undefined;
    this.#client.done();
  }

  #finishWith(error: ErrorPacket): void {
    // A command without an answer cannot be answered with an error; the execution that follows will fail instead.
    if (this.#task?.kind !== 'none') this.#client.fail(error);
    this.#done();
  }

  // ---- The backend goes back ----

  /** Gives the backend back, with its state known: it is that of the client's session. */
  release(): void {
    const backend = this.#backend;
    if (backend === undefined) return;
    const { carried } = this.#client.session;
    const lease = this.#letGo();
    backend.carried = carried;
    backend.hasDiagnostics ||= this.#client.session.holdsDiagnostics;
    lease.release();
  }

  /** The client has disconnected: the backend goes back and is reset if needed, or destroyed if it is running. */
  abandon(): void {
    this.#leaveLine?.(undefined);
    const backend = this.#backend;
    if (backend === undefined) return;
    this.#stay();
    const { session } = this.#client;
    if (this.#task === undefined && this.#mayGo) {
      if (session.doubt === undefined) return this.release();
      // Asking for what is in doubt costs less than a reset.
      this.#task = SETTLING;
      return void this.#settle(backend, false);
    }
    const isRunning = backend.isBusy || this.#leaves;
    const lease = this.#letGo();
    this.#task = undefined;
    if (isRunning) lease.destroy(new Error('the client has gone'));
    else lease.release();
  }

  /** Begins the client's session anew and gives the backend back. Resolves once the server has cleared the old one. */
  reset(): Promise<void> | undefined {
    const { isFree, doubt } = this.#client.session;
    const backend = this.#backend;
    if (isFree && doubt === undefined && this.holds.isEmpty) this.release();
    else if (backend !== undefined) this.#letGo().release();
    if (this.#last?.lastUser === this) this.#last.lastUser = undefined;
    this.holds.clear();
    return backend?.cleaning;
  }

  #letGo(): Lease<Backend> {
    const lease = this.#lease!;
    const backend = this.#backend!;
    backend.user = undefined;
    backend.isNew = false;
    if (this.#last?.lastUser === this) this.#last.lastUser = undefined;
    (this.#last = backend).lastUser = this;
    if (backend.socket.isPaused()) backend.socket.resume();
    this.#lease = this.#backend = undefined;
    this.#stay();
    return lease;
  }

  #stay(): void {
    this.#isLingering = false;
    this.#client.account.noLonger(this);
  }

  /** KILL QUERY: stops the running statement, or fails the one that waits for a backend. */
  async stop(within: number): Promise<void> {
    this.#leaveLine?.(new ServerError(INTERRUPTED));
    const backend = this.#backend;
    if (backend === undefined || !backend.isBusy || this.#task === SETTLING) return;
    // A statement that was stopped must not be repeated on another backend.
    this.#mayRepeat = false;
    this.#losses = MOST_LOSSES;
    await backend.stop(this.#client.account.connector.killer, within);
  }

  lost(backend: Backend, cause: unknown): void {
    const lease = this.#lease!;
    const task = this.#task;
    this.#lease = this.#backend = undefined;
    this.#stay();
    lease.destroy(cause);
    const { session } = this.#client;
    if (task === undefined || task === SETTLING) {
      this.#task = undefined;
      // A state that is lost with the backend cannot be restored, and the next command would run without it.
      if (!session.isFree || !this.holds.isEmpty || session.doubt !== undefined) this.#client.turnOut(lostError(cause));
      else if (task !== undefined) this.#client.done();
      return;
    }
    // The command has not been run: it was not sent, or the backend was dead before. It waits for another backend.
    if ((this.#isFresh && ++this.#losses < MOST_LOSSES) || (this.#mayRepeat && backend.wasDead)) {
      this.#mayRepeat = this.#isFresh = false;
      return this.#wait();
    }
    this.#task = undefined;
    // In the middle of an answer no error can be sent: the end of the connection has to do.
    this.#client.cutOff(backend.stream.begun ? undefined : lostError(cause));
  }
}
