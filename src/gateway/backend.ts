import type { Socket } from 'node:net';
import { isReadOnlyServer, type Carried, type Killer } from '../session/index.js';
import {
  AnswerStream,
  Command,
  packet,
  type Answer,
  type AnswerKind,
  type ErrorPacket,
  type Greeting,
} from '../wire/index.js';
import { BackendStatements } from './backend-statements.js';
import { OwnAnswer, ServerError, type Told } from './own-answer.js';

/** A connection that is lost so soon (ms) after a command was sent is taken to have been dead before. */
const DEAD_WITHIN = 1_000;
/** How many bytes of the last query are kept, for reports. */
const MOST_NOTED = 16 * 1024;

/** The client (its `Binding`) that has the backend: it gets the answers. */
export interface BackendUser {
  /** Bytes of an answer, in the client's dialect. Returns false if the client takes no more for now. */
  take(bytes: Buffer): boolean;
  /** The backend's socket has room again for what the client sends. */
  drained(): void;
  lost(backend: Backend, cause: unknown): void;
}

/** The pool of a backend, which is told of failures. */
export interface BackendOwner {
  lost(cause: unknown): void;
  /** The whole server has become useless: it is read-only. */
  unfit(cause: unknown): void;
}

/** A pooled session of the server, lent to one client after the other. */
export class Backend {
  readonly socket: Socket;
  readonly stream: AnswerStream;
  /** The server's connection id. */
  readonly id: number;
  readonly version: string;
  /** A word that identifies the server process the session is on; undefined if that is not known. */
  server: string | undefined;
  /** In a fleet, the user name under which the server lists and counts the session. */
  account: string | undefined;
  /** The active roles of the new session, as CURRENT_ROLE() tells. */
  role: string | null = null;
  /** The state of the session; undefined while a client has it, and afterwards if only a reset makes it known. */
  carried: Carried | undefined;
  /** No client has had it yet. */
  isNew = true;
  /** The server has become read-only: no client lingers on this backend. */
  isUnfit = false;
  /** The session still has warnings or an error (SHOW WARNINGS), which only the last user may see. */
  hasDiagnostics = false;
  readonly statements: BackendStatements = new BackendStatements();
  user: BackendUser | undefined;
  /** The last user. It may still ask about its last statement, as long as nothing else was run on the session. */
  lastUser: BackendUser | undefined;
  /** While the returned session is being reset: resolves when that is over, successful or not. */
  cleaning: Promise<void> | undefined;
  /** A KILL of its statement that is under way: it could still hit the statement of the next client. */
  stopping: Promise<boolean> | undefined;
  /** When the latest command was sent, by `performance.now()`. */
  sentAt: number = performance.now();
  #owner: BackendOwner | undefined;
  #isLost = false;
  #wasBusy = false;
  /** The latest query. It may contain secrets: show it only masked. */
  lastFrame: Buffer | undefined;
  /** Commands of the gateway's own that have no answer yet. */
  readonly #own = new Set<OwnAnswer>();

