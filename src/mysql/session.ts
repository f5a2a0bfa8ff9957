import { errorMonitor } from 'node:events';
import type { Lease } from '../pool/index.js';
import {
  ANYTHING,
  errnoOf,
  isLost,
  isReadOnlyServer,
  maskStatement,
  mayReleaseLock,
  SessionState,
  WRITE,
  type Effect,
  type EffectCache,
  type Effects,
  type Killer,
  type KnownServer,
  type SessionVariables,
} from '../session/index.js';
import { callBackAs, type CallBack } from './call-back-as.js';
import { keepProcessAlive } from './keep-process-alive.js';
import { internals, type Command, type MysqlConnection } from './driver.js';
import { Gate } from './gate.js';
import { OwnListeners } from './listeners.js';
import type { LockKeeper } from './lock-keeper.js';
import { changeIn, type OkPacket } from './ok-packet.js';
import { sendTogether } from './pipeline.js';
import { isPlain } from './plain-values.js';
import { SESSION } from './places.js';
import { addReset, watchResets } from './reset-connection.js';
import type { SlotKeeper } from './slot-keeper.js';
import { isPreparation, keepStatements, prepareAgain, type StatementCache } from './statement-cache.js';

const MULTI_STATEMENTS = 0x10000;

/** What a session needs of the pool that opened it. */
export interface SessionHost extends Required<KnownServer> {
  readonly pool: string;
  lost(cause: unknown): void;
  unfit(cause: unknown): void;
  /** Stops statements on the server; shared by all connections of the pool. */
  readonly killer: Killer;
  /** Shared by all connections of the pool. */
  readonly effects: EffectCache;
  readonly locks: LockKeeper<Session>;
  /** The places of the fleet, if they are named locks of the server. */
  readonly slots?: SlotKeeper<Session> | undefined;
  /**
   * The async context of the caller that sends a command, if it matters: its callbacks run in that context. mysql2
   * calls back from its socket, whose context is that of whoever happened to open the connection.
   */
  readonly callerHere?: (() => CallBack | undefined) | undefined;
}

/**
 * The server session behind a connection. It sees every command that passes through the connection, whichever API
 * created it, and every answer, and updates `state` accordingly.
 */
export class Session {
  readonly connection: MysqlConnection;
  readonly host: SessionHost;
  readonly state: SessionState;
  /** Identifies the server, as no other server does; undefined if the server does not tell. */
  server: string | undefined;
  /** The charset number that mysql2 was configured with, and that of the clean state, which a hook may change. */
  readonly #configuredCharset: number;
  #charset: number;
  readonly #effects: Effects;
  readonly #statements: StatementCache;
  readonly #formatsItself: boolean;
  #isOwn = false;
  /** Collects the pool's own commands that are to be sent in one write. */
  #together: Command[] | undefined;
  /** Commands sent now belong to the pool or to `transaction`, and are not recorded as the borrower's. */
  #isUnnoted = false;
  /** The last three statements of the borrower, latest first, with their values: shown masked only. */
  #last: string | undefined;
  #before: string | undefined;
  #first: string | undefined;
  /** The loan, if it may be for a single statement, which a pool or an ORM may run on any connection. */
  lone: Lease<MysqlConnection> | undefined;
  /** The call site of that statement, if it is known and the statement leaves state behind. */
  placeOfLone: Error | undefined;
  #hasFailed = false;
  /** The loan is extended because a statement sent through the pool itself has taken a named lock. */
  hasLockAside = false;
  readonly listeners: OwnListeners;
  /** Repeats, after a reset, what was done to the session when it was new. */
  initAgain: (() => Promise<unknown>) | undefined;
  rowsCame: (() => void) | undefined; // see watchRowEnds
  isLostByReset = false; // MariaDB stops counting it for the account, whose limit is that of the fleet
  /** Called when a loan of the connection has ended. */
  onLoanEnd: (() => void) | undefined;
  readonly openedAt: number = performance.now();
  /** When the last command was sent. Once it is answered, the server was alive at that time or later. */
  sentAt: number = this.openedAt;
  /** What must end before the session state is known: the stopping of a statement, a late ROLLBACK. */
  unfinished: Promise<void> | undefined;
  readonly gate: Gate;
  #wasCutOff = false;
  /** Commands that may release the lock of the fleet place, and have not been sent yet. */
  readonly #releasing: WeakSet<Command> | undefined;

