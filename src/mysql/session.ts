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

/** What a session needs of the one who opened it. */
export interface SessionHost {
  readonly pool: string;
  readonly kind: 'mysql' | 'mariadb';
  lost(cause: unknown): void;
  unfit(cause: unknown): void;
  /** Without one nothing can be stopped: whoever wants that drops the connection. */
  readonly killer: Killer;
  /** Shared by all connections of the pool. */
  readonly effects: EffectCache;
  readonly locks: LockKeeper<Session>;
  /** The places of its fleet, where these are locks of the server. */
  readonly slots?: SlotKeeper<Session> | undefined;
  /**
   * Who sends a command, if that is of interest: what it calls back runs as they do. mysql2 calls back from its socket,
   * which belongs to nobody, or to whoever happened to open it.
   */
  readonly callerHere?: (() => CallBack | undefined) | undefined;
}

/**
 * The session behind a connection. It sees every command that passes through the connection, by whatever method and
 * whoever sent it, and every answer, and keeps `state` by them.
 */
export class Session {
  readonly connection: MysqlConnection;
  readonly host: SessionHost;
  readonly state: SessionState;
  /** Which server it is on, in a word that no other server has; undefined when the server does not tell. */
  server: string | undefined;
  /** The number of the character set that mysql2 was configured with, and of a clean session: a hook may change it. */
  readonly #configuredCharset: number;
  #charset: number;
  readonly #effects: Effects;
  readonly #statements: StatementCache;
  readonly #formatsItself: boolean;
  #isOwn = false;
  /** The pool's own commands that go out together. */
  #together: Command[] | undefined;
  /** What is sent belongs to `transaction`, not to whoever called it. */
  #isUnnoted = false;
  /** What the borrower has said last, the latest first: the texts as they came, shown masked only. */
  #last: string | undefined;
  #before: string | undefined;
  #first: string | undefined;
  /** The loan, if it may be for one statement only, which a pool or an ORM runs on any connection. */
  lone: Lease<MysqlConnection> | undefined;
  /** Where that statement came from, if it is known and the statement leaves something behind. */
  placeOfLone: Error | undefined;
  #hasFailed = false;
  /** The loan goes on for a named lock that a statement on its own has taken. */
  hasLockAside = false;
  readonly listeners: OwnListeners;
  /** Does again what was done to the session when it was new, after a reset. */
  initAgain: (() => Promise<unknown>) | undefined;
  rowsCame: (() => void) | undefined; // see watchRowEnds
  isLostByReset = false; // MariaDB would no longer count it for its account, which has the limit of its fleet
  /** Called when a loan of it has ended. */
  onLoanEnd: (() => void) | undefined;
  readonly openedAt: number = performance.now();
  /** When the last command was sent. Once that is answered, the server has been alive since. */
  sentAt: number = this.openedAt;
  /** What must be over before the session can be judged: a statement that is being stopped, a late ROLLBACK. */
  unfinished: Promise<void> | undefined;
  readonly gate: Gate;
  #wasCutOff = false;
  /** What may release the lock of its place, and has not been sent yet. */
  readonly #releasing: WeakSet<Command> | undefined;