  constructor(socket: Socket, greeting: Greeting, capabilities: number, rest: Buffer, owner: BackendOwner) {
    this.socket = socket;
    this.id = greeting.threadId;
    this.version = greeting.version;
    this.stream = new AnswerStream(capabilities);
    this.#owner = owner;
    // Before it closes a connection by itself, the server may send an ERR with the reason.
    this.stream.onNotice = (error: ErrorPacket) => this.lose(new ServerError(error));
    socket.on('data', this.#onData);
    socket.on('drain', this.#onDrain);
    socket.on('error', (error) => this.lose(error));
    for (const event of ['end', 'close'] as const) socket.on(event, () => this.lose(closedByServer()));
    if (rest.length > 0) this.#onData(rest);
  }

  hasDiagnosticsOfOthers(user: BackendUser): boolean {
    return this.hasDiagnostics && this.lastUser !== user;
  }

  get kind(): 'mysql' | 'mariadb' {
    return /mariadb/i.test(this.version) ? 'mariadb' : 'mysql';
  }

  get isBusy(): boolean {
    return !this.#isLost && this.stream.pending > 0;
  }

  /** Whether a statement was running when the connection was lost: the server may still be running it. */
  get wasBusy(): boolean {
    return this.#wasBusy;
  }

  /** Whether the connection was dead before the latest command was sent, so that the server has not run the command. */
  get wasDead(): boolean {
    return !this.stream.begun && performance.now() - this.sentAt < DEAD_WITHIN;
  }

  get isLost(): boolean {
    return this.#isLost;
  }

  /** Sends one command, complete with its header. Returns false if the socket's buffer is full. */
  send(frame: Buffer, answer: Answer | undefined): boolean {
    if (answer !== undefined) this.stream.expect(answer);
    this.sentAt = performance.now();
    return this.socket.write(frame);
  }

  /** Runs a statement of the gateway's own. Rejects with a ServerError, or with the reason why the backend was lost. */
  async ask(sql: string): Promise<Told> {
    // From here on, the session's last statement is no longer that of the last user.
    if (this.user === undefined) this.lastUser = undefined;
    return this.command(Buffer.from(sql, 'latin1'), Command.QUERY, 'query');
  }

  /** Runs a command of the gateway's own. Rejects as `ask` does. */
  async command(body: Buffer | undefined, command: number, kind: AnswerKind): Promise<Told> {
    if (this.#isLost) throw closedByServer();
    const answer = new OwnAnswer(kind);
    this.#own.add(answer);
    this.send(frameOf(command, body), answer);
    try {
      const told = await answer.told;
      if (told.ok.warnings > 0) this.hasDiagnostics = true;
      return told;
    } catch (error) {
      // The session now holds an error of the gateway's own (a KILL that came too late, say), which no client may see.
      this.hasDiagnostics = true;
      throw error;
    } finally {
      this.#own.delete(answer);
    }
  }

  /**
   * Has the server stop the running statement, by KILL QUERY on another session.
   * @param within how long (ms) that may take
   */
  async stop(killer: Killer, within: number): Promise<void> {
    const { id, server } = this;
    const stopped = (this.stopping ??= killer.stop({ id, server, isRunning: true }, within));
    const isStopped = await stopped;
    if (this.stopping === stopped) this.stopping = undefined;
    // A KILL that has not succeeded yet may still strike later: the session must not be used again.
    if (!isStopped) this.lose(new Error('its statement could not be stopped in time'));
  }

  /** Sends COM_QUIT, upon which the server closes the connection. */
  quit(): void {
    this.#isLost = true;
    this.#owner = undefined;
    this.socket.end(frameOf(Command.QUIT));
  }

  /** The server has refused a command. If it is read-only, as after a failover, all sessions are replaced. */
  refused(error: ErrorPacket): void {
    // In a transaction that the client itself has made read-only, the server uses another error.
    if (this.isUnfit || !isReadOnlyServer(error, true)) return;
    this.isUnfit = true;
    this.#owner?.unfit(new ServerError(error));
  }

  /** Keeps a query for reports; only the beginning of a large one. */
  note(frame: Buffer): void {
    this.lastFrame = frame.length > MOST_NOTED ? Buffer.from(frame.subarray(0, MOST_NOTED)) : frame;
  }

  /** Destroys the connection. All that wait for answers are told `cause`. */
  lose(cause: unknown): void {
    if (this.#isLost) {
      // After `quit`: the server has not closed in time.
      this.socket.destroy();
      return;
    }
    this.#wasBusy = this.isBusy;
    this.#isLost = true;
    this.socket.destroy();
    for (const answer of this.#own) answer.lose(cause);
    this.#own.clear();
    const { user } = this;
    this.user = undefined;
    user?.lost(this, cause);
    this.#owner?.lost(cause);
    this.#owner = undefined;
  }

  readonly #onData = (chunk: Buffer): void => {
    try {
      this.stream.push(chunk, this.#out);
    } catch (error) {
      this.lose(error);
    }
  };

  readonly #out = (bytes: Buffer): void => {
    // Back-pressure: a slow client holds up its own backend, and nothing is buffered for it here.
    if (this.user?.take(bytes) === false) this.socket.pause();
  };

  readonly #onDrain = (): void => {
    this.user?.drained();
  };
}

/** The packet of a command, header included. */
export function frameOf(command: number, body?: Buffer): Buffer {
  if (body === undefined) return Buffer.from([1, 0, 0, 0, command]);
  if (body.length < 0xff_ff_fe) {
    const frame = Buffer.allocUnsafe(5 + body.length);
    frame.writeUIntLE(body.length + 1, 0, 3);
    frame[3] = 0;
    frame[4] = command;
    body.copy(frame, 5);
    return frame;
  }
  return packet(Buffer.concat([Buffer.from([command]), body]), 0);
}

export const closedByServer = (): Error =>
  Object.assign(new Error('the server closed the connection'), { code: 'PROTOCOL_CONNECTION_LOST', fatal: true });
