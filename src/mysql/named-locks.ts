import { format } from 'mysql2';
import { DIRTY, lockStatementOf, type LockName, type LockStatement } from '../session/index.js';
import { warnOnce, type Errands, type Lease, type PoolEventName, type PoolStats } from '../pool/index.js';
import { internals, refuse, type Command, type MysqlConnection } from './driver.js';
import { NamedLockHeldError } from './errors.js';
import { keepProcessAlive } from './keep-process-alive.js';
import type { LockKeeper } from './lock-keeper.js';
import { runOwn } from './own-commands.js';
import type { Session } from './session.js';

/** The part of the pool that the management of named locks uses. */
export interface LockPool {
  stats(): PoolStats;
  on(event: PoolEventName, listener: () => void): () => void;
}

/** A connection whose session holds named locks that were taken by statements sent through the pool itself. */
interface Holder {
  /** The names of the locks, as SQL expressions. */
  names: readonly string[];
  /**
   * The share of the lease that keeps the connection out of the pool; undefined while it has to serve other borrowers.
   */
  lease: Lease<MysqlConnection> | undefined;
  /** The loan of the statement that took the first of the locks. */
  readonly taker: Lease<MysqlConnection> | undefined;
  /**
   * Whether `names` is certain to cover all locks of the session: false if one has a name that might not be found
   * again.
   */
  isComplete: boolean;
  /** Whether the server has confirmed that the session holds the locks. */
  isSure: boolean;
  readonly forgetLoss: () => void;
}

// How long (ms) a RELEASE_LOCK waits for the connection that holds the lock while another borrower has it.
const PATIENCE = 30_000;

// How long (ms) a waiter has to wait before a connection with a lock serves others although some connections are merely
// lent: these may be held by the very callers that wait.
const LONG_WAIT = 1_000;

/**
 * Manages the named locks that are taken by statements sent through the pool itself. A lock belongs to a session, but
 * the next statement of the pool may run in another session. Therefore the connection is set aside until the lock is
 * released; a releasing statement that is sent through the pool is forwarded to that connection. A lock that a caller
 * takes on a connection it has borrowed is released with the loan, as always.
 *
 * If all connections are set aside while callers wait, one of them serves others again, and keeps its lock.
 */
export class NamedLocks implements LockKeeper<Session> {
  pool: LockPool | undefined;
  errands: Errands<MysqlConnection> | undefined;
  readonly #holders = new Map<Session, Holder>();
  /**
   * Sessions whose statement will be forwarded to another connection as soon as that is free; they have nothing to do
   * until then.
   */
  readonly #waiting = new Set<Session>();
  #subscriptions: (() => void)[] = [];
  #lookAgain: NodeJS.Timeout | undefined;

  get isHolding(): boolean {
    return this.#holders.size > 0;
  }

