import { currentBorrower, type Borrower } from './borrower.js';
import type { Clock } from './clock.js';
import type { Connector } from './connector.js';
import type { Core } from './core.js';
import { Dialler } from './dialler.js';
import { Roster, State, type Entry } from './entry.js';
import { AcquireTimeoutError, PoolClosedError, QueueFullError, ScopeEndedError, type AcquirePhase } from './errors.js';
import { Emitter, type CloseReason } from './events.js';
import type { Lease, LeaseClass, LeaseHost } from './lease.js';
import type { ResolvedPoolOptions } from './options.js';
import { unlimitedPermits, type PermitAccount, type PermitHolder, type Permits } from './permits.js';
import { deadlockOf } from './self-deadlock.js';
import { newCounters, type PoolCounters, type PoolState, type PoolStats } from './stats.js';
import { Upkeep } from './upkeep.js';
import { Waiter, WaitQueue } from './wait-queue.js';

/** What a pool is built on. */
export interface ExchangeParts<C, L extends Lease<C>> {
  readonly options: ResolvedPoolOptions;
  readonly connector: Connector<C>;
  readonly Lease: LeaseClass<C, L>;
  readonly permits?: Permits | undefined;
  readonly clock: Clock;
  readonly random: () => number;
}

/**
 * Where free connections and callers meet. There is one way in for a connection that has nothing to do (`place`): the
 * head of the line first, then the idle stack. A caller waits for the pool and never for a particular dial.
 */
export class Exchange<C, L extends Lease<C>> implements Core<C>, LeaseHost<C>, PermitHolder {
  options!: ResolvedPoolOptions;
  state: PoolState = 'open';
  generation = 0;
  readonly clock: Clock;
  readonly random: () => number;
  readonly connector: Connector<C>;
  readonly permits: PermitAccount;
  readonly roster: Roster<C> = new Roster<C>();
  readonly events: Emitter = new Emitter();
  readonly counters: PoolCounters = newCounters();
  readonly dialler: Dialler<C>;
  readonly upkeep: Upkeep<C>;
  readonly #Lease: LeaseClass<C, L>;
  readonly #queue: WaitQueue<L>;
  #loans = 0;
  /** For how long an idle connection may be lent without a ping. */
  #idleFor = 0;
  /** Whether a loan remembers where it was taken, which costs ten times the rest of the loan. */
  #keepsPlace = false;
  #whenEmpty: (() => void) | undefined;
  onOpened: () => void = () => undefined;

  constructor(parts: ExchangeParts<C, L>) {
    this.configure(parts.options);
    this.clock = parts.clock;
    this.random = parts.random;
    this.connector = parts.connector;
    this.#Lease = parts.Lease;
    this.permits = (parts.permits ?? unlimitedPermits).join(this);
    this.#queue = new WaitQueue<L>(this.clock, (waiters) => this.#timeOut(waiters));
    this.upkeep = new Upkeep<C>(this);
    this.dialler = new Dialler<C>(this, this.upkeep, (error) => this.rejectAll(() => error));
  }

  configure(options: ResolvedPoolOptions): void {
    this.options = options;
    this.#idleFor = options.ping === 'never' ? Infinity : options.ping === 'always' ? 0 : options.ping.idleFor;
    this.#keepsPlace = options.leakThreshold > 0 || options.poolClass === 'AssertionPool';
  }

  get name(): string {
    return this.options.name;
  }

  waiters(): number {
    return this.#queue.size;
  }