  constructor(connection: MysqlConnection, variables: SessionVariables, host: SessionHost, database: string) {
    const { config } = internals(connection);
    this.connection = connection;
    this.host = host;
    this.state = new SessionState(variables, database);
    this.#charset = this.#configuredCharset = config.charsetNumber;
    this.#formatsItself = typeof config.queryFormat === 'function';
    const several = (config.clientFlags & MULTI_STATEMENTS) !== 0;
    this.#effects = host.effects.for({ several, server: host.server, version: host.version });
    this.#statements = keepStatements(connection, () => this.state.preparedUnder);
    if (host.slots !== undefined) this.#releasing = new WeakSet<Command>();
    this.gate = new Gate(this);
    this.listeners = new OwnListeners(connection);
    this.#watch();
    (connection as { [SESSION]?: Session })[SESSION] = this;
  }

  /** Whether a transaction is open, or may be. */
  get inTransaction(): boolean {
    return this.state.inTransaction;
  }

  /** Whether the server may be running a statement, perhaps even after its connection was lost. */
  get isRunning(): boolean {
    return this.#wasCutOff || internals(this.connection)._command?.sql !== undefined;
  }

  /** Makes the cleaning of the session wait for `work`, which never rejects. */
  judgeAfter(work: Promise<unknown>): void {
    const all = Promise.all([this.unfinished, work]).then(() => {
      if (this.unfinished === all) this.unfinished = undefined;
    });
    this.unfinished = all;
  }

  /** Commands sent within `send` are the pool's own, and are not tracked. */
  own<T>(send: () => T): T {
    this.#isOwn = true;
    try {
      return send();
    } finally {
      this.#isOwn = false;
    }
  }

  /** Commands sent within `send` are the pool's own, and go out in one write. */
  together<T>(send: () => T): T {
    // With compression, packets are numbered differently.
    if (internals(this.connection).config.compress) return this.own(send);
    let sent: T;
    const commands = this.#collect(() => (sent = send()));
    this.own(() => sendTogether(this.connection, commands));
    return sent!;
  }

