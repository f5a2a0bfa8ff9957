import type { Socket } from 'node:net';
import type { ClientState } from '../metrics/gateway-of.js';
import type { ClientSession } from '../session/index.js';
import {
  Capability,
  Command,
  encodeEof,
  encodeError,
  encodeOk,
  has,
  packet,
  type Dialect,
  type ErrorPacket,
  type SessionChange,
} from '../wire/index.js';
import type { Account } from './account.js';
import { Binding } from './binding.js';
import type { BindingClient } from './binding-client.js';
import type { ClientHost, ClientIdentity } from './client-host.js';
import type { ClientStatements } from './client-statements.js';
import { Commands } from './commands.js';
import { errorFor, INTERRUPTED, KILLED, SHUTDOWN } from './errors.js';
import { LocalFile } from './local-file.js';
import { part } from './parting.js';
import { StatementCommands, type Outcome } from './statement-commands.js';
import { refusal, USE } from './task.js';
import { Unread } from './unread.js';

const NOTHING = Buffer.alloc(0);
const UNKNOWN_COMMAND: ErrorPacket = { errno: 1047, sqlState: '08S01', message: 'Unknown command' };

/** A client after its login: runs its commands one after the other, and answers those that need no backend. */
export class Client implements BindingClient, Dialect {
  readonly id: number;
  readonly socket: Socket;
  readonly deprecatesEof: boolean;
  readonly tracks: boolean;
  readonly binding: Binding;
  session: ClientSession;
  identity: ClientIdentity;
  readonly #host: ClientHost;
  readonly #commands: Commands;
  /** Undefined until the client prepares a statement. */
  #preparing: StatementCommands | undefined;
  #label = '';
  /** While the client sends a file (LOCAL INFILE) instead of commands, up to an empty packet. */
  #file: LocalFile | undefined;
  /** A command that no backend runs is under way: a login, a KILL. */
  #isBusy = false;
  #isGone = false;
  /** `#next` is running. */
  #isTaking = false;
  /** Undefined until the client once does not read its answers. */
  #unread: Unread | undefined;
  /** When the client last sent something, by `performance.now()`. */
  heardAt: number = performance.now();

  constructor(host: ClientHost, id: number, socket: Socket, identity: ClientIdentity, session: ClientSession) {
    const { capabilities, account } = identity;
    this.#host = host;
    this.id = id;
    this.socket = socket;
    this.identity = identity;
    this.session = session;
    this.deprecatesEof = has(capabilities, Capability.DEPRECATE_EOF);
    this.tracks = has(capabilities, Capability.SESSION_TRACK);
    this.binding = new Binding(this, host);
    this.#commands = new Commands(account.largestCommand);
    this.#nameIt();
  }

  /** Begins to take commands. @param rest bytes that have arrived already */
  start(rest: Buffer): void {
    const { socket } = this;
    socket.on('data', this.#onData);
    socket.on('drain', this.#onDrain);
    for (const event of ['error', 'end', 'close']) socket.on(event, this.#onEnd);
    if (rest.length > 0) this.#onData(rest);
  }

  get user(): string {
    return this.identity.user;
  }

  get statements(): ClientStatements {
    return this.#prepared.statements;
  }

  get #prepared(): StatementCommands {
    return (this.#preparing ??= new StatementCommands(this.binding, this.account.states.tracked.server));
  }

  get account(): Account {
    return this.identity.account;
  }

  /** The label of its leases: account, address and program. */
  get label(): string {
    return this.#label;
  }

  get isGone(): boolean {
    return this.#isGone;
  }

  /** Whether a command is under way. */
  get isRunning(): boolean {
    return this.#isBusy || this.binding.isRunning;
  }

  /** Whether no command is under way and no transaction is open. */
  get isIdle(): boolean {
    return !this.isRunning && !this.session.inTransaction;
  }

  /** See `GatewayStats.clients`. */
  get state(): ClientState {
    if (this.binding.isWaiting) return 'waiting';
    if (this.isRunning) return 'active';
    if (this.session.inTransaction) return 'transaction';
    return this.pins.length > 0 ? 'pinned' : 'idle';
  }

  /** Why the client is pinned to its backend; empty if it is not. */
  get pins(): readonly string[] {
    return [...this.session.pins, ...this.binding.holds.reasons];
  }

  #nameIt(): void {
    const { user, program } = this.identity;
    const { remoteAddress, remotePort } = this.socket;
    const from = remoteAddress === undefined ? 'local' : `${remoteAddress}:${remotePort}`;
    this.#label = `${user}@${from}${program === undefined ? '' : ` ${program}`}`;
  }

  // ---- Commands, one after the other ----

  readonly #onData = (chunk: Buffer): void => {
    this.heardAt = performance.now();
    const rest = this.#file === undefined ? chunk : this.#sendFile(this.#file, chunk);
    if (rest.length === 0) return;
    this.#commands.push(rest);
    this.#next();
  };

  readonly #onEnd = (): void => this.#gone();

  readonly #onDrain = (): void => {
    this.#unread?.end();
    this.binding.backend?.socket.resume();
    this.#next();
  };

