import { setMaxListeners } from 'node:events';
import { loansOf, waitersOf, type Borrowers } from './borrowers.js';
import { captureCallSite } from './call-site.js';
import { acquireTrace } from './channels.js';
import { Core, type PoolParts } from './core.js';
import { Dialler } from './dialler.js';
import { State, type Entry } from './entry.js';
import {
  AcquireTimeoutError,
  PoolClosedError,
  QueueFullError,
  type AcquirePhase,
  type TimeoutScene,
} from './errors.js';
import { ErrandList } from './errands.js';
import type { CloseReason } from './events.js';
import { Lease, type LeaseClass, type LeaseHost } from './lease.js';
import { watchLostLeases, type LostLeases } from './lost-leases.js';
import type { ResolvedPoolOptions } from './options.js';
import { defaultPermits, type PermitAccount, type PermitHolder } from './permits.js';
import { statsOf, type PoolStats } from './stats.js';
import { turnAway, withoutStack } from './turn-away.js';
import { Upkeep } from './upkeep.js';
import { WaitQueue, type Waiter } from './wait-queue.js';

// How long (ms) the connection that is next is waited for while it is being cleaned, although another lies ready.
const PATIENCE = 50;

// So many loans does a time-out name.
const NAMED = 3;

// There is no good-bye to those.
const BROKEN: ReadonlySet<CloseReason> = new Set(['dead', 'unclean', 'destroyed', 'leaked']);

/**
 * Where free connections and callers meet. There is one place where a connection with nothing to do goes (`#hand`): to
 * the head of the line, else on the idle stack. A caller waits for the pool, never for a particular dial.
 */
export class Exchange<C, L extends Lease<C>> extends Core<C> implements LeaseHost<C>, PermitHolder {
  readonly permits: PermitAccount;
  readonly dialler: Dialler<C>;
  readonly upkeep: Upkeep<C>;
  readonly errands: ErrandList<C, L>;
  readonly #Lease: LeaseClass<C, L>;
  readonly #queue: WaitQueue<L>;
  #loans = 0;
  /** How many want to know where borrowers stand in the code. */
  tracers = 0;
  lostLeases: LostLeases<C> | undefined;
  /** For how long an idle connection may be lent without a ping. */
  #idleFor = 0;
  #whenEmpty: (() => void) | undefined;

  constructor(parts: PoolParts<C, L>, options: ResolvedPoolOptions, owner: object) {
    super(parts as PoolParts<C>, options, owner);
    this.configure(options);
    this.#Lease = parts.Lease ?? (Lease as LeaseClass<C, L>);
    this.#queue = new WaitQueue<L>(this.clock, (waiters) => this.#timeOut(waiters));
    this.upkeep = new Upkeep<C>(this);
    this.dialler = new Dialler<C>(this, this.upkeep, (error) => this.rejectAll(() => error));
    this.permits = (parts.permits ?? defaultPermits).join(this);
    this.errands = new ErrandList<C, L>(this);
    this.connector.attach?.(this.errands);
  }

  configure(options: ResolvedPoolOptions): void {
    this.options = options;
    this.#idleFor = options.ping === 'never' ? Infinity : options.ping === 'always' ? 0 : options.ping.idleFor;
    if (options.leakThreshold === 0) this.lostLeases = undefined;
    else this.lostLeases ??= watchLostLeases(this.connector, (entry) => this.#reclaim(entry));
  }

  get name(): string {
    return this.options.name;
  }

  /** How many a connection is wanted for: callers in line, and errands. */
  get waiters(): number {
    return this.#queue.size + this.errands.size;
  }

  get closing(): number {
    return this.roster.count(State.closing);
  }

  /** The idle connection that is lent next. */
  #next(): Entry<C> | undefined {
    const { idle } = this.roster;
    return this.options.order === 'lifo' ? idle[idle.length - 1] : idle[0];
  }

