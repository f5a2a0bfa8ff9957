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

/** One that is lost so soon (ms) after a command had died before. */
const DEAD_WITHIN = 1_000;
/** Bytes of the last query that are kept. */
const MOST_NOTED = 16 * 1024;

/** Whom a backend's answers go to. */
export interface BackendUser {
  /** Bytes of an answer, in the client's dialect. False: no more for the moment. */
  take(bytes: Buffer): boolean;
  /** The backend has taken all that was sent to it. */
  drained(): void;
  lost(backend: Backend, cause: unknown): void;
}

/** Whom a backend tells what becomes of it, or of its server. */
export interface BackendOwner {
  lost(cause: unknown): void;
  /** The server is of no use any more: it does not write. */
  unfit(cause: unknown): void;
}

/** A session of the server's, lent to one client after the other. */
export class Backend {
  readonly socket: Socket;
  readonly stream: AnswerStream;
  /** The server's number of the session. */
  readonly id: number;
  readonly version: string;
  /** Which server it is on, in a word that no other has; undefined when that is not known. */
  server: string | undefined;
  /** The name of the account it is counted for, where a fleet wants to know. */
  account: string | undefined;
  /** The roles that it had when it was new, as the server calls them. */
  role: string | null = null;
  /** What its session is, apart from what its user has done to it since; undefined: not known, only a reset helps. */
  carried: Carried | undefined;
  /** No client has had it. */
  isNew = true;
  /** Its server has become read-only: nobody keeps it for what he might ask next. */
  isUnfit = false;
  /** Warnings or an error are left, which only the last user may be told of. */
  hasDiagnostics = false;
  readonly statements: BackendStatements = new BackendStatements();
  user: BackendUser | undefined;
  /** The last user, which may ask about its last statement as long as nobody had it meanwhile. */
  lastUser: BackendUser | undefined;
  /** It has come back and is reset: resolves when that is over, also when it has failed. */
  cleaning: Promise<void> | undefined;
  /** A KILL of its statement is under way: nobody else may have it before. */
  stopping: Promise<boolean> | undefined;
  /** When a command was sent last, by `performance.now()`. */
  sentAt: number = performance.now();
  #owner: BackendOwner | undefined;
  #isLost = false;
  #wasBusy = false;
  /** The last query that was sent: shown masked only. */
  lastFrame: Buffer | undefined;
  readonly #own = new Set<OwnAnswer>();

  constructor(socket: Socket, greeting: Greeting, capabilities: number, rest: Buffer, owner: BackendOwner) {
    this.socket = socket;
    this.id = greeting.threadId;
    this.version = greeting.version;
    this.stream = new AnswerStream(capabilities);
    this.#owner = owner;
    // The server says why, and closes.
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

  /** Whether a statement was running when it was lost, which its server may go on with. */
  get wasBusy(): boolean {
    return this.#wasBusy;
  }

  /** It was dead before its last command came, and has not run it. */
  get wasDead(): boolean {
    return !this.stream.begun && performance.now() - this.sentAt < DEAD_WITHIN;
  }

  get isLost(): boolean {
    return this.#isLost;
  }

  /** Sends one command whose bytes are complete, header included. False: the socket is full. */
  send(frame: Buffer, answer: Answer | undefined): boolean {
    if (answer !== undefined) this.stream.expect(answer);
    this.sentAt = performance.now();
    return this.socket.write(frame);
  }

  /** A question of the gateway's own. Rejects with a ServerError, or with why the backend was lost. */
  async ask(sql: string): Promise<Told> {
    // Whoever had it last can no longer ask it about the last statement.
    if (this.user === undefined) this.lastUser = undefined;
    return this.command(Buffer.from(sql, 'latin1'), Command.QUERY, 'query');
  }

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
      // A KILL of a session that is gone by then, for instance: no client is to be told of it.
      this.hasDiagnostics = true;
      throw error;
    } finally {
      this.#own.delete(answer);
    }
  }

  /** Has the server stop what it runs. */
  async stop(killer: Killer, within: number): Promise<void> {
    const { id, server } = this;
    const stopped = (this.stopping ??= killer.stop({ id, server, isRunning: true }, within));
    const isStopped = await stopped;
    if (this.stopping === stopped) this.stopping = undefined;
    // What was not done in time could be done at any later one: nobody may have it any more.
    if (!isStopped) this.lose(new Error('the statement could be stopped no other way'));
  }

  /** Says good-bye to the server, which then closes. */
  quit(): void {
    this.#isLost = true;
    this.#owner = undefined;
    this.socket.end(frameOf(Command.QUIT));
  }

  /** It has refused a command. A server that does not write any more, as after a failover, is of no use. */
  refused(error: ErrorPacket): void {
    // A transaction that is read-only by its client's wish has an error of its own.
    if (this.isUnfit || !isReadOnlyServer(error, true)) return;
    this.isUnfit = true;
    this.#owner?.unfit(new ServerError(error));
  }

  /** The query that is sent: of a large one, no more than its beginning is kept. */
  note(frame: Buffer): void {
    this.lastFrame = frame.length > MOST_NOTED ? Buffer.from(frame.subarray(0, MOST_NOTED)) : frame;
  }

  /** Puts an end to it. Whoever waits for an answer is told why. */
  lose(cause: unknown): void {
    if (this.#isLost) {
      // The server has not answered the good-bye.
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
    // The reader is slow: it holds up its own backend, and nothing is kept for it here.
    if (this.user?.take(bytes) === false) this.socket.pause();
  };

  readonly #onDrain = (): void => {
    this.user?.drained();
  };
}

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