  /** The fast path: the connection on top of the stack, if it can be lent as it is and nobody is ahead. */
  tryLend(): L | undefined {
    if (this.#queue.size > 0 || this.state !== 'open') return undefined;
    const { idle } = this.roster;
    const entry = this.options.order === 'lifo' ? idle[idle.length - 1] : idle[0];
    if (entry === undefined) return undefined;
    const now = this.clock.recent();
    return now < entry.readyUntil ? this.#lend(entry, now, 0, currentBorrower()) : undefined;
  }

  /** The slow path: into the line, unless the caller must be turned away. */
  enqueue(timeout: number, signal: AbortSignal | undefined): Promise<L> {
    return new Promise<L>((resolve, reject) => {
      const now = this.clock.now();
      const refusal = this.#refusal(timeout, now);
      if (refusal !== undefined) {
        this.#failed(0, refusal);
        reject(refusal);
        return;
      }
      // With no time at all, only what must be made ready is waited for, and no longer than a dial may take.
      const deadline = now + (timeout > 0 ? timeout : this.options.connectTimeout);
      const borrower = currentBorrower();
      const waiter = new Waiter<L>(resolve, reject, now, deadline, borrower);
      this.#queue.push(waiter);
      if (signal !== undefined) waiter.watch(signal, () => this.#reject(waiter, signal.reason));
      this.pump();
      if (waiter.settled) return;
      if (this.events.wants('waiting')) this.events.emit('waiting', { waiters: this.#queue.size });
      if (borrower !== undefined) this.#watchForDeadlock(waiter, borrower);
    });
  }

  /** Why a caller is turned away before getting in line. */
  #refusal(timeout: number, now: number): Error | undefined {
    if (this.state === 'closing' || this.state === 'closed') return new PoolClosedError(this.name);
    const refusal = this.dialler.refusal(now);
    if (refusal !== undefined) return refusal;
    const { maxSize, maxWaiters } = this.options;
    const spokenFor = this.#queue.size + this.roster.count(State.inUse) + this.roster.count(State.closing);
    if (spokenFor < maxSize) return undefined;
    if (this.#queue.size >= maxWaiters) return new QueueFullError(this.stats(), maxWaiters);
    return timeout > 0 ? undefined : new AcquireTimeoutError(this.stats(), this.#phase(), 0, this.dialler.lastError);
  }

  #lend(entry: Entry<C>, now: number, waited: number, borrower: Borrower | undefined): L {
    this.roster.move(entry, State.inUse);
    entry.loan = ++this.#loans;
    entry.sharers = 1;
    entry.takenAt = now;
    entry.borrower = borrower;
    this.counters.acquired++;
    if (borrower !== undefined || this.#keepsPlace) entry.takenFrom = new Error('taken');
    if (this.events.wants('acquired')) this.events.emit('acquired', { loan: entry.loan, connection: entry.id, waited });
    return new this.#Lease(this, entry, borrower);
  }

  returned(entry: Entry<C>): void {
    if (--entry.sharers > 0) return;
    const now = this.#takeBack(entry);
    const reason = this.#whyNotKept(entry, now);
    if (reason !== undefined) this.retire(entry, reason);
    else if (!this.upkeep.clean(entry)) this.#hand(entry, now);
    else {
      this.roster.move(entry, State.idle);
      this.pump();
    }
  }

  destroyed(entry: Entry<C>, cause: unknown): void {
    this.#takeBack(entry);
    this.retire(entry, 'destroyed', cause);
  }

  detached(entry: Entry<C>): void {
    this.#takeBack(entry);
    this.#gone(entry, 'detached');
  }

  /** Ends the loan: every lease that carries its number is void from now on. */
  #takeBack(entry: Entry<C>): number {
    const now = this.clock.recent();
    if (this.events.active) {
      const held = { loan: entry.loan, connection: entry.id, held: this.clock.now() - entry.takenAt };
      this.events.emit('released', held);
      if (entry.leakReported) this.events.emit('leakEnded', held);
    }
    entry.loan = 0;
    entry.usedAt = now;
    entry.borrower = undefined;
    entry.takenFrom = undefined;
    entry.leakReported = false;
    return now;
  }

  #whyNotKept(entry: Entry<C>, now: number): CloseReason | undefined {
    if (entry.lost) return 'dead';
    if (this.state === 'closing' || this.state === 'closed') return 'closed';
    if (entry.evicted || entry.generation !== this.generation) return 'evicted';
    if (now >= entry.retireAt) return 'lifetime';
    if (this.permits.contested) return 'spared';
    const { maxSize, maxIdle } = this.options;
    if (this.roster.size > maxSize) return 'overflow';
    if (this.#queue.size === 0 && entry.state !== State.idle && this.roster.count(State.idle) >= maxIdle)
      return 'overflow';
    return undefined;
  }

  place(entry: Entry<C>, now: number = this.clock.now()): void {
    const reason = this.#whyNotKept(entry, now);
    if (reason === undefined) this.#hand(entry, now);
    else this.retire(entry, reason);
  }

  /** The one place where a free connection goes: to the head of the line, else on the idle stack. */
  #hand(entry: Entry<C>, now: number): void {
    const waiter = this.#queue.size > 0 && this.state === 'open' ? this.#nextWaiter() : undefined;
    if (waiter !== undefined) {
      this.#serve(waiter, entry, now);
      return;
    }
    const quietSince = entry.usedAt > entry.aliveAt ? entry.usedAt : entry.aliveAt;
    const ready = quietSince + this.#idleFor;
    entry.readyUntil = ready < entry.expiresAt ? ready : entry.expiresAt;
    if (entry.state !== State.idle) this.roster.move(entry, State.idle);
  }

  #nextWaiter(): Waiter<L> | undefined {
    for (let waiter = this.#queue.shift(); waiter !== undefined; waiter = this.#queue.shift()) {
      if (waiter.borrower === undefined || !waiter.borrower.ended) return waiter;
      waiter.reject(this.#failed(this.clock.now() - waiter.since, new ScopeEndedError(this.name)));
    }
    return undefined;
  }

  #serve(waiter: Waiter<L>, entry: Entry<C>, now: number): void {
    const waited = now - waiter.since;
    this.counters.waited++;
    waiter.resolve(this.#lend(entry, now, waited, waiter.borrower));
  }

  pump(): void {
    const { roster, options } = this;
    if (this.state === 'open' && this.#queue.size > 0) {
      const now = this.clock.now();
      while (this.#queue.size > roster.count(State.checking) && roster.idle.length > 0) {
        const entry = options.order === 'lifo' ? roster.idle[roster.idle.length - 1]! : roster.idle[0]!;
        if (now >= entry.expiresAt) this.retire(entry, 'lifetime');
        else if (now < entry.readyUntil) this.place(entry, now);
        else {
          roster.move(entry, State.checking);
          if (!entry.pending) this.upkeep.ping(entry);
        }
      }
    }
    this.dialler.fill();
  }

  retire(entry: Entry<C>, reason: CloseReason, cause?: unknown): void {
    const polite = reason !== 'dead' && reason !== 'unclean' && reason !== 'destroyed' && !entry.pending;
    entry.readyUntil = 0;
    if (!polite) {
      this.upkeep.drop(entry.connection);
      this.#gone(entry, reason, cause);
      return;
    }
    this.roster.move(entry, State.closing);
    this.upkeep.dispose(entry).then(
      () => this.#gone(entry, reason, cause),
      () => undefined,
    );
  }

  #gone(entry: Entry<C>, reason: CloseReason, cause?: unknown): void {
    this.roster.move(entry, State.gone);
    this.permits.giveBack();
    this.counters.closed++;
    if (this.events.wants('closed')) this.events.emit('closed', { connection: entry.id, reason, cause });
    if (this.roster.size === 0) this.#whenEmpty?.();
    this.pump();
  }

  /** Resolves when nothing is left; what is on loan after `timeout` ms is destroyed. */
  async emptied(timeout: number): Promise<void> {
    if (this.roster.size === 0) return;
    const empty = new Promise<void>((resolve) => (this.#whenEmpty = resolve));
    const timer = this.clock.setTimeout(() => {
      for (const entry of [...this.roster.entries]) if (entry.state === State.inUse) this.destroyed(entry, undefined);
    }, timeout);
    await empty;
    this.clock.clearTimeout(timer);
  }

  lost(entry: Entry<C>, cause: unknown): void {
    if (entry.lost || entry.state >= State.closing) return;
    entry.lost = true;
    if (entry.state === State.idle || entry.state === State.checking) this.retire(entry, 'dead', cause);
    // What took one may have taken the others: none is lent before it has answered.
    this.upkeep.pingIdle();
  }

  evict(cause?: unknown): void {
    this.generation++;
    if (this.events.wants('evicted')) this.events.emit('evicted', { generation: this.generation, cause });
    for (const entry of [...this.roster.idle]) this.retire(entry, 'evicted', cause);
  }

  retry(): void {
    this.pump();
  }

  spareOne(): boolean {
    const entry = this.#queue.size === 0 ? this.roster.idle[0] : undefined;
    if (entry !== undefined) this.retire(entry, 'spared');
    return entry !== undefined;
  }

  #failed<E>(waited: number, error: E): E {
    this.counters.failed++;
    if (this.events.wants('acquireFailed')) this.events.emit('acquireFailed', { waited, error });
    return error;
  }

  #reject(waiter: Waiter<L>, error: unknown): void {
    waiter.reject(this.#failed(this.clock.now() - waiter.since, error));
    this.#queue.leave();
    this.pump();
  }

  rejectAll(why: () => Error): void {
    for (let waiter = this.#queue.shift(); waiter !== undefined; waiter = this.#queue.shift()) {
      waiter.reject(this.#failed(this.clock.now() - waiter.since, why()));
    }
  }

  #timeOut(waiters: readonly Waiter<L>[]): void {
    if (waiters.length === 0) return;
    const stats = this.stats();
    const phase = this.#phase();
    const now = this.clock.now();
    for (const waiter of waiters) {
      const waited = now - waiter.since;
      waiter.reject(this.#failed(waited, new AcquireTimeoutError(stats, phase, waited, this.dialler.lastError)));
    }
    this.pump();
  }

  #phase(): AcquirePhase {
    if (this.state === 'suspended') return 'suspended';
    if (this.roster.count(State.checking) > 0) return 'checking';
    return this.roster.alive === 0 ? 'connecting' : 'waiting';
  }

  #watchForDeadlock(waiter: Waiter<L>, borrower: Borrower): void {
    const waitedFrom = new Error('waited');
    // Not before the loop has turned once: branches that run side by side are busy by then, and will give back.
    this.clock.setImmediate(() => {
      const error = waiter.settled ? undefined : deadlockOf(this, borrower, waitedFrom);
      if (error !== undefined) this.#reject(waiter, error);
    });
  }

  stats(): PoolStats {
    const { roster, options, state, counters } = this;
    const now = this.clock.now();
    let oldest = now;
    for (const entry of roster.entries) if (entry.loan > 0) oldest = Math.min(oldest, entry.takenAt);
    const head = this.#queue.peek();
    return {
      name: options.name,
      state,
      maxSize: options.maxSize,
      size: roster.size,
      idle: roster.count(State.idle) + roster.count(State.checking),
      inUse: roster.count(State.inUse),
      connecting: roster.count(State.connecting),
      closing: roster.count(State.closing),
      waiters: this.#queue.size,
      longestWait: head === undefined ? 0 : now - head.since,
      oldestLoan: now - oldest,
      total: { ...counters },
    };
  }
}