  /** The same for a caller in line, who need not wait for one that has been seen to for long while another is ready. */
  #nextInTime(now: number): Entry<C> | undefined {
    const next = this.#next();
    const slow = next?.pending === true && now - next.usedAt > PATIENCE;
    return slow ? (this.roster.idle.find((entry) => now < entry.readyUntil) ?? next) : next;
  }

  /** The fast path: a connection that can be lent as it is, when nobody is ahead. */
  tryLend(label?: string): L | undefined {
    if (this.#queue.size > 0 || this.state !== 'open') return undefined;
    const entry = this.#next();
    if (entry === undefined) return undefined;
    const now = this.clock.recent();
    return now < entry.readyUntil ? this.#lend(entry, now, undefined, label) : undefined;
  }

  /** The slow path: into the line, unless the caller must be turned away. */
  enqueue(timeout: number, signal: AbortSignal | undefined, label: string | undefined): Promise<L> {
    if (!acquireTrace.hasSubscribers) return this.#enqueue(timeout, signal, label);
    const context = { pool: this.owner, label, phase: this.#phase() };
    return acquireTrace.tracePromise(() => this.#enqueue(timeout, signal, label), context);
  }

  #enqueue(timeout: number, signal: AbortSignal | undefined, label: string | undefined): Promise<L> {
    const refusal = this.#refusal(timeout);
    if (refusal !== undefined) return Promise.reject(this.#failed(0, refusal, label));
    let resolve!: (lease: L | PromiseLike<never>) => void;
    // Nothing else in here, so that the compiler can do without the closure.
    const loan = new Promise<L>((yes) => {
      resolve = yes;
    });
    const waiter: Waiter<L> = {
      resolve,
      // With no time at all, only what must be made ready is waited for, and no longer than a dial may take.
      timeout: timeout > 0 ? timeout : this.options.connectTimeout,
      label,
      place: this.#place(),
      arrival: undefined,
      unwatch: undefined,
      settled: false,
    };
    if (signal !== undefined) this.#watch(waiter, signal);
    this.#queue.push(waiter);
    // In a full pool, one more in line changes nothing.
    if (this.roster.idle.length > 0 || this.roster.size < this.options.maxSize) this.pump();
    if (this.events.wantsLoans && !waiter.settled && this.events.wants('waiting')) {
      this.events.emit('waiting', { waiters: this.#queue.size, label });
    }
    return loan;
  }

  /** Why a caller is turned away before getting in line. */
  #refusal(timeout: number): Error | undefined {
    if (this.state === 'closing' || this.state === 'closed') return new PoolClosedError(this.name);
    const refusal = this.dialler.refusal();
    const spokenFor = this.#queue.size + this.roster.count(State.inUse) + this.roster.count(State.closing);
    if (refusal !== undefined || spokenFor < this.options.maxSize) return refusal;
    // Those for whom a connection is on its way do not count: there is room for them.
    if (spokenFor - this.options.maxSize >= this.options.maxWaiters)
      return new QueueFullError(this.stats(), this.options.maxWaiters);
    return timeout > 0 ? undefined : new AcquireTimeoutError(this.#scene(), 0);
  }

  #watch(waiter: Waiter<L>, signal: AbortSignal): void {
    const onAbort = (): void => this.#reject(waiter, signal.reason);
    // Any number of callers may wait on one signal, of a request for instance; Node would warn from the 11th on.
    setMaxListeners(0, signal);
    signal.addEventListener('abort', onAbort);
    waiter.unwatch = () => signal.removeEventListener('abort', onAbort);
  }

  #place(): Error | undefined {
    return this.tracers > 0 || this.options.leakThreshold > 0 ? captureCallSite() : undefined;
  }

  #lend(entry: Entry<C>, now: number, waiter: Waiter<L> | undefined, label: string | undefined): L {
    if (entry.state !== State.inUse) this.roster.move(entry, State.inUse);
    entry.loan = ++this.#loans;
    entry.sharers = 1;
    entry.takenAt = now;
    entry.label = label;
    entry.takenFrom = waiter === undefined ? this.#place() : waiter.place;
    this.counters.acquired++;
    if (this.events.wantsLoans && this.events.wants('acquired')) {
      const ms = waited(waiter, this.clock.now());
      this.events.emit('acquired', { loan: entry.loan, connection: entry.id, waited: ms, label });
    }
    return new this.#Lease(this, entry);
  }

  returned(entry: Entry<C>): void {
    if (--entry.sharers > 0) return;
    const now = this.#takeBack(entry);
    const reason = this.#whyNotKept(entry, now);
    if (reason !== undefined) this.retire(entry, reason);
    else if (!this.upkeep.clean(entry) && (this.#idleFor > 0 || this.#queue.size === 0)) this.#hand(entry, now);
    else {
      // Where it would be if it were ready: whoever takes it next waits for that, and nobody opens another meanwhile.
      entry.readyUntil = 0;
      this.roster.move(entry, State.idle);
      this.pump();
    }
  }

  /** A lease is garbage: what was left behind is unknown, so that the connection is not lent again. */
  #reclaim(entry: Entry<C>): void {
    entry.evicted = true;
    if (--entry.sharers > 0) return;
    this.#takeBack(entry, true);
    this.retire(entry, 'leaked');
  }

  destroyed(entry: Entry<C>, cause: unknown): void {
    this.#takeBack(entry);
    this.retire(entry, 'destroyed', cause);
  }

  detached(entry: Entry<C>): void {
    this.#takeBack(entry);
    this.#closed(entry, 'detached');
  }

  /** Ends the loan: every lease that carries its number is void from now on. */
  #takeBack(entry: Entry<C>, reclaimed = false): number {
    const now = this.clock.recent();
    const { loan, leakReported, label } = entry;
    entry.loan = 0;
    entry.usedAt = now;
    entry.label = undefined;
    entry.takenFrom = undefined;
    entry.leakReported = false;
    const ends = leakReported || reclaimed;
    if (ends || (this.events.wantsLoans && this.events.wants('released'))) {
      const held = { loan, connection: entry.id, held: this.clock.now() - entry.takenAt, label };
      this.events.emit('released', held);
      if (ends) this.events.emit('leakEnded', { ...held, reclaimed });
    }
    return now;
  }

  #whyNotKept(entry: Entry<C>, now: number): CloseReason | undefined {
    if (entry.lost) return 'dead';
    if (this.state === 'closing' || this.state === 'closed') return 'closed';
    if (entry.evicted || entry.generation !== this.generation) return 'evicted';
    if (now >= entry.expiresAt) return 'lifetime';
    // Only what comes back is due to others: taking what was just opened, they would pass it round unused.
    if (entry.state === State.inUse && this.permits.contested) return 'spared';
    const { maxSize, maxIdle } = this.options;
    const surplus = entry.state !== State.idle && this.roster.idle.length >= maxIdle && this.#queue.size === 0;
    return surplus || this.roster.size - this.roster.count(State.closing) > maxSize ? 'overflow' : undefined;
  }

  place(entry: Entry<C>): void {
    const now = this.clock.now();
    const reason = this.#whyNotKept(entry, now);
    if (reason === undefined) this.#hand(entry, now);
    else this.retire(entry, reason);
  }

  /** What lies idle goes on an errand: now, or when it has answered a ping. */
  sendIdle(suits: (connection: C) => boolean, label: string): L | undefined {
    const now = this.clock.now();
    const fit = this.roster.idle.filter(({ connection, expiresAt }) => now < expiresAt && suits(connection));
    const ready = fit.findLast(({ readyUntil }) => now < readyUntil);
    if (ready !== undefined) return this.#lend(ready, now, undefined, label);
    const asked = fit.at(-1);
    if (asked !== undefined && !fit.some(({ pending }) => pending)) {
      this.roster.move(asked, State.checking);
      this.upkeep.ping(asked);
    }
    return undefined;
  }

  #hand(entry: Entry<C>, now: number): void {
    const errand = this.errands.size > 0 ? this.errands.take(entry.connection) : undefined;
    if (errand !== undefined) {
      errand.resolve(this.#lend(entry, now, undefined, errand.label));
      return;
    }
    const waiter = this.#queue.size > 0 && this.state === 'open' ? this.#queue.shift() : undefined;
    if (waiter !== undefined) {
      this.counters.waited++;
      waiter.resolve(this.#lend(entry, now, waiter, waiter.label));
      return;
    }
    const ready = (entry.usedAt > entry.aliveAt ? entry.usedAt : entry.aliveAt) + this.#idleFor;
    entry.readyUntil = ready < entry.expiresAt ? ready : entry.expiresAt;
    if (entry.state !== State.idle) this.roster.move(entry, State.idle);
  }

  pump(): void {
    if (this.state === 'open' && this.#queue.size > 0 && this.roster.idle.length > 0) this.#serve(this.clock.now());
    this.dialler.fill();
  }

  /** Hands out what lies idle, and has that made ready which is not. */
  #serve(now: number): void {
    // A listener may suspend the pool in the middle of it.
    while (this.state === 'open' && this.#queue.size > this.roster.count(State.checking)) {
      const entry = this.#nextInTime(now);
      if (entry === undefined) return;
      if (now >= entry.expiresAt) this.retire(entry, 'lifetime');
      else if (now < entry.readyUntil) this.#hand(entry, now);
      else {
        this.roster.move(entry, State.checking);
        if (!entry.pending) this.upkeep.ping(entry);
      }
    }
  }

  retire(entry: Entry<C>, reason: CloseReason, cause?: unknown): void {
    // A listener may have done so already, in the middle of a round over several.
    if (entry.loan > 0 || entry.state >= State.closing) return;
    const whole = !BROKEN.has(reason) && !entry.pending;
    this.roster.move(entry, State.closing);
    const ending = whole ? this.upkeep.sayGoodBye(entry) : this.upkeep.drop(entry.connection);
    if (ending === undefined) this.#closed(entry, reason, cause);
    else void ending.then(() => this.#closed(entry, reason, cause));
  }

  gone(entry: Entry<C>): void {
    this.roster.move(entry, State.gone);
    this.permits.giveBack();
    if (this.roster.size === 0) this.#whenEmpty?.();
  }

  #closed(entry: Entry<C>, reason: CloseReason, cause?: unknown): void {
    this.gone(entry);
    if (reason !== 'idle' && reason !== 'overflow') this.dialler.refill = true;
    this.counters.closed++;
    if (this.events.wants('closed')) this.events.emit('closed', { connection: entry.id, reason, cause });
    this.pump();
  }

  /** Resolves when nothing is left; what is on loan after `timeout` ms is destroyed. */
  async emptied(timeout: number): Promise<void> {
    this.#queue.close();
    if (this.roster.size === 0) return;
    const empty = new Promise<void>((resolve) => (this.#whenEmpty = resolve));
    const timer = this.clock.setTimeout(() => {
      for (const entry of [...this.roster.entries]) if (entry.loan > 0) this.destroyed(entry, undefined);
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
    // Listeners may borrow, from here and from `retire`: none of the old.
    for (const entry of this.roster.idle) entry.readyUntil = 0;
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

  #failed<E>(waited: number, error: E, label: string | undefined): E {
    this.counters.failed++;
    if (this.events.wants('acquireFailed')) this.events.emit('acquireFailed', { waited, error, label });
    return error;
  }

  #reject(waiter: Waiter<L>, error: unknown): void {
    this.#queue.leave(waiter);
    turnAway(waiter, this.#failed(waited(waiter, this.clock.now()), error, waiter.label));
    this.pump();
  }

  rejectAll(why: () => Error): void {
    this.errands.rejectAll(why);
    for (let waiter = this.#queue.shift(); waiter !== undefined; waiter = this.#queue.shift()) {
      turnAway(waiter, this.#failed(waited(waiter, this.clock.now()), why(), waiter.label));
    }
  }

  #timeOut(waiters: readonly Waiter<L>[]): void {
    const now = this.clock.now();
    const scene = this.#scene();
    for (const waiter of waiters) {
      const ms = waited(waiter, now);
      const error = withoutStack(() => new AcquireTimeoutError(scene, ms, this.#queue.blockedFor(waiter, now)));
      turnAway(waiter, this.#failed(ms, error, waiter.label));
    }
    this.pump();
  }

  #scene(): TimeoutScene {
    const oldest = loansOf(this.roster.entries, this.connector, this.clock.now(), NAMED);
    return { stats: this.stats(), phase: this.#phase(), oldest, cause: this.dialler.lastError };
  }

  #phase(): AcquirePhase {
    if (this.state === 'suspended') return 'suspended';
    if (this.roster.count(State.checking) > 0) return 'checking';
    return this.roster.alive === 0 ? 'connecting' : 'waiting';
  }

  borrowers(most: number): Borrowers {
    const now = this.clock.now();
    return {
      loans: loansOf(this.roster.entries, this.connector, now, most),
      waiters: waitersOf(this.#queue, now, most),
    };
  }

  stats(): PoolStats {
    const now = this.clock.now();
    return statsOf(this, this.#queue.size, waited(this.#queue.peek(), now), now);
  }
}

const waited = <L>(waiter: Waiter<L> | undefined, now: number): number =>
  Math.max(0, now - (waiter?.arrival?.since ?? now));