  /** Collects the commands that `send` sends, instead of sending them. */
  #collect(send: () => void): Command[] {
    const commands: Command[] = [];
    this.#together = commands;
    try {
      this.own(send);
    } finally {
      this.#together = undefined;
    }
    return commands;
  }

  /** Commands sent within `send` are tracked, but not recorded as statements of the borrower. */
  unnoted<T>(send: () => T): T {
    this.#isUnnoted = true;
    try {
      return send();
    } finally {
      this.#isUnnoted = false;
    }
  }

  /** The last statements of the loan, at most three, latest first, without their values. */
  get recent(): string[] {
    const texts = [this.#last, this.#before, this.#first].filter((text) => text !== undefined);
    return texts.map((text) => maskStatement(text));
  }

  /** The statement of a loan that was made for one statement only, if the server accepted it. */
  get onlyStatement(): string | undefined {
    const isOnly = this.lone !== undefined && this.#before === undefined && !this.#hasFailed;
    return isOnly ? this.#last : undefined;
  }

  /** Forgets what belonged to the loan that has ended. */
  forgetRecent(): void {
    this.gate.guard = undefined;
    this.lone = this.placeOfLone = undefined;
    this.#hasFailed = false;
    if (this.#last !== undefined) this.#last = this.#before = this.#first = undefined;
  }

  /** Marks the session as clean. mysql2 follows SET NAMES only as far as the default collation of the charset. */
  forget(): void {
    internals(this.connection).config.charsetNumber = this.#charset;
    this.state.forget();
    // Statements of a hook in between are not recorded.
    this.forgetRecent();
  }

  /** Makes the current state the clean state. */
  adopt(): void {
    this.listeners.adopt();
    this.#charset = internals(this.connection).config.charsetNumber;
    this.state.adopt();
    this.forgetRecent();
  }

  /** Records the state reported in the answer to the set-up as the clean state. */
  begin(ok: OkPacket): void {
    internals(this.connection).config.charsetNumber = this.#configuredCharset;
    this.state.begin(Number(ok.serverStatus), changeIn(ok));
    this.adopt();
  }

  /** Records the state reported by a set-up right after a reset as the state that every reset leaves. */
  learnReset(ok: OkPacket): void {
    this.state.variables.learnReset(changeIn(ok)?.variables ?? {});
  }

  /** The session is as the pool's set-up leaves it; changes made by a hook are gone. */
  setUpAgain(): void {
    this.#charset = this.#configuredCharset;
    if (this.initAgain !== undefined) this.listeners.begin();
    this.forget();
  }

  #watch(): void {
    const inside = internals(this.connection);
    addReset(this.connection);
    const send = inside.addCommand.bind(inside);
    const releasing = this.#releasing;
    // After a command that may release the place in the fleet, the place is claimed again before any other command.
    const addCommand =
      releasing === undefined
        ? send
        : (command: Command): Command => {
            const sent = send(command);
            if (releasing.delete(command)) this.host.slots?.secure(this);
            return sent;
          };
    // All commands pass through this method of mysql2, also those of ORMs, the promise API and prepared statements.
    inside.addCommand = (command) => {
      // Commands with an id do not count: CLOSE is never answered, and PREPARE is not sent if the statement is cached.
      if (command.id === undefined) this.sentAt = performance.now();
      if (this.#isOwn) {
        if (this.#together !== undefined) {
          this.#together.push(command);
          return command;
        }
      } else {
        // The pool's own commands have a time limit, whose timer keeps the process alive.
        keepProcessAlive(this.connection);
        const caller = this.host.callerHere?.();
        if (caller !== undefined) callBackAs(command, caller);
        if (!this.#see(command) || !this.gate.pass(command)) return command;
      }
      return addCommand(command);
    };
    const sent = (): void => this.host.slots?.secure(this);
    watchResets(this.connection, { sent, sending: (how) => this.#resetting(how) });
  }

  /** Returns false for the pool's own reset. */
  #resetting(how: 'reset' | 'changeUser'): boolean {
    if (how === 'reset' && this.#isOwn) return false;
    if (how === 'reset') this.state.markDirty();
    else this.state.markOtherUser();
    this.gate.guard?.resetting();
    return true;
  }

  /** Tracks a command. Returns false if it is sent by the lock keeper instead. */
  #see(command: Command): boolean {
    const effect = this.#effectOf(command);
    if (this.hasLockAside && effect !== undefined) this.host.locks.goOn(this);
    if (effect === undefined) {
      if (isPreparation(command))
        prepareAgain(this.connection, this.#statements, command, (send) => this.#collect(send));
      else if (typeof command.id === 'number') this.#statements.forget(command.id);
      return true;
    }
    const { locks } = this.host;
    if (effect.kind !== 'read') {
      if (this.lone !== undefined && effect.kind !== 'write' && this.#seeLone(command, effect)) return false;
      const mayAsk = effect.kind === 'dirty' && locks.isHolding;
      if (mayAsk && locks.asks(this, command, textOf(command), () => this.#book(command, effect))) return false;
    }
    this.#book(command, effect);
    return true;
  }

  #book(command: Command, effect: Effect): void {
    if (effect.kind !== 'read') {
      this.state.sent(effect);
      if (effect.kind === 'dirty' && this.#releasing !== undefined && mayReleaseLock(textOf(command)))
        this.#releasing.add(command);
      if ('defines' in effect) command.on('end', this.host.effects.expect(textOf(command)));
      command.on('result', Session.#hearing(this, effect));
    }
    const { onResult } = command;
    if (onResult === undefined) command.on(errorMonitor, (error) => this.#failed(command, effect, error));
    else command.onResult = Session.#watching(this, effect, onResult);
  }

  /** A statement that leaves state behind, in a loan that may be for it alone. True: the lock keeper sends it. */
  #seeLone(command: Command, effect: Effect): boolean {
    if (this.#before !== undefined) return false;
    this.placeOfLone = this.lone?.takenFrom;
    // It may only concern a lock if it calls nothing unknown.
    const isPlain = effect.kind === 'dirty' && Object.keys(effect).length === 1;
    return isPlain && this.state.isTracked && this.host.locks.send(this, command, textOf(command));
  }

  /** Does not reference the command: one that references itself survives young collections, and is copied twice. */
  static #watching(session: Session, effect: Effect, onResult: NonNullable<Command['onResult']>): Command['onResult'] {
    return function (this: Command | undefined, error, rows, fields) {
      if (error) session.#failed(this, effect, error);
      onResult(error, rows, fields);
    };
  }

  static #hearing(session: Session, effect: Effect): (result: unknown) => void {
    return function (this: Command, result) {
      session.#answered(effect, result as OkPacket | null, this);
    };
  }

  #effectOf(command: Command): Effect | undefined {
    const { sql, values } = command;
    if (typeof sql !== 'string') {
      const prepared = command.statement?.query;
      return typeof prepared === 'string' ? this.#effects.of(this.#note(prepared)) : undefined;
    }
    const template = command._queryOptions?.sql;
    if (typeof template !== 'string') {
      this.#note(sql);
      return command._queryOptions === undefined ? this.#effects.of(sql) : ANYTHING;
    }
    this.#note(template);
    // Quoted values cannot change what a statement does, but identifiers can, and objects may bring SQL of their own.
    return isPlain(values) && !this.#formatsItself && !template.includes('??')
      ? this.#effects.of(template)
      : this.#effects.once(sql);
  }

  #note(text: string): string {
    if (this.#isUnnoted) return text;
    this.#first = this.#before;
    this.#before = this.#last;
    this.#last = text;
    return text;
  }

  /** An OK was received. Rows also arrive here if nobody collects them. */
  #answered(effect: Effect, ok: OkPacket | null, command?: Command): void {
    if (ok === null || typeof ok !== 'object' || typeof ok.serverStatus !== 'number' || ok.fieldCount !== 0) return;
    this.state.answered(effect, ok.serverStatus, changeIn(ok));
    if (command !== undefined) this.gate.guard?.answered(command);
  }

  /** The answer to a statement of the pool, which may also report what the last one of the borrower has done. */
  heard(ok: OkPacket): void {
    this.#answered(WRITE, ok);
  }

  #failed(command: Command | undefined, effect: Effect, error: unknown): void {
    this.#hasFailed = true;
    this.state.failed(effect);
    if (isLost(error)) {
      const isRunning = command !== undefined && internals(this.connection)._command === command;
      this.#wasCutOff ||= errnoOf(error) === undefined && isRunning;
      this.host.lost(error);
    } else if (errnoOf(error) !== undefined) {
      if (isReadOnlyServer(error, this.state.hasAskedForReadOnly)) this.host.unfit(error);
      this.gate.failed(command, error);
    }
  }
}

const textOf = ({ sql, statement }: Command): string => String(sql ?? statement?.query);

/** Undefined before the login has succeeded, and for a connection that another copy of this package has opened. */
export function findSession(connection: MysqlConnection): Session | undefined {
  return (connection as { readonly [SESSION]?: Session })[SESSION];
}

/** The session behind a connection that a pool of this copy of the package has lent. */
export function sessionOf(connection: MysqlConnection): Session {
  const session = findSession(connection);
  if (session === undefined) throw new TypeError('expected a connection that a pool of node-mysqlpool has opened');
  return session;
}