  /** Runs the next commands, as far as they have arrived and the client has read its earlier answers. */
  #next(): void {
    // A command without an answer ends at once and calls this again: unguarded, many of them would fill the stack.
    if (this.#isTaking) return;
    this.#isTaking = true;
    try {
      this.#runNext();
    } catch (error) {
      // The client has sent bytes that are no command.
      this.fail(errorFor(error));
      this.#hangUp();
    } finally {
      this.#isTaking = false;
    }
  }

  #runNext(): void {
    while (!this.isRunning && !this.#isGone && !this.socket.writableNeedDrain) {
      const frame = this.#commands.next();
      if (frame === undefined) {
        if (this.socket.isPaused()) this.socket.resume();
        return;
      }
      this.#dispatch(frame);
    }
    if (this.#commands.isAhead) this.socket.pause();
  }

  done(): void {
    this.#file = undefined;
    if (this.#isGone) return;
    if (this.#host.isClosing && this.isIdle) this.turnOut(SHUTDOWN);
    else this.#next();
  }

  // oxlint-disable-next-line complexity -- a table
  #dispatch(frame: Buffer): void {
    switch (frame[4] as number) {
      case Command.QUERY:
        return this.#query(frame);
      case Command.QUIT:
        return this.#hangUp();
      case Command.INIT_DB:
        return this.binding.run({ kind: 'simple', frame, reading: USE });
      case Command.PING:
      case Command.DEBUG:
        return this.binding.run({ kind: 'simple', frame, reading: undefined });
      case Command.STATISTICS:
        return this.binding.run({ kind: 'text', frame, reading: undefined });
      case Command.FIELD_LIST:
        return this.binding.run({ kind: 'fields', frame, reading: undefined });
      case Command.PROCESS_INFO:
        return this.binding.run({ kind: 'query', frame, reading: undefined });
      case Command.PROCESS_KILL:
        return this.#kill(frame.length < 9 ? 0 : frame.readUInt32LE(5), 'connection');
      case Command.SET_OPTION:
        return this.#setOption(frame);
      case Command.RESET_CONNECTION:
        return this.#reset();
      case Command.CHANGE_USER:
        return this.#changeUser(frame);
      case Command.STMT_PREPARE:
        return this.#follow(this.#prepared.prepare(frame, this.session));
      case Command.STMT_EXECUTE:
        return this.#follow(this.#prepared.execute(frame, this.session));
      case Command.STMT_FETCH:
        return this.#follow(this.#prepared.fetch(frame));
      case Command.STMT_SEND_LONG_DATA:
        return this.#follow(this.#prepared.longData(frame));
      case Command.STMT_RESET:
        return this.#follow(this.#prepared.reset(frame));
      case Command.STMT_CLOSE:
        return this.#prepared.close(frame);
      default:
        return this.fail(UNKNOWN_COMMAND);
    }
  }

  #follow(outcome: Outcome): void {
    if (outcome === undefined) return;
    if (outcome === 'ok') this.#say();
    else this.binding.run(outcome);
  }

  #query(frame: Buffer): void {
    const reading = this.session.read(frame.toString('latin1', 5));
    const { kill } = reading;
    if (kill !== undefined && this.#host.knows(kill.id)) this.#kill(kill.id, kill.what);
    else this.binding.run({ kind: 'query', frame, reading });
  }