  send(session: Session, command: Command, sql: string): boolean {
    const statement = lockStatementOf(sql);
    if (statement === undefined) return false;
    const names = statement.names.map((name) => written(name, command.values));
    if (!names.every((name) => name !== undefined)) return false;
    const isComplete = statement.names.every((name) => isFoundAgain(name, command.values));
    if (statement.does !== 'take') return this.isHolding && this.#release(session, command, statement.does, names);
    if (this.#holders.has(session)) this.#work(command, () => this.#takeMore(session, command, names, isComplete));
    else this.#take(session, command, names, isComplete);
    return true;
  }

  #take(session: Session, command: Command, names: string[], isComplete: boolean): void {
    const forgetLoss = session.gate.onLoss(() => {
      if (this.#holders.get(session)?.isSure === true) warnOfLoss(session, GONE);
      this.drop(session);
    });
    const taker = session.lone!;
    this.#holders.set(session, { names, lease: taker.share(), taker, isComplete, isSure: false, forgetLoss });
    session.hasLockAside = true;
    this.#listen();
    command.on('end', () => void this.look(session));
    session.own(() => internals(session.connection).addCommand(command));
  }

  asks(session: Session, command: Command, sql: string, book: () => void): boolean {
    const kept = this.#holders.get(session);
    if (kept === undefined || kept.lease !== undefined) return false;
    const statement = lockStatementOf(sql);
    const names = statement?.does === 'take' ? statement.names.map((name) => written(name, command.values)) : [];
    if (names.length === 0 || !names.every((name) => name !== undefined)) return false;
    // Later statements of the borrower wait as well.
    session.gate.pause();
    session.gate.pass(command);
    void askKept(session, names, kept.names).then((isKept) => {
      if (isKept) refuse(command, () => new NamedLockHeldError(session.host.pool, 'taken'));
      else book();
      session.gate.resume();
    });
    return true;
  }

  /**
   * The server would grant a session a lock that it already holds: it cannot tell the callers behind one session apart.
   */
  async #takeMore(session: Session, command: Command, names: string[], isComplete: boolean): Promise<void> {
    const holder = this.#holders.get(session);
    const held = await askOwn(session, names);
    if (held.length > 0) throw new NamedLockHeldError(session.host.pool, 'taken');
    if (holder !== undefined) {
      holder.names = [...holder.names, ...names];
      holder.isComplete &&= isComplete;
      holder.isSure = false;
    }
    session.own(() => internals(session.connection).addCommand(command));
  }

  #release(session: Session, command: Command, does: LockStatement['does'], names: string[]): true {
    this.#work(command, async () => {
      const holders = new Set(await Promise.all(names.map((name) => this.#holderOf(session, name))));
      holders.delete(undefined);
      // A connection can release only its own locks.
      if (holders.size > 1) throw new NamedLockHeldError(session.host.pool, 'apart');
      const [target = session] = does === 'releaseAll' ? this.#holders.keys() : holders;
      if (does === 'releaseAll')
        for (const other of this.#holders.keys()) if (other !== target) this.#releaseAllOf(other);
      if (target !== session) return this.#sendThere(target, command, session);
      const holder = this.#holders.get(session);
      // Checked again when the connection is returned.
      if (holder !== undefined) holder.isSure = false;
      session.own(() => internals(session.connection).addCommand(command));
      session.host.slots?.secure(session);
    });
    return true;
  }

  /** Does what is necessary before a command is sent; an error is reported as the answer to the command. */
  #work(command: Command, work: () => Promise<void>): void {
    work().catch((error: unknown) => {
      if (command.onResult !== undefined) command.onResult(error);
      else if (command.listenerCount('error') > 0) command.emit('error', error);
      command.emit('end');
    });
  }

  async #holderOf(session: Session, name: string): Promise<Session | undefined> {
    const holders = [...this.#holders.keys()];
    if (holders.length <= 1) return holders[0];
    // A name that is valid only within its own statement, such as a column, cannot be looked up.
    const [row] = await ask(session, `SELECT IS_USED_LOCK(${name}) AS id`).catch(() => []);
    return holders.find(({ connection }) => connection.threadId === Number(row?.['id']));
  }

  /**
   * Releases all locks of another session: a connection that is set aside is reset at once, one that is idle or lent
   * once it can be borrowed.
   */
  #releaseAllOf(session: Session): void {
    if (this.#holders.get(session)?.lease !== undefined) return this.drop(session);
    const reset = (loan: Pick<Lease<MysqlConnection>, 'release'>): void => {
      this.drop(session);
      loan.release();
    };
    this.#borrow(session).then(reset, () => undefined);
  }