  constructor(connection: MysqlConnection, variables: SessionVariables, host: SessionHost, database: string) {
    const { config } = internals(connection);
    this.connection = connection;
    this.host = host;
    this.state = new SessionState(variables, database);
    this.#configuredCharset = config.charsetNumber;
    this.#charset = config.charsetNumber;
    this.#formatsItself = typeof config.queryFormat === 'function';
    this.#effects = host.effects.for({ several: (config.clientFlags & MULTI_STATEMENTS) !== 0, server: host.kind });
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

  /** Whether the server may be running a statement, or may go on with one although its connection is gone. */
  get isRunning(): boolean {
    return this.#wasCutOff || internals(this.connection)._command?.sql !== undefined;
  }

  /** `work`, which never rejects, is waited for before the session is judged. */
  judgeAfter(work: Promise<unknown>): void {
    const all = Promise.all([this.unfinished, work]).then(() => {
      if (this.unfinished === all) this.unfinished = undefined;
    });
    this.unfinished = all;
  }

  /** What is sent within `send` is the pool's own affair, and not watched. */
  own<T>(send: () => T): T {
    this.#isOwn = true;
    try {
      return send();
    } finally {
      this.#isOwn = false;
    }
  }

  /** What is sent within `send` is the pool's own affair, and goes out in one write. */
  together<T>(send: () => T): T {
    // What is compressed is counted in another way.
    if (internals(this.connection).config.compress) return this.own(send);
    let sent: T;
    const commands = this.#collect(() => (sent = send()));
    this.own(() => sendTogether(this.connection, commands));
    return sent!;
  }

  /** The commands that `send` would send. */
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

  /** What is sent within `send` is watched, but not remembered as something the borrower has said. */
  unnoted<T>(send: () => T): T {
    this.#isUnnoted = true;
    try {
      return send();
    } finally {
      this.#isUnnoted = false;
    }
  }

  /** The last statements of the loan, three at most, the latest first; without any value. */
  get recent(): string[] {
    const texts = [this.#last, this.#before, this.#first].filter((text) => text !== undefined);
    return texts.map((text) => maskStatement(text));
  }

  /** The one statement of a loan that was for one only, if the server has taken it. */
  get onlyStatement(): string | undefined {
    const isOnly = this.lone !== undefined && this.#before === undefined && !this.#hasFailed;
    return isOnly ? this.#last : undefined;
  }

  /** The loan has ended. */
  forgetRecent(): void {
    this.gate.guard = undefined;
    this.lone = this.placeOfLone = undefined;
    this.#hasFailed = false;
    if (this.#last !== undefined) this.#last = this.#before = this.#first = undefined;
  }

  /** The session is clean now. mysql2 follows SET NAMES only as far as the character set's default collation. */
  forget(): void {
    internals(this.connection).config.charsetNumber = this.#charset;
    this.state.forget();
    // What a hook has said on the way counts for nobody.
    this.forgetRecent();
  }

  /** As it is now, so it shall be whenever it is lent. */
  adopt(): void {
    this.listeners.adopt();
    this.#charset = internals(this.connection).config.charsetNumber;
    this.state.adopt();
    this.forgetRecent();
  }

  /** Takes what the answer to the set-up says as the state of a clean session. */
  begin(ok: OkPacket): void {
    internals(this.connection).config.charsetNumber = this.#configuredCharset;
    this.state.begin(Number(ok.serverStatus), changeIn(ok));
    this.adopt();
  }

  /** Takes what the answer to a set-up says right after a reset for what every reset leaves. */
  learnReset(ok: OkPacket): void {
    this.state.variables.learnReset(changeIn(ok)?.variables ?? {});
  }

  /** The session is as its set-up leaves it, whatever a hook has made of it before. */
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
    // Whoever may have lost its place takes it again before anything else is carried out.
    const addCommand =
      releasing === undefined
        ? send
        : (command: Command): Command => {
            const sent = send(command);
            if (releasing.delete(command)) this.host.slots?.secure(this);
            return sent;
          };
    // The one place in mysql2 that all commands pass: also those of ORMs, of the promise API and of prepared statements.
    inside.addCommand = (command) => {
      // Neither the closing of a statement nor one that is prepared already is answered.
      if (command.id === undefined) this.sentAt = performance.now();
      if (this.#isOwn) {
        if (this.#together !== undefined) {
          this.#together.push(command);
          return command;
        }
      } else {
        // What is the pool's own has a time limit, which does the same.
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

  /** False when it is the pool's own. */
  #resetting(how: 'reset' | 'changeUser'): boolean {
    if (how === 'reset' && this.#isOwn) return false;
    if (how === 'reset') this.state.markDirty();
    else this.state.markOtherUser();
    this.gate.guard?.resetting();
    return true;
  }

  /** False when it is sent by somebody else. */
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

  /** A statement that leaves something behind, in a loan that may be for it alone. True: it is sent from elsewhere. */
  #seeLone(command: Command, effect: Effect): boolean {
    if (this.#before !== undefined) return false;
    this.placeOfLone = this.lone?.takenFrom;
    // A lock is all that it is about only if it calls nothing unknown.
    const isPlain = effect.kind === 'dirty' && Object.keys(effect).length === 1;
    return isPlain && this.state.isTracked && this.host.locks.send(this, command, textOf(command));
  }

  /** It does not hold the command itself: a command that holds itself lives on, and the garbage collector copies it twice. */
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
    // Values that mysql2 quotes cannot change what a statement does; names can, and objects may bring SQL of their own.
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

  /** An OK came; rows come this way as well, when nobody collects them. */
  #answered(effect: Effect, ok: OkPacket | null, command?: Command): void {
    if (ok === null || typeof ok !== 'object' || typeof ok.serverStatus !== 'number' || ok.fieldCount !== 0) return;
    this.state.answered(effect, ok.serverStatus, changeIn(ok));
    if (command !== undefined) this.gate.guard?.answered(command);
  }

  /** The answer to a statement of the pool's own, which may also tell what one of the borrower's has done before. */
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

/** Undefined while a connection has not been greeted by its server, and for one that another copy of this package has opened. */
export function findSession(connection: MysqlConnection): Session | undefined {
  return (connection as { readonly [SESSION]?: Session })[SESSION];
}

/** The session behind a connection that a pool of this copy of the package has lent. */
export function sessionOf(connection: MysqlConnection): Session {
  const session = findSession(connection);
  if (session === undefined) throw new TypeError('expected a connection that a pool of node-mysqlpool has opened');
  return session;
}