  /** KILL of another client of this gateway: its id is the gateway's, which the server does not know. */
  #kill(id: number, what: 'query' | 'connection'): void {
    if (id === this.id) return what === 'query' ? this.binding.run(refusal(INTERRUPTED)) : this.#killItself();
    this.#isBusy = true;
    void this.#host.kill(this.account, id, what).then((error) => {
      this.#isBusy = false;
      if (this.#isGone) return;
      if (error === undefined) this.#say();
      else this.fail(error);
      this.#next();
    });
  }

  #killItself(): void {
    this.fail(this.account.states.tracked.server === 'mysql' ? INTERRUPTED : KILLED);
    this.#hangUp();
  }

  #setOption(frame: Buffer): void {
    const option = frame.length >= 7 ? frame.readUInt16LE(5) : 2;
    if (option > 1) return this.fail(UNKNOWN_COMMAND);
    const several = option === 0;
    if (this.binding.backend !== undefined)
      return this.binding.run({ kind: 'simple', frame, reading: undefined, several });
    this.session.arrive(this.account.states.with(this.session.carried, { several }));
    if (this.deprecatesEof) this.#say(0xfe);
    else this.socket.write(packet(encodeEof(0, this.session.serverStatus), 1));
  }

  /** COM_RESET_CONNECTION: gives the backend back; the new session may get any other. */
  #reset(): void {
    this.#preparing?.statements.clear();
    const ended = this.binding.reset();
    if (ended === undefined) return this.#begin();
    this.#isBusy = true;
    void ended.then(() => {
      this.#isBusy = false;
      if (this.#isGone) return;
      this.#begin();
      this.done();
    });
  }

  #begin(): void {
    this.session.reset(this.account.afterReset(this.session.carried, this.identity));
    this.#say();
  }

  #changeUser(frame: Buffer): void {
    this.#isBusy = true;
    this.#preparing?.statements.clear();
    const ended = Promise.resolve(this.binding.reset());
    const { several } = this.session.carried;
    const changing = ended.then(() => {
      if (this.#isGone) return undefined;
      this.socket.off('data', this.#onData);
      return this.#host.changeUser(this.socket, this.identity, frame, several, this.#commands.rest());
    });
    void changing.then((changed) => {
      if (this.#isGone) return;
      if (changed === undefined) return this.#hangUp();
      this.identity = changed.identity;
      this.session = changed.session;
      this.#nameIt();
      this.#say(0, changed.sequence, this.session.arrival);
      this.#isBusy = false;
      this.socket.on('data', this.#onData);
      if (changed.rest.length > 0) this.#onData(changed.rest);
      else this.#next();
    });
  }

  sendsFile(ahead: number): void {
    this.#file = new LocalFile(ahead);
    // A client that expects the request may have sent the file right after the command.
    const rest = this.#sendFile(this.#file, this.#commands.rest());
    if (rest.length > 0) this.#commands.push(rest);
  }

  /** Passes the bytes of a file on to the server. @returns the bytes after the file, which are commands */
  #sendFile(file: LocalFile, chunk: Buffer): Buffer {
    const size = file.take(chunk);
    if (file.isOver) this.#file = undefined;
    if (size > 0 && this.binding.backend?.socket.write(chunk.subarray(0, size)) === false) this.pause();
    return chunk.subarray(size);
  }

  // ---- Its answers ----

  take(bytes: Buffer): boolean {
    if (this.socket.write(bytes)) return true;
    (this.#unread ??= new Unread(this, () => this.#hangUp())).begin();
    return false;
  }

  show(change: SessionChange | undefined, isEof: boolean): SessionChange | undefined {
    return this.session.shows(change, isEof);
  }

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    if (!this.#isGone) this.socket.resume();
  }

  fail(error: ErrorPacket): void {
    this.socket.write(packet(encodeError(error), this.#commands.reply));
  }

  #say(
    header: 0 | 0xfe = 0,
    sequence = this.#commands.reply,
    change = this.tracks ? this.session.shows(undefined) : undefined,
  ): void {
    const ok = { affectedRows: 0, insertId: 0, status: this.session.serverStatus, warnings: 0, info: NOTHING };
    const { capabilities } = this.identity;
    this.socket.write(packet(encodeOk({ ...ok, change }, capabilities, header), sequence));
  }

  // ---- Its end ----

  cutOff(error: ErrorPacket | undefined): void {
    if (error !== undefined) this.fail(error);
    this.#hangUp();
  }

  /** Sends `error`, unless a command is running, and disconnects: for a KILL, an idle timeout, or a closing gateway. */
  turnOut(error: ErrorPacket): void {
    if (this.#isGone) return;
    if (!this.isRunning) this.socket.write(packet(encodeError(error), 0));
    this.#hangUp();
  }

  /** The gateway is closing: disconnects the client now if it is idle, otherwise `done` does it later. */
  leaveWhenIdle(): void {
    if (this.isIdle) this.turnOut(SHUTDOWN);
  }

  #hangUp(): void {
    this.socket.off('data', this.#onData);
    part(this.socket);
    this.#gone();
  }

  #gone(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#unread?.end();
    this.#host.left(this.id);
    this.binding.abandon();
  }
}