  async #sendThere(target: Session, command: Command, from: Session): Promise<void> {
    // Two sessions that waited for each other would never end.
    const isFree = this.#holders.get(target)?.lease !== undefined || this.#waiting.has(target);
    this.#waiting.add(from);
    try {
      const loan = isFree ? undefined : await this.#borrow(target);
      const ended = new Promise<void>((resolve) => relay(target, command, resolve));
      target.host.slots?.secure(target);
      const over = ended.then(() => this.look(target)).then(() => loan?.release());
      if (loan === undefined) target.judgeAfter(over);
    } finally {
      this.#waiting.delete(from);
    }
  }

  #borrow({ connection }: Session): Promise<Pick<Lease<MysqlConnection>, 'release'>> {
    return this.errands!.acquire('named lock', AbortSignal.timeout(PATIENCE), (each) => each === connection);
  }

  /** Asks which locks the session still holds; without any, it is returned to the pool. */
  async look(session: Session): Promise<void> {
    const holder = this.#holders.get(session);
    if (holder === undefined) return;
    const { names } = holder;
    const held = await askOwn(session, names).catch(() => undefined);
    if (this.#holders.get(session) !== holder) return;
    if (held === undefined) return this.drop(session);
    holder.names = held;
    holder.isSure = true;
    if (held.length === 0 && !holder.isComplete) this.drop(session);
    else if (held.length === 0) this.#forget(session, holder);
    else if (holder.lease !== undefined) {
      const { label } = holder.lease;
      if (label?.endsWith('named lock') !== true)
        holder.lease.label = label === undefined ? 'named lock' : `${label}, named lock`;
      this.#considerGivingIn();
    }
  }

  mustLook(session: Session): boolean {
    const holder = this.#holders.get(session);
    // The scope that took the lock has ended, and the lock is released with the rest of its session state.
    if (holder?.lease !== undefined) this.drop(session);
    return holder?.lease === undefined && holder?.isSure === false;
  }

  goOn(session: Session): void {
    // Within a scope that shares one connection, the next statement belongs to another loan, and the lock stays as it
    // does elsewhere.
    if (this.#holders.get(session)?.taker?.active === true) this.drop(session);
  }

  drop(session: Session): void {
    const holder = this.#holders.get(session);
    if (holder === undefined) return;
    session.state.sent(DIRTY);
    session.lone = undefined;
    this.#forget(session, holder);
  }

  lose(session: Session): void {
    const holder = this.#holders.get(session);
    if (holder === undefined) return;
    this.#forget(session, holder);
    warnOfLoss(session, RESET);
  }

  #forget(session: Session, { lease, forgetLoss }: Holder): void {
    this.#holders.delete(session);
    session.hasLockAside = false;
    forgetLoss();
    if (!this.isHolding) this.#stopListening();
    lease?.release();
  }

  // ---- When every connection is set aside and callers wait ----

  #listen(): void {
    if (this.#subscriptions.length > 0 || this.pool === undefined) return;
    // One turn later, to take into account what the caller has just started, such as a dial.
    const later = (): void => void setImmediate(() => this.#considerGivingIn());
    const { pool } = this;
    const whenever: PoolEventName[] = ['waiting', 'openFailed', 'closed', 'resumed'];
    this.#subscriptions = [
      ...whenever.map((event) => pool.on(event, later)),
      pool.on('poolClosing', () => {
        for (const session of this.#holders.keys()) this.drop(session);
      }),
    ];
  }

  #stopListening(): void {
    for (const unsubscribe of this.#subscriptions) unsubscribe();
    this.#subscriptions = [];
    clearTimeout(this.#lookAgain);
    this.#lookAgain = undefined;
  }

  #considerGivingIn(): void {
    if (this.pool === undefined || !this.isHolding) return;
    const { state, waiters, longestWait, idle, connecting, inUse } = this.pool.stats();
    const aside = [...this.#holders].filter(([, { lease, isSure }]) => lease !== undefined && isSure);
    const [first] = aside;
    const lends = state === 'open' || state === 'draining';
    if (first === undefined || !lends || waiters === 0 || idle + connecting > 0) return;
    if (inUse > aside.length && longestWait < LONG_WAIT) {
      this.#lookAgain ??= setTimeout(() => {
        this.#lookAgain = undefined;
        this.#considerGivingIn();
      }, LONG_WAIT - longestWait).unref();
      return;
    }
    const [session, holder] = first;
    const { lease } = holder;
    holder.lease = undefined;
    session.hasLockAside = false;
    lease!.release();
  }
}

/** The name of the lock with its values inserted, as an expression for another statement of the same session. */
function written({ sql, before, placeholders }: LockName, values: unknown): string | undefined {
  if (placeholders === 0) return sql;
  return Array.isArray(values) ? format(sql, values.slice(before, before + placeholders) as string[]) : undefined;
}

// The meaning of other characters and of backslashes depends on the character set and sql_mode of the session at that
// time.
const PLAIN_NAME = /^[\x20-\x5b\x5d-\x7e]*$/;

/** Whether the name is certain to mean the same lock when it is used again. */
function isFoundAgain({ sql, before, placeholders, isPlain }: LockName, values: unknown): boolean {
  if (!isPlain) return false;
  const value: unknown = placeholders === 0 ? sql : (values as unknown[])[before];
  return typeof value === 'string' && PLAIN_NAME.test(value);
}

type Row = Readonly<Record<string, unknown>>;

async function ask(session: Session, sql: string): Promise<readonly Row[]> {
  keepProcessAlive(session.connection);
  return (await runOwn(session, sql)) as unknown as readonly Row[];
}

/** Which of the names are locks that the session holds. */
async function askOwn(session: Session, names: readonly string[]): Promise<string[]> {
  const columns = names.map((name, index) => `IS_USED_LOCK(${name}) = CONNECTION_ID() AS l${index}`);
  const [row] = await ask(session, `SELECT ${columns.join(', ')}`);
  return names.filter((_, index) => Number(row?.[`l${index}`]) === 1);
}

/**
 * Whether one of the names is that of a lock that the session holds and that is among the kept ones. A name that cannot
 * be looked up is not.
 */
async function askKept(session: Session, names: readonly string[], kept: readonly string[]): Promise<boolean> {
  // Compared ignoring case, as MySQL compares lock names; for MariaDB, names that differ in case are different locks.
  const comparable = (name: string): string => `LOWER(CONVERT(${name} USING utf8mb4))`;
  const among = kept.map(comparable).join(', ');
  const is = names.map((name) => `(IS_USED_LOCK(${name}) = CONNECTION_ID() AND ${comparable(name)} IN (${among}))`);
  const rows = await ask(session, `SELECT ${is.join(' OR ')} AS isKept`).catch(() => []);
  return Number(rows[0]?.['isKept']) === 1;
}

const GONE = {
  why: 'its connection was replaced, or is lost',
  kind: 'a named lock that went with its connection',
} as const;
const RESET = {
  why:
    'its connection was the only one left and served other borrowers meanwhile, and one of them left state behind that ' +
    'takes a full reset; raise maxSize, or run what needs the lock in autoCloseDb.run(fn, { oneConnection: true })',
  kind: 'a named lock that was kept',
} as const;

function warnOfLoss({ host }: Session, { why, kind }: typeof GONE | typeof RESET): void {
  warnOnce('MYSQLPOOL_STATE_LOST', `${host.pool}: a named lock is lost: ${why}`, kind);
}

/** Sends a command that was given to one connection on another one, and calls `ended` once it has been answered. */
function relay(target: Session, command: Command, ended: () => void): void {
  const { connection } = target;
  keepProcessAlive(connection);
  if (command._queryOptions !== undefined) {
    command.on('end', ended);
    target.own(() => internals(connection).addCommand(command));
    return;
  }
  // Prepared statements belong to a connection, so the statement is prepared again on this one.
  const options = { ...(command._executeOptions as object), sql: command.sql, values: command.values };
  const execute = connection.execute.bind(connection) as unknown as (o: object, done?: unknown) => Command;
  const again = target.own(() => execute(options, command.onResult));
  for (const event of ['fields', 'result', 'error'] as const) {
    if (command.onResult === undefined) again.on(event, (value) => void command.emit(event, value));
  }
  again.on('end', () => {
    command.emit('end');
    ended();
  });
}
